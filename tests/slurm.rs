//! A real Slurm on this machine: a controller, munge and two nodes, one of which dies in the middle.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{mu, root, run, text, write};

const STUDY: &str = r"
experiment e {
  data    = digits
  model   = small_cnn(width: 8)
  train   = training(epochs: 60 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = random(10%)
  unlearn = each [retrain, ft(epochs: 2 epochs)]
  seed    = each 0..4
  measure = [ua, ra, ta, mia]
}
table main { from = e rows = unlearn columns = [ua, ra, ta, mia] cell = mean ± std over seed }
";

struct Slurm<'f>(&'f Path);

impl Slurm<'_> {
    fn script(&self, arguments: &[&str]) {
        let status =
            Command::new(root().join("tests/slurm/up.sh")).args(arguments).arg(self.0).status().unwrap();
        assert!(status.success());
    }

    fn say(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program).args(arguments).env("SLURM_CONF", self.conf()).output().unwrap();
        text(&output.stdout)
    }

    fn conf(&self) -> std::path::PathBuf {
        self.0.join("slurm.conf")
    }

    /// Processes of jobs that run on a node.
    fn on(node: &str) -> Vec<i32> {
        let name = format!("SLURMD_NODENAME={node}");
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let has = |pid: &i32| {
            let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|b| *b == 0).any(|word| word == name.as_bytes())
        };
        processes.filter_map(|p| p.file_name().to_str()?.parse().ok()).filter(has).collect()
    }
}

impl Drop for Slurm<'_> {
    fn drop(&mut self) {
        self.script(&["--down"]);
    }
}

/// Waits for something, for two minutes at most.
fn until(what: &str, mut there: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !there() {
        assert!(begun.elapsed() < Duration::from_secs(120), "{what} does not come");
        std::thread::yield_now();
    }
}

#[test]
#[ignore = "needs Slurm and munge, and root: make slurm"]
fn slurm_runs_a_study_although_a_node_dies() {
    crate::needs::programs(&["slurmctld", "slurmd", "munged"]);
    crate::needs::superuser();
    let folder = tempfile::tempdir().unwrap();
    let cluster = folder.path().join("cluster");
    std::fs::create_dir(&cluster).unwrap();
    let slurm = Slurm(&cluster);
    slurm.script(&[]);
    until("an idle node", || slurm.say("sinfo", &["-h"]).contains("2   idle"));

    let file = write(folder.path(), "e.mu", STUDY);
    let (here, store) = (folder.path().join("here"), folder.path().join("there"));
    let expected = run(&file, &here, &[]);
    assert!(expected.status.success(), "{}", text(&expected.stderr));
    let mut command = mu();
    command.arg("run").arg(&file).args([
        "--on",
        "slurm",
        "--tasks",
        "2",
        "--jobs",
        "1",
        "--bookmark",
        "0s",
        "--store",
    ]);
    command.arg(&store).env("SLURM_CONF", slurm.conf());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A training runs on node one: the node is gone, with all that runs on it.
    let bookmarks = || std::fs::read_dir(store.join("bookmarks")).map_or(0, Iterator::count);
    until("a training on node one", || {
        bookmarks() > 0 && !Slurm::on("one").is_empty() || child.try_wait().unwrap().is_some()
    });
    let node = std::fs::read_to_string(cluster.join("slurmd-one.pid")).unwrap();
    let _ = Command::new("kill").args(["-9", node.trim()]).status();
    let killed = Slurm::on("one");
    assert!(!killed.is_empty(), "something ran there");
    for pid in killed {
        let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), text(&expected.stdout));
    assert!(slurm.say("sinfo", &["-h"]).contains("down"), "the node is down");

    // What is not understood is said by its name.
    let mut command = mu();
    let other = folder.path().join("other");
    command
        .arg("run")
        .arg(&file)
        .args(["--on", "slurm", "--slurm", "--partition=nowhere", "--store"])
        .arg(other);
    let refused = command.env("SLURM_CONF", slurm.conf()).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("Invalid partition name"), "{}", text(&refused.stderr));
}

#[test]
fn tasks_are_for_any_scheduler() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "small.mu", crate::harness::SMALL);
    let (here, store) = (folder.path().join("here"), folder.path().join("there"));
    let expected = run(&file, &here, &[]);
    let tasks = folder.path().join("tasks");
    let planned = mu()
        .arg("plan")
        .arg(&file)
        .args(["--most", "3", "--tasks"])
        .arg(&tasks)
        .arg("--store")
        .arg(&store)
        .output();
    assert!(planned.as_ref().unwrap().status.success(), "{}", text(&planned.unwrap().stderr));
    let mut batches: Vec<_> = std::fs::read_dir(&tasks).unwrap().map(|e| e.unwrap().path()).collect();
    batches.sort();
    assert!(batches.len() > 3);
    for batch in &batches {
        // All tasks of a batch at once.
        let start = |task: usize| {
            let mut command = mu();
            command.arg("worker").arg(batch).args(["--task", &task.to_string(), "--store"]).arg(&store);
            command.stderr(Stdio::piped()).spawn().unwrap()
        };
        let count = serde_json::from_slice::<serde_json::Value>(&std::fs::read(batch).unwrap()).unwrap();
        let count = count["tasks"].as_array().unwrap().len();
        assert!((1..=3).contains(&count));
        for child in (0..count).map(start).collect::<Vec<_>>() {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", text(&output.stderr));
        }
    }
    let again = run(&file, &store, &[]);
    assert!(text(&again.stderr).starts_with("0 steps ran"), "{}", text(&again.stderr));
    assert_eq!(text(&again.stdout), text(&expected.stdout));
    let none =
        mu().arg("worker").arg(&batches[0]).args(["--task", "99", "--store"]).arg(&store).output().unwrap();
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("numbered from 0"));
}
