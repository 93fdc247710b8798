//! The runner and the store together: stopping, limits, several runs at once, kills at any moment, large studies, bundles.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::harness::{SMALL, mu, run, text, write};

/// A study with a training that is long enough to be stopped in.
const LONG: &str = r"
experiment long {
  data    = digits
  model   = small_cnn(width: 8)
  train   = training(epochs: 40 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = worst_case@paper(10%, rounds: 30 rounds, epochs: 2 epochs)
  unlearn = each [retrain, scrub(epochs: 2 epochs)]
  measure = [ua, ra, ta, mia]
}
table main { from = long rows = unlearn columns = [ua, ra, ta, mia] }
";

pub(crate) fn start(
    file: &Path,
    store: &Path,
    more: &[&str],
) -> (Child, impl Iterator<Item = serde_json::Value>) {
    let mut command = mu();
    command.arg("run").arg(file).args(["--format", "json", "--store"]).arg(store).args(more);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines.map_while(Result::ok).filter_map(|l| serde_json::from_str(&l).ok()))
}

fn signal(name: &str, pid: u32) {
    let _ = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status();
}

fn table(file: &Path, store: &Path) -> String {
    let output = mu().arg("table").arg(file).arg("--store").arg(store).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn engines(parent: u32) -> Vec<u32> {
    let output = Command::new("ps").args(["-o", "pid=", "--ppid", &parent.to_string()]).output().unwrap();
    text(&output.stdout).split_whitespace().filter_map(|p| p.parse().ok()).collect()
}

/// Waits until processes are gone.
fn gone(pids: &[u32]) {
    let begun = Instant::now();
    let lives = |pid: &u32| {
        let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.contains("engine")
    };
    while pids.iter().any(lives) {
        assert!(begun.elapsed().as_secs() < 60, "an orphan is left");
        std::thread::yield_now();
    }
}

#[test]
fn a_stopped_run_keeps_how_far_it_is_and_goes_on_to_the_same_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "long.mu", LONG);
    let whole = folder.path().join("whole");
    assert!(run(&file, &whole, &[]).status.success());
    for (name, stop) in [("INT", "train"), ("TERM", "select")] {
        let store = folder.path().join(name);
        // Stopped in the middle of a training, and of a selection.
        let (mut child, mut events) = start(&file, &store, &["--jobs", "1"]);
        let pid = child.id();
        let far = |e: &serde_json::Value| {
            e["event"] == "progress" && e["step"] == stop && e["done"].as_u64().unwrap_or(0) >= 4
        };
        events.find(far).unwrap();
        let workers = engines(pid);
        signal(name, pid);
        let last = events.last().unwrap();
        assert_eq!(last["summary"]["failed"], serde_json::json!([]));
        assert!(last["summary"]["left"].as_u64().unwrap() > 0, "{last}");
        assert_eq!(child.wait().unwrap().code(), Some(130));
        gone(&workers);
        assert_eq!(std::fs::read_dir(store.join("bookmarks")).unwrap().count(), 1, "{name}");
        let (mut child, mut events) = start(&file, &store, &["--jobs", "1"]);
        let first = events.find(|e| e["event"] == "progress" && e["step"] == stop).unwrap();
        assert!(first["done"].as_u64().unwrap() > 4, "it goes on where it was: {first}");
        drop(events.last());
        assert_eq!(child.wait().unwrap().code(), Some(0));
        assert_eq!(table(&file, &store), table(&file, &whole), "{name}");
        assert_eq!(std::fs::read_dir(store.join("bookmarks")).unwrap().count(), 0);
    }
}

#[test]
fn a_second_request_cuts_off_and_the_store_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "long.mu", LONG.replace("40 epochs", "4000 epochs"));
    let store = folder.path().join("s");
    let hold = folder.path().join("never");
    // An engine that does not end its step, whatever it is told.
    let mut command = mu();
    command.env("MU_ENGINE", env!("CARGO_BIN_EXE_fake-engine")).env("FAKE_HOLD", &hold);
    command.arg("run").arg(&file).args(["--format", "json", "--store"]).arg(&store);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut events = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    events.find(|l| l.contains("\"started\"")).unwrap();
    let workers = engines(child.id());
    signal("INT", child.id());
    events.find(|l| l.contains("\"stopping\"")).unwrap();
    signal("INT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    gone(&workers);
    let verified = mu().args(["store", "verify", "--store"]).arg(&store).output().unwrap();
    assert!(verified.status.success());
}

