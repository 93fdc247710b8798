//! Slurm: batches become job arrays, each after the one before it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mu_diag::Problem;
use mu_store::Store;
use serde::{Deserialize, Serialize};

use crate::Batch;

/// What was submitted, kept in the store until it is over.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Submission {
    /// The ids of its job arrays, in the order in which they run.
    pub ids: Vec<String>,
    /// How many tasks they have.
    pub tasks: usize,
}

const NAME: &str = "slurm.json";

fn failed(message: String) -> Problem {
    let help = "`--on slurm` needs sbatch and squeue on this machine, and a store on a file system that the nodes share; \
        what Slurm needs beside goes into --slurm, such as `--slurm \"--partition=gpu --gres=gpu:1\"`";
    Problem::new(message, help)
}

impl Submission {
    /// What an earlier run submitted, as far as it is still in Slurm's queue.
    ///
    /// # Errors
    /// Where Slurm does not answer.
    pub fn earlier(store: &Store) -> Result<Option<Self>, Problem> {
        let Ok(text) = mu_file::bytes(&store.jobs().join(NAME), mu_file::TEXT) else { return Ok(None) };
        let Ok(found) = serde_json::from_slice::<Self>(&text) else { return Ok(None) };
        Ok((found.waiting()? > 0).then_some(found))
    }

    /// Submits batches; each task runs `mu worker` on a file in the store with `more` arguments.
    ///
    /// # Errors
    /// Where Slurm refuses.
    pub fn new(
        store: &Store,
        batches: &[Batch],
        options: &[String],
        more: &[String],
    ) -> Result<Self, Problem> {
        let mu = std::env::current_exe().map_err(|e| failed(format!("mu cannot find itself: {e}")))?;
        let root =
            store.root().canonicalize().map_err(|e| failed(format!("{}: {e}", store.root().display())))?;
        let mut submitted = Submission::default();
        for (at, batch) in batches.iter().enumerate() {
            let text = serde_json::to_vec(batch).map_err(|e| failed(e.to_string()))?;
            let name = format!("{}.json", blake3::hash(&text).to_hex());
            let file = store.keep_job(&name, &text).map_err(|e| failed(e.to_string()))?;
            let file = root.join("jobs").join(file.file_name().unwrap_or_default());
            let mut line = vec![quoted(&mu), "worker".to_owned(), quoted(&file)];
            line.extend([
                "--task".to_owned(),
                "$SLURM_ARRAY_TASK_ID".to_owned(),
                "--store".to_owned(),
                quoted(&root),
            ]);
            line.extend(more.iter().map(|m| quoted(Path::new(m))));
            // The worker takes the shell's place: Slurm's warnings are for it.
            let script = format!("#!/bin/sh\nexec {}\n", line.join(" "));
            let mut command = Command::new("sbatch");
            command.args(["--parsable", "--requeue", "--open-mode=append", "--job-name=mu"]);
            command.arg(format!("--array=0-{}", batch.tasks.len() - 1));
            command.arg(format!("--output={}", root.join("jobs/%A_%a.log").display()));
            if let Some(before) = submitted.ids.last() {
                command.arg(format!("--dependency=afterany:{before}"));
            }
            command.args(options);
            let id = answer(command, Some(&script)).map_err(|reason| {
                // What was submitted before would wait for nothing.
                let _ = submitted.cancel();
                failed(format!("sbatch refused batch {} of {}: {reason}", at + 1, batches.len()))
            })?;
            submitted.ids.push(id.trim().split(';').next().unwrap_or_default().to_owned());
            submitted.tasks += batch.tasks.len();
        }
        let text = serde_json::to_vec(&submitted).map_err(|e| failed(e.to_string()))?;
        store.keep_job(NAME, &text).map_err(|e| failed(e.to_string()))?;
        Ok(submitted)
    }

    /// How many of its tasks are in Slurm's queue, waiting or running.
    ///
    /// # Errors
    /// Where Slurm does not answer.
    pub fn waiting(&self) -> Result<usize, Problem> {
        let mut command = Command::new("squeue");
        command.args(["--noheader", "--array", "--format=%i", "--jobs", &self.ids.join(",")]);
        match answer(command, None) {
            Ok(lines) => Ok(lines.lines().filter(|l| !l.trim().is_empty()).count()),
            // Slurm forgets jobs that ended some minutes ago.
            Err(reason) if reason.contains("Invalid job id") => Ok(0),
            Err(reason) => Err(failed(format!("squeue does not answer: {reason}"))),
        }
    }

    /// Takes its jobs out of the queue.
    ///
    /// # Errors
    /// Where Slurm does not answer.
    pub fn cancel(&self) -> Result<(), Problem> {
        let mut command = Command::new("scancel");
        command.args(&self.ids);
        answer(command, None).map(drop).map_err(|reason| failed(format!("scancel does not answer: {reason}")))
    }

    /// Where the logs of its tasks are.
    #[must_use]
    pub fn logs(store: &Store) -> PathBuf {
        store.jobs()
    }
}

/// What a command says, or why it failed.
fn answer(mut command: Command, input: Option<&str>) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("cannot start {name}: {e}"))?;
    if let (Some(mut stdin), Some(text)) = (child.stdin.take(), input) {
        stdin.write_all(text.as_bytes()).map_err(|e| e.to_string())?;
    }
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.lines().last().unwrap_or("it said nothing");
        Err(last.trim_start_matches(&format!("{name}: error: ")).to_owned())
    }
}

/// A word of a shell's line.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', "'\\''"))
}
