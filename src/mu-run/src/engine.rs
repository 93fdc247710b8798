//! Engine processes: where the program is, how it is started, what it says.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mu_step::{Event, Job};

/// How engines are started.
#[derive(Clone, Debug)]
pub struct Engine {
    program: PathBuf,
    libtorch: Option<PathBuf>,
    store: PathBuf,
}

/// The engine cannot be used: why, and the way out.
#[derive(Clone, Debug)]
pub struct EngineError {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
}

const GET_LIBTORCH: &str = "run `make setup` in mu's checkout, which downloads libtorch 2.11.0, or point MU_LIBTORCH at the \
    folder of an existing libtorch 2.11.0 (the one with lib/libtorch_cpu.so)";

impl Engine {
    /// Finds `mu-engine` (beside `mu`, or `MU_ENGINE`) and libtorch (`MU_LIBTORCH`, or beside the installed `mu`,
    /// or where the engine was linked).
    ///
    /// # Errors
    /// Where one of them is not there.
    pub fn find(store: &Path) -> Result<Self, EngineError> {
        let own = env::current_exe().ok().and_then(|p| p.canonicalize().ok());
        let folder = own.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
        let program = env::var_os("MU_ENGINE").map_or_else(|| folder.join("mu-engine"), PathBuf::from);
        if !program.is_file() {
            return Err(EngineError {
                message: format!("there is no engine at {}", program.display()),
                help: "build it with `make build`, or set MU_ENGINE to where mu-engine is".to_owned(),
            });
        }
        let has_torch = |p: &Path| p.join("libtorch_cpu.so").is_file();
        let libtorch = match env::var_os("MU_LIBTORCH").map(PathBuf::from) {
            Some(given) => match [given.join("lib"), given.clone()].into_iter().find(|p| has_torch(p)) {
                Some(found) => Some(found),
                None => {
                    return Err(EngineError {
                        message: format!("MU_LIBTORCH is {}, which has no libtorch_cpu.so", given.display()),
                        help: GET_LIBTORCH.to_owned(),
                    });
                }
            },
            None => Some(folder.join("../lib/mu")).filter(|p| has_torch(p)),
        };
        Ok(Self { program, libtorch, store: store.to_owned() })
    }

    /// Starts a worker whose events go to `events` under its number; `None` means that it ended.
    pub(crate) fn start(
        &self,
        number: usize,
        device: &str,
        threads: usize,
        bookmark: Duration,
        mps: Option<&Path>,
        events: Sender<(usize, Option<Event>)>,
    ) -> Result<Worker, EngineError> {
        let mut command = Command::new(&self.program);
        command.arg("--store").arg(&self.store).arg("--threads").arg(threads.to_string());
        command.arg("--device").arg(device);
        command.arg("--bookmark").arg(bookmark.as_secs_f64().to_string());
        // Ctrl-C on the terminal is for mu, which tells its workers.
        command.process_group(0);
        if let Some(libtorch) = &self.libtorch {
            let mut paths = vec![libtorch.clone()];
            paths.extend(env::split_paths(&env::var_os("LD_LIBRARY_PATH").unwrap_or_default()));
            if let Ok(joined) = env::join_paths(paths) {
                command.env("LD_LIBRARY_PATH", joined);
            }
        }
        command.envs(settings(threads));
        command.envs(mps.map(|pipes| ("CUDA_MPS_PIPE_DIRECTORY", pipes)));
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|e| EngineError {
            message: format!("cannot start {}: {e}", self.program.display()),
            help: "build it with `make build`".to_owned(),
        })?;
        let said = child.stderr.take().map(|stderr| {
            let last = |stderr| BufReader::new(stderr).lines().map_while(Result::ok).last();
            thread::spawn(move || last(stderr).unwrap_or_default())
        });
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if let Ok(event) = serde_json::from_str(&line)
                        && events.send((number, Some(event))).is_err()
                    {
                        return;
                    }
                }
                let _ = events.send((number, None));
            });
        }
        let input = child.stdin.take();
        Ok(Worker { child, input, said })
    }

    /// What it means that an engine ended before its first word.
    pub(crate) fn did_not_start(said: &str) -> EngineError {
        let loader = said.contains("shared librar") || said.contains("libtorch") || said.contains("symbol");
        EngineError {
            message: format!(
                "mu-engine does not start: {}",
                if said.is_empty() { "it said nothing" } else { said }
            ),
            help: if loader {
                GET_LIBTORCH.to_owned()
            } else {
                "try `mu-engine --help`; rebuild with `make build`".to_owned()
            },
        }
    }
}

/// A running engine process.
pub(crate) struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    /// Reads what it says on standard error to the end; gives the last line.
    said: Option<JoinHandle<String>>,
}

impl Worker {
    /// Hands it a step; a worker that is gone says so by its end.
    pub(crate) fn send(&mut self, job: &Job) {
        if let (Some(input), Ok(mut line)) = (self.input.as_mut(), serde_json::to_vec(job)) {
            line.push(b'\n');
            let _ = input.write_all(&line).and_then(|()| input.flush());
        }
    }

    /// Asks it to keep how far its step is, and to end it.
    pub(crate) fn ask_to_stop(&mut self) {
        if let Some(input) = self.input.as_mut() {
            let _ = input.write_all(format!("{}\n", mu_step::STOP).as_bytes()).and_then(|()| input.flush());
        }
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, in words, with what it said last.
    pub(crate) fn epitaph(&mut self) -> String {
        let status = self.child.wait().map_or_else(|e| e.to_string(), |s| s.to_string());
        let said = self.last_words();
        if said.is_empty() { status } else { format!("{status}: {said}") }
    }

    pub(crate) fn last_words(&mut self) -> String {
        let _ = self.child.wait();
        self.said.take().and_then(|reader| reader.join().ok()).unwrap_or_default()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // An engine ends when its input does; killing it as well leaves no orphan in a long step.
        self.input = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What libraries read from the environment before a program of theirs can say it: the threads of numeric ones; cuBLAS's
/// workspace, without which its sums may take another order each time; memory in large pages, as a batch's activations are walked
/// through from end to end. Whoever runs mu has the last word.
fn settings(threads: usize) -> impl Iterator<Item = (&'static str, String)> {
    let large = "glibc.malloc.hugetlb";
    let tunables = match env::var("GLIBC_TUNABLES") {
        Ok(own) if own.contains(large) => own,
        Ok(own) if !own.is_empty() => format!("{own}:{large}=1"),
        _ => format!("{large}=1"),
    };
    let workspace = env::var("CUBLAS_WORKSPACE_CONFIG").unwrap_or_else(|_| ":4096:8".to_owned());
    [
        ("OMP_NUM_THREADS", threads.to_string()),
        ("GLIBC_TUNABLES", tunables),
        ("CUBLAS_WORKSPACE_CONFIG", workspace),
    ]
    .into_iter()
}