#[test]
fn a_step_over_its_limit_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "long.mu", LONG.replace("40 epochs", "100000 epochs"));
    let output = run(&file, &folder.path().join("s"), &["--step-time", "2s"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("over its limit: it ran for longer than 2 s"), "{said}");
    let output = run(&file, &folder.path().join("s"), &["--step-memory", "1MB"]);
    let said = text(&output.stderr);
    assert!(said.contains("MB of memory; a step may take 1 MB"), "{said}");
}

#[test]
fn two_runs_at_once_make_each_step_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "small.mu", SMALL);
    let (store, log) = (folder.path().join("s"), folder.path().join("log"));
    let fake = || {
        let mut command = mu();
        command.env("MU_ENGINE", env!("CARGO_BIN_EXE_fake-engine")).env("FAKE_LOG", &log);
        command.arg("run").arg(&file).args(["--jobs", "3", "--store"]).arg(&store);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let runs = [fake(), fake(), fake()];
    let outputs: Vec<_> = runs.into_iter().map(|r| r.wait_with_output().unwrap()).collect();
    for output in &outputs {
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), text(&outputs[0].stdout));
    }
    let made = std::fs::read_to_string(&log).unwrap();
    let made: Vec<&str> = made.lines().collect();
    let distinct: HashSet<&&str> = made.iter().collect();
    assert_eq!(made.len(), distinct.len(), "a step was made twice");
    assert_eq!(distinct.len(), 70);
}

#[test]
fn steps_start_as_long_as_their_memory_fits() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s");
    let fake = |study: String, more: &[&str]| -> Vec<serde_json::Value> {
        let file = write(folder.path(), "small.mu", study);
        let mut command = mu();
        command.env("MU_ENGINE", env!("CARGO_BIN_EXE_fake-engine")).env("FAKE_PEAK", "1000000000");
        command.arg("run").arg(&file).args(["--format", "json", "--store"]).arg(&store).args(more);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect()
    };
    // Of the first run nothing is known; then every step is one that took 1 GB.
    fake(SMALL.replace("0..2", "0..1"), &["--jobs", "4"]);
    let two = fake(SMALL.replace("0..2", "0..4"), &["--jobs", "4", "--memory", "2500MB"]);
    assert_eq!(most(&two, |_| true), 2);
    let alone = fake(SMALL.replace("0..2", "0..6"), &["--jobs", "4", "--memory", "500MB"]);
    assert_eq!(most(&alone, |_| true), 1, "a step that is too large runs alone");
}

/// How many steps ran at once, at most, on some workers.
fn most(events: &[serde_json::Value], of: impl Fn(u64) -> bool) -> i32 {
    let (mut now, mut most) = (0, 0);
    for event in events.iter().filter(|e| e["worker"].as_u64().is_some_and(&of)) {
        now += i32::from(event["event"] == "started") - i32::from(event["event"] == "finished");
        most = most.max(now);
    }
    most
}

