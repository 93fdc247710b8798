//! Kill -9, flipped bytes, damaged stores: finished steps are kept, and the table comes out the same.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mu_step::artefact::GENERATED;

use crate::harness::{DENOISER, SMALL, mu, run, text, write};

fn objects(store: &Path) -> Vec<PathBuf> {
    let list = |p: &Path| {
        std::fs::read_dir(p).map(|d| d.flatten().map(|e| e.path()).collect::<Vec<_>>()).unwrap_or_default()
    };
    list(&store.join("objects")).iter().flat_map(|s| list(s)).collect()
}

/// Waits until the store has `n` objects; how far a run is, told by what it did, not by a clock.
fn wait_for(store: &Path, n: usize, running: &mut dyn FnMut() -> bool) {
    let begun = Instant::now();
    while objects(store).len() < n && running() {
        assert!(begun.elapsed() < Duration::from_secs(300), "the run does not get on");
        std::thread::yield_now();
    }
}

fn kill(pid: u32) {
    let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
}

fn children(pid: u32) -> Vec<u32> {
    let output = Command::new("ps").args(["-o", "pid=", "--ppid", &pid.to_string()]).output().unwrap();
    text(&output.stdout).split_whitespace().filter_map(|p| p.parse().ok()).collect()
}

#[test]
fn kill_nine_at_any_moment_loses_no_finished_step() {
    killed_at_any_moment(SMALL);
}

#[test]
fn kill_nine_at_any_moment_loses_no_finished_step_of_a_denoiser() {
    killed_at_any_moment(DENOISER);
}

/// The images of a denoiser begin anew where their making was killed, and any number of workers makes the same.
#[test]
fn images_that_were_killed_on_the_way_are_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "denoiser.mu", DENOISER);
    let whole = folder.path().join("whole");
    let expected = run(&file, &whole, &["--jobs", "1"]);
    assert!(expected.status.success(), "{}", text(&expected.stderr));
    let images = |store: &Path| -> BTreeMap<String, Vec<u8>> {
        let of = |o: &PathBuf| Some((key(o), std::fs::read(o.join(GENERATED.images)).ok()?));
        objects(store).iter().filter_map(of).collect()
    };
    let made = images(&whole);
    assert!(made.len() > 4, "{:?}", made.keys());
    let store = folder.path().join("store");
    let mut command = mu();
    command.arg("run").arg(&file).args(["--jobs", "2", "--store"]).arg(&store);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let is_made = |name: &str| made.keys().any(|key| name.starts_with(&key[..12]));
    let begun = Instant::now();
    let drafts = || std::fs::read_dir(store.join("drafts")).into_iter().flatten().flatten();
    while !drafts().any(|d| is_made(&d.file_name().to_string_lossy())) {
        assert!(
            child.try_wait().unwrap().is_none(),
            "the run ended before its images were seen in the making"
        );
        assert!(begun.elapsed() < Duration::from_secs(300), "no images are made");
        std::thread::yield_now();
    }
    kill(child.id());
    child.wait().unwrap();
    assert!(images(&store).len() < made.len());
    let finished = run(&file, &store, &["--jobs", "2"]);
    assert_eq!(text(&finished.stdout), text(&expected.stdout));
    assert!(images(&store) == made, "other images");
}

/// The key of an object.
fn key(object: &Path) -> String {
    let name = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    name(object)
}

fn killed_at_any_moment(study: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "small.mu", study);
    let whole = run(&file, &folder.path().join("whole"), &[]);
    let steps = objects(&folder.path().join("whole")).len();
    let store = folder.path().join("store");
    for at in [1, 4, 9, steps / 2, steps - 5] {
        let mut child = mu()
            .arg("run")
            .arg(&file)
            .arg("--store")
            .arg(&store)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for(&store, at, &mut || child.try_wait().unwrap().is_none());
        let workers = children(child.id());
        kill(child.id());
        child.wait().unwrap();
        let kept = objects(&store).len();
        assert!(kept >= at.min(steps));
        // Workers end with their runner: no orphan goes on.
        let begun = Instant::now();
        while workers.iter().any(|w| is_engine(*w)) {
            assert!(begun.elapsed() < Duration::from_secs(60), "an orphan is left");
            std::thread::yield_now();
        }
    }
    let finished = run(&file, &store, &[]);
    assert_eq!(text(&finished.stdout), text(&whole.stdout));
    assert!(finished.status.success());
    assert_eq!(objects(&store).len(), steps);
    let left = std::fs::read_dir(store.join("drafts")).unwrap().flatten();
    let left = left.filter(|e| !e.file_name().to_string_lossy().starts_with('.'));
    assert_eq!(left.count(), 0, "drafts of the dead are swept");
}

fn is_engine(pid: u32) -> bool {
    // A process that ended but was not yet reaped has no command line.
    std::fs::read_to_string(format!("/proc/{pid}/cmdline")).is_ok_and(|c| c.contains("mu-engine"))
}

#[test]
fn a_crashed_worker_marks_its_cell_and_the_next_run_repairs_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "small.mu", SMALL);
    let store = folder.path().join("store");
    let mut command = mu();
    command.arg("run").arg(&file).args(["--jobs", "1", "--retries", "0", "--store"]).arg(&store);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The worker is killed while it works: after the first object, before the last.
    wait_for(&store, 2, &mut || child.try_wait().unwrap().is_none());
    children(child.id()).into_iter().for_each(kill);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("worker crashed"), "{}", text(&output.stdout));
    let repaired = run(&file, &store, &[]);
    assert!(repaired.status.success(), "{}", text(&repaired.stderr));
    let whole = run(&file, &folder.path().join("whole"), &[]);
    assert_eq!(text(&repaired.stdout), text(&whole.stdout));
}

#[test]
fn a_flipped_byte_is_said_and_recomputed() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "small.mu", SMALL);
    let store = folder.path().join("store");
    let whole = run(&file, &store, &[]);
    for name in ["value.json", "model.safetensors", "forget.npy"] {
        let path = objects(&store).into_iter().map(|o| o.join(name)).find(|p| p.is_file()).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        std::fs::write(&path, bytes).unwrap();
        let again = run(&file, &store, &[]);
        assert!(again.status.success(), "{}", text(&again.stderr));
        assert!(text(&again.stderr).contains("is damaged"), "{}", text(&again.stderr));
        assert_eq!(text(&again.stdout), text(&whole.stdout));
    }
}
