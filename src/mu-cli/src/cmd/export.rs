use std::path::PathBuf;

use clap::Subcommand;
use mu_diag::Problem;
use mu_interop::{Run, events, mlflow, runs};
use serde_json::Value;

use crate::session::Session;
use crate::store::StoreOption;
use crate::{Outcome, disk, render};

/// Hand a file's points to other programs, each as a run with its parameters, numbers and loss curve.
#[derive(clap::Args)]
pub(crate) struct Export {
    #[command(subcommand)]
    to: To,
    #[command(flatten)]
    store: StoreOption,
}

#[derive(Subcommand)]
enum To {
    /// Event files of TensorBoard, a folder for each point
    Tensorboard {
        /// The file
        file: PathBuf,
        /// The folder for `tensorboard --logdir`
        #[arg(long, short, default_value = "runs")]
        output: PathBuf,
    },
    /// Runs of an MLflow tracking server
    Mlflow {
        /// The file
        file: PathBuf,
        /// The server's address [default: MLFLOW_TRACKING_URI]
        #[arg(long)]
        to: Option<String>,
    },
}

impl Export {
    pub(crate) fn run(self) -> Result<Outcome, Problem> {
        let (To::Tensorboard { file, .. } | To::Mlflow { file, .. }) = &self.to;
        let session = Session::open(file, &self.store)?;
        let runs = runs(session.program(), session.plan(), session.store());
        let runs: Vec<Run> = runs.into_iter().filter(|r| !r.metrics.is_empty()).collect();
        if runs.is_empty() {
            return Err(Problem::new("the store has no numbers of this file", "`mu run` computes them"));
        }
        let words = match &self.to {
            To::Tensorboard { output, .. } => write(&runs, output)?,
            To::Mlflow { file, to } => send(&runs, &file.to_string_lossy(), to.as_deref())?,
        };
        render::print(&words);
        Ok(Outcome::Well)
    }
}

fn write(runs: &[Run], output: &std::path::Path) -> Result<String, Problem> {
    for run in runs {
        let folder = output.join(&run.experiment).join(folder_name(&run.name));
        let path = folder.join(format!("events.out.tfevents.{}.mu", run.made));
        let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, events(run)));
        written.map_err(|e| disk::cannot_write(&path, e, "name another folder"))?;
    }
    Ok(format!("{} runs in {}\n", runs.len(), output.display()))
}

/// The most bytes of a file's name that every file system takes, less what is put behind it.
const MAX_NAME: usize = 200;

/// A run's name as that of one folder; where it had to be changed by more than its blanks, with a digest that keeps two apart.
fn folder_name(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || " =.-+_%·,()[]@".contains(c);
    let mut end = name.len().min(MAX_NAME);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let kept: String = name[..end].chars().map(|c| if c == ' ' || !plain(c) { '_' } else { c }).collect();
    if end == name.len() && name.chars().all(plain) && !name.starts_with('.') {
        return kept;
    }
    format!("{}-{}", kept.trim_start_matches('.'), &blake3::hash(name.as_bytes()).to_hex()[..12])
}

fn send(runs: &[Run], file: &str, to: Option<&str>) -> Result<String, Problem> {
    let named = to.map(str::to_owned).or_else(|| std::env::var("MLFLOW_TRACKING_URI").ok());
    let server = named.filter(|s| s.starts_with("http")).ok_or_else(|| {
        let help = "give it with --to http://HOST:PORT, or in MLFLOW_TRACKING_URI";
        Problem::new("no tracking server is named", help)
    })?;
    let server = server.trim_end_matches('/').to_owned();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(std::time::Duration::from_secs(60)))
        .build()
        .into();
    let mut call = |path: &str, body: &Value| -> Result<Value, (String, String)> {
        let plain = |e: ureq::Error| ("no answer".to_owned(), e.to_string());
        let address = format!("{server}/api/2.0/mlflow/{path}");
        let mut request = agent.post(&address).header("Content-Type", "application/json");
        if let Ok(token) = std::env::var("MLFLOW_TRACKING_TOKEN") {
            request = request.header("Authorization", format!("Bearer {token}"));
        }
        let mut answer = request.send(body.to_string()).map_err(plain)?;
        let text = answer.body_mut().read_to_string().map_err(plain)?;
        let value: Value = serde_json::from_str(&text).map_err(|_| {
            (answer.status().to_string(), "the answer is no JSON: is this an MLflow server?".to_owned())
        })?;
        if answer.status().is_success() {
            return Ok(value);
        }
        let said = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
        Err((said("error_code"), said("message")))
    };
    let new = mlflow(runs, file, &mut call).map_err(|e| {
        let help = "start one with `mlflow server`; runs that arrived are not sent again";
        Problem::new(format!("{server}: {e}"), help)
    })?;
    Ok(format!("{new} runs are new at {server}, {} were there\n", runs.len() - new))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever a label says, its folder is one below the folder that was asked for, and another for another label.
    #[test]
    fn a_name_is_one_folder() {
        assert_eq!(folder_name("forget=worst seed=2"), "forget=worst_seed=2");
        let long = format!("data.root={}", "é/".repeat(400));
        let names =
            ["..", ".", "", "root=../../x seed=0", "root=.._.._x seed=0", "/etc/passwd", "a\u{0}b", &long];
        let folders: Vec<String> = names.iter().map(|n| folder_name(n)).collect();
        for (name, folder) in names.iter().zip(&folders) {
            assert!(folder.len() <= 255 && !folder.contains(['/', '\0']), "{name}: {folder}");
            assert!(!folder.starts_with('.'), "{name}: {folder}");
            assert_eq!(folders.iter().filter(|f| *f == folder).count(), 1, "{name}: {folder}");
        }
    }
}