/// A GPU's memory is that of all its workers, and another GPU has its own; a step that it was not enough for is tried once more, alone.
#[test]
fn steps_on_a_gpu_share_its_memory() {
    let folder = tempfile::tempdir().unwrap();
    let (store, full) = (folder.path().join("s"), folder.path().join("full"));
    let fake = |seeds: &str, more: &[(&str, &str)], devices: &str, jobs: &str| {
        let file = write(folder.path(), "small.mu", SMALL.replace("0..2", seeds));
        let mut command = mu();
        command.env("MU_ENGINE", env!("CARGO_BIN_EXE_fake-engine")).envs(more.iter().copied());
        command.env("FAKE_DEVICE_PEAK", "4000000000").env("FAKE_DEVICE_MEMORY", "10000000000");
        command.arg("run").arg(&file).args(["--format", "json", "--store"]).arg(&store);
        let output = command.args(["--devices", devices, "--jobs", jobs]).output().unwrap();
        let events: Vec<serde_json::Value> =
            text(&output.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        (output.status.code(), events)
    };
    fake("0..1", &[], "cuda:0", "1");
    let (_, events) = fake("0..6", &[], "cuda:0,cuda:1", "8");
    assert_eq!([0, 1].map(|gpu| most(&events, |worker| worker % 2 == gpu)), [2, 2], "4 + 4 of 9 GB");
    let mut plan = mu();
    plan.arg("plan")
        .arg(write(folder.path(), "more.mu", SMALL.replace("0..2", "0..8")))
        .arg("--store")
        .arg(&store);
    let plan = plan.args(["--devices", "cuda:0"]).output().unwrap();
    assert!(text(&plan.stdout).contains("4.0 GB of the GPU's"), "{}", text(&plan.stdout));
    let retried = |events: &[serde_json::Value]| events.iter().filter(|e| e["event"] == "retried").count();
    let short = [("FAKE_FULL", full.to_str().unwrap()), ("FAKE_DEVICE_PEAK", "1")];
    let (code, events) = fake("0..8", &short, "cuda:0", "2");
    assert_eq!((code, retried(&events) > 5), (Some(0), true));
    let (code, events) = fake("0..9", &short, "cuda:0", "1");
    assert_eq!((code, retried(&events)), (Some(1), 0), "alone it would be the same");
}

/// Workers are spread over the devices in turn, each with so many threads; an engine is told its own.
#[test]
fn devices_are_taken_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    let (file, log) = (write(folder.path(), "small.mu", SMALL), folder.path().join("log"));
    let mut command = mu();
    command.env("MU_ENGINE", env!("CARGO_BIN_EXE_fake-engine")).env("FAKE_ARGUMENTS", &log);
    command.arg("run").arg(&file).arg("--store").arg(folder.path().join("s"));
    let output =
        command.args(["--devices", "cpu,cuda:0,cuda:1", "--jobs", "6", "--threads", "3"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let started = std::fs::read_to_string(&log).unwrap();
    for device in ["cpu", "cuda:0", "cuda:1"] {
        let own =
            started.lines().filter(|l| l.contains(&format!("--device {device} ")) || l.ends_with(device));
        assert_eq!(own.count(), 2, "{device}: {started}");
    }
    assert!(started.lines().count() == 6 && started.lines().all(|l| l.contains("--threads 3")), "{started}");
}

/// `--mps` starts a service that the workers are told of, and that is gone with the run; where it does not start, that is said.
#[test]
fn a_service_for_one_gpu_lives_as_long_as_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let (file, log) = (write(folder.path(), "small.mu", SMALL), folder.path().join("log"));
    let tools = folder.path().join("tools");
    let control = |script: &str| {
        std::fs::create_dir_all(&tools).unwrap();
        let at = tools.join("nvidia-cuda-mps-control");
        std::fs::write(&at, script).unwrap();
        std::fs::set_permissions(&at, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    };
    let run = || {
        let mut command = mu();
        command.env("MU_ENGINE", env!("CARGO_BIN_EXE_fake-engine")).env("FAKE_ARGUMENTS", &log);
        command.env("PATH", format!("{}:{}", tools.display(), std::env::var("PATH").unwrap()));
        command.arg("run").arg(&file).arg("--store").arg(folder.path().join("s"));
        command.args(["--devices", "cuda:0", "--jobs", "2", "--mps"]).output().unwrap()
    };
    control("#!/bin/sh\nexit 3\n");
    let output = run();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(
        text(&output.stderr).contains("nvidia-cuda-mps-control ended at once"),
        "{}",
        text(&output.stderr)
    );
    let at = folder.path().join("pid");
    control(&format!(
        "#!/bin/sh\n[ \"$1\" = -f ] || {{ read word; [ \"$word\" = quit ] && kill $(cat {at}); exit; }}\n\
         echo $$ > {at}\ntouch $CUDA_MPS_PIPE_DIRECTORY/control\nexec sleep 600\n",
        at = at.display()
    ));
    let output = run();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let started = std::fs::read_to_string(&log).unwrap();
    assert!(started.lines().count() == 2 && started.lines().all(|l| l.contains(" MPS /")), "{started}");
    let pid = std::fs::read_to_string(&at).unwrap();
    assert!(!std::path::Path::new("/proc").join(pid.trim()).exists(), "the service outlived the run");
}

/// Numbers for the moments of kills: the same in every run of the test.
struct Moments(u64);

impl Moments {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// `mu run`, its workers, or both are killed after a random number of events, `MU_KILLS` times (8); what is left is run to its
/// end, and starts anew where all was done.
#[test]
fn kills_at_random_moments_change_nothing() {
    let kills: usize = std::env::var("MU_KILLS").ok().and_then(|k| k.parse().ok()).unwrap_or(8);
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "small.mu", SMALL);
    let whole = folder.path().join("whole");
    assert!(run(&file, &whole, &[]).status.success());
    let expected = table(&file, &whole);
    let mut moments = Moments(20_261_125);
    let (mut killed, mut finished, mut stores) = (0, 0, 0);
    let mut store = PathBuf::new();
    while killed < kills {
        if !store.is_dir() {
            stores += 1;
            store = folder.path().join(format!("s{stores}"));
        }
        let (mut child, mut events) = start(&file, &store, &["--bookmark", "0s", "--retries", "9"]);
        let at = moments.below(40) as usize;
        let cut = events.by_ref().nth(at).is_some_and(|e| e["event"] != "ended");
        let workers = engines(child.id());
        if cut {
            killed += 1;
            let whom = moments.below(3);
            if whom != 0 {
                workers.iter().for_each(|w| signal("9", *w));
            }
            if whom != 1 {
                signal("9", child.id());
            }
        }
        drop(events.last());
        let ended = child.wait().unwrap();
        gone(&workers);
        if ended.success() {
            finished += 1;
            assert_eq!(table(&file, &store), expected, "after {killed} kills");
            let verified = mu().args(["store", "verify", "--store"]).arg(&store).output().unwrap();
            assert!(verified.status.success(), "{}", text(&verified.stderr));
            std::fs::remove_dir_all(&store).unwrap();
        }
    }
    if store.is_dir() {
        assert!(run(&file, &store, &[]).status.success());
        assert_eq!(table(&file, &store), expected);
    }
    println!("{killed} kills, {finished} runs that came to their end under them");
}

#[test]
fn a_bundle_is_verified_elsewhere_and_gives_its_table_without_computing() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("here")).unwrap();
    std::fs::create_dir(folder.path().join("there")).unwrap();
    let file = write(&folder.path().join("here"), "small.mu", SMALL);
    let store = folder.path().join("here/s");
    assert!(run(&file, &store, &[]).status.success());
    let bundle = folder.path().join("small.mub");
    let output =
        mu().args(["store", "export"]).arg(&file).arg("-o").arg(&bundle).arg("--store").arg(&store).output();
    assert!(output.as_ref().unwrap().status.success(), "{}", text(&output.unwrap().stderr));
    let there = folder.path().join("there/s");
    let output = mu()
        .args(["store", "import"])
        .arg(&bundle)
        .arg("--into")
        .arg(folder.path().join("there"))
        .arg("--store")
        .arg(&there)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with("70 objects verified"), "{}", text(&output.stdout));
    let copy = folder.path().join("there/small.mu");
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), SMALL);
    assert_eq!(table(&copy, &there), table(&file, &store));
    let again = run(&copy, &there, &[]);
    assert!(text(&again.stderr).starts_with("0 steps ran"), "{}", text(&again.stderr));
    // What nobody needs any more is shown first, and goes when that is asked for.
    let gc = |more: &[&str]| {
        let output = mu().args(["store", "gc", "--store"]).arg(&there).args(more).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert_eq!(gc(&["--yes"]), "everything in the store is needed\n");
    let changed = SMALL.replace("lr: 1e-3", "lr: 2e-3");
    std::fs::write(&copy, changed).unwrap();
    assert!(run(&copy, &there, &[]).status.success());
    assert!(gc(&[]).contains("nothing was removed"));
    assert!(gc(&["--yes"]).contains("24 objects were removed"), "ga's models, outputs and numbers");
    assert_eq!(gc(&[]), "everything in the store is needed\n");
    assert!(text(&run(&copy, &there, &[]).stderr).starts_with("0 steps ran"));
}

/// A study of so many points, run by an engine that computes nothing: seconds, steps, the most memory of `mu run`, bytes of the
/// index.
fn scale(points: usize) -> (f64, usize, u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    let seeds = points / 10;
    let study = format!(
        "experiment e {{ data = digits model = small_cnn(width: 2) train = training(1 epochs) forget = random(10%) \
         unlearn = ft(lr: each [0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.01]) seed = each 0..{seeds} measure = [ua] }}\n\
         table t {{ from = e rows = unlearn.lr columns = [ua] cell = mean over seed }}\n"
    );
    let file = write(folder.path(), "scale.mu", study);
    let store = folder.path().join("s");
    let begun = Instant::now();
    let mut child = mu()
        .env("MU_ENGINE", env!("CARGO_BIN_EXE_fake-engine"))
        .arg("run")
        .arg(&file)
        .args(["--jobs", "2", "--format", "json", "--store"])
        .arg(&store)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pid = child.id();
    let mut most = 0;
    let mut steps = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
        if line.contains("\"finished\"") {
            steps += 1;
        }
        if steps % 500 == 0 || line.contains("\"ended\"") {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            let peak = status
                .lines()
                .find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
            most = most.max(peak.unwrap_or(0u64) * 1024);
        }
    }
    assert!(child.wait().unwrap().success());
    let seconds = begun.elapsed().as_secs_f64();
    let status = mu().args(["store", "status", "--store"]).arg(&store).output().unwrap();
    assert!(status.status.success());
    let index = std::fs::metadata(store.join("catalog.sqlite")).unwrap().len();
    (seconds, steps, most, index)
}

#[test]
fn costs_grow_with_the_number_of_steps_and_no_faster() {
    let (one, steps, ..) = scale(100);
    let (four, more, ..) = scale(400);
    assert!(more > 3 * steps);
    let growth = (four / more as f64) / (one / steps as f64);
    assert!(growth < 2.0, "a step of the larger study takes {growth:.2} times as long");
}

#[test]
#[ignore = "prints figures"]
fn ten_thousand_points() {
    for points in [1000, 10_000] {
        let (seconds, steps, memory, index) = scale(points);
        println!(
            "{points} points, {steps} steps: {:.2} ms a step, {:.0} MB of memory, {:.1} MB of index",
            1000.0 * seconds / steps as f64,
            memory as f64 / 1e6,
            index as f64 / 1e6
        );
    }
}

/// An engine that computes nothing, and has one fault, once.
fn faulty(fault: &str, folder: &Path, more: &[&str]) -> std::process::Output {
    let file = write(folder, "small.mu", SMALL);
    let engine = env!("CARGO_BIN_EXE_fake-engine");
    let once = format!("{fault} {}", folder.join("once").display());
    let mut run = mu();
    run.arg("run").arg(file).args(["--jobs", "2", "--store"]).arg(folder.join("store")).args(more);
    run.env("MU_ENGINE", engine).env("FAKE_FAULT", once).output().unwrap()
}

#[test]
fn what_a_worker_does_wrong_is_its_own_fault_and_not_the_runs() {
    for (fault, word) in [
        ("die", None),
        ("babble", Some("the worker wrote `\u{fffd} no event`, which is no event of mu-engine's")),
        ("close", Some("it closed its output and went on; it was ended")),
    ] {
        // It is tried again.
        let folder = tempfile::tempdir().unwrap();
        let output = faulty(fault, folder.path(), &[]);
        assert_eq!(output.status.code(), Some(0), "{fault}: {}", text(&output.stderr));
        assert!(folder.path().join("once").is_dir(), "{fault} did not happen");
        // Where nothing is tried again, its step fails alone, and says why.
        let Some(word) = word else { continue };
        let folder = tempfile::tempdir().unwrap();
        let output = faulty(fault, folder.path(), &["--retries", "0"]);
        assert_eq!(output.status.code(), Some(1), "{fault}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(word), "{fault}: {}", text(&output.stderr));
    }
    // Where none lives to say a word, the run ends, and says how they ended.
    let folder = tempfile::tempdir().unwrap();
    let engine = write(folder.path(), "engine", "#!/bin/sh\nkill -9 $$\n");
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&engine, executable).unwrap();
    let file = write(folder.path(), "small.mu", SMALL);
    let mut run = mu();
    let output = run.arg("run").arg(file).env("MU_ENGINE", engine).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("mu-engine does not start: signal: 9 (SIGKILL)"));
}

/// `gc --yes` beside a run that begins, `MU_ROUNDS` times (8): the run ends well, and nothing that it needs is missing.
#[test]
fn collecting_garbage_beside_runs_that_begin_takes_nothing_away() {
    let rounds: usize = std::env::var("MU_ROUNDS").ok().and_then(|k| k.parse().ok()).unwrap_or(8);
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "small.mu", SMALL);
    let store = folder.path().join("store");
    assert!(run(&file, &store, &["--jobs", "1"]).status.success());
    let expected = table(&file, &store);
    let gc = |more: &[&str]| {
        let mut gc = mu();
        gc.args(["store", "gc", "--store"]).arg(&store).args(more);
        gc.stdout(Stdio::null()).stderr(Stdio::null());
        gc
    };
    for round in 0..rounds {
        assert!(gc(&["--forget", file.to_str().unwrap()]).status().unwrap().success());
        let mut collecting = gc(&["--yes"]).spawn().unwrap();
        if round % 2 == 0 {
            // As late as can be: the run begins when objects are going.
            let before = mu_store::Store::read_only(&store).keys().len();
            while collecting.try_wait().unwrap().is_none()
                && mu_store::Store::read_only(&store).keys().len() == before
            {
                std::thread::yield_now();
            }
        }
        let output = run(&file, &store, &["--jobs", "1"]);
        assert!(output.status.success(), "round {round}: {}", text(&output.stderr));
        assert!(collecting.wait().unwrap().success(), "round {round}");
        assert_eq!(table(&file, &store), expected, "round {round}");
    }
}

#[test]
fn some_points_are_run_alone_and_their_numbers_are_those_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "small.mu", SMALL);
    let store = folder.path().join("store");
    let some = |what: &str| {
        let mut run = mu();
        run.args(["run", what]).arg(&file).arg("--store").arg(&store).output().unwrap()
    };
    let one = some("small[forget=random, unlearn=ga, seed=1]");
    assert!(one.status.success(), "{}", text(&one.stderr));
    // data, split, train, forget, unlearn, infer; Retrain and its infer for the gap; four numbers of each.
    assert!(text(&one.stderr).contains("16 steps ran"), "{}", text(&one.stderr));
    let seeds = some("small[forget=random, unlearn=ga]");
    let lines = |output: &std::process::Output| -> Vec<String> {
        text(&output.stdout).lines().map(str::to_owned).collect()
    };
    let (one, seeds) = (lines(&one), lines(&seeds));
    assert_eq!((one.len(), seeds.len()), (1 + 5, 1 + 2 * 5));
    assert_eq!(
        one[0].split_whitespace().collect::<Vec<_>>(),
        ["experiment", "forget", "unlearn", "seed", "metric", "value"]
    );
    assert!(run(&file, &store, &[]).status.success());
    let all = mu().arg("results").arg(&file).arg("--store").arg(&store).output().unwrap();
    let all = text(&all.stdout);
    for line in one[1..].iter().chain(&seeds[1..]) {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let [_, forget, unlearn, seed, metric, value] = cells[..] else { panic!("{line}") };
        let row = all.lines().find(|row| {
            let of: Vec<&str> = row.split(',').collect();
            [forget, unlearn, seed, metric].iter().all(|word| of.contains(word))
        });
        let found: f64 = row.unwrap().split(',').next_back().unwrap().parse().unwrap();
        assert_eq!(format!("{found:.4}"), value, "{line}");
    }
    for (what, word) in [
        ("smal[seed=1]", "did you mean `small`?"),
        ("small[seeds=1]", "did you mean `seed`?"),
        ("small[seed=7]", "axis `seed` has no `7`"),
    ] {
        let output = some(what);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(word), "{}", text(&output.stderr));
    }
}
