//! Engine processes: where the program is, how it is started, what it says.

use std::io::Write;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{env, fmt};

use mu_diag::Problem;
use mu_step::Job;

use crate::words::{Word, last_words, listen};

/// How long a worker that is not heard any more has to end by itself.
const PATIENCE: Duration = Duration::from_secs(1);

/// How engines are started.
#[derive(Clone, Debug)]
pub struct Engine {
    program: PathBuf,
    libtorch: Option<PathBuf>,
    store: PathBuf,
}

const GET_LIBTORCH: &str = "run `make setup` in mu's checkout, which downloads libtorch 2.11.0, or point MU_LIBTORCH at the \
    folder of an existing libtorch 2.11.0 (the one with lib/libtorch_cpu.so)";

impl Engine {
    /// Finds `mu-engine` (beside `mu`, or `MU_ENGINE`) and libtorch (`MU_LIBTORCH`, or beside the installed `mu`,
    /// or where the engine was linked).
    ///
    /// # Errors
    /// Where one of them is not there.
    pub fn find(store: &Path) -> Result<Self, Problem> {
        let own = env::current_exe().ok().and_then(|p| p.canonicalize().ok());
        let folder = own.as_deref().and_then(Path::parent).unwrap_or(Path::new("."));
        let program = env::var_os("MU_ENGINE").map_or_else(|| folder.join("mu-engine"), PathBuf::from);
        if !program.is_file() {
            return Err(Problem::new(
                format!("there is no engine at {}", program.display()),
                "build it with `make build`, or set MU_ENGINE to where mu-engine is",
            ));
        }
        let has_torch = |p: &Path| p.join("libtorch_cpu.so").is_file();
        let libtorch = match env::var_os("MU_LIBTORCH").map(PathBuf::from) {
            Some(given) => match [given.join("lib"), given.clone()].into_iter().find(|p| has_torch(p)) {
                Some(found) => Some(found),
                None => {
                    let message = format!("MU_LIBTORCH is {}, which has no libtorch_cpu.so", given.display());
                    return Err(Problem::new(message, GET_LIBTORCH));
                }
            },
            None => Some(folder.join("../lib/mu")).filter(|p| has_torch(p)),
        };
        Ok(Self { program, libtorch, store: store.to_owned() })
    }

    /// Starts a worker whose words go to `words` under its number.
    pub(crate) fn start(
        &self,
        number: usize,
        device: &str,
        threads: usize,
        bookmark: Duration,
        mps: Option<&Path>,
        words: Sender<(usize, Word)>,
    ) -> Result<Worker, Problem> {
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
                // Programs of the user's have libraries of their own: the engine starts them with what was there before.
                let outer = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
                command.env("MU_OUTER_LD_LIBRARY_PATH", outer);
                command.env("LD_LIBRARY_PATH", joined);
            }
        }
        command.envs(settings(threads));
        command.envs(mps.map(|pipes| ("CUDA_MPS_PIPE_DIRECTORY", pipes)));
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|e| {
            let message = format!("cannot start {}: {e}", self.program.display());
            Problem::new(message, "build it with `make build`")
        })?;
        let said = child.stderr.take().map(|stderr| thread::spawn(move || last_words(stderr)));
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || listen(stdout, |word| words.send((number, word)).is_ok()));
        }
        let input = child.stdin.take();
        Ok(Worker { child, input, said })
    }

    /// What it means that engines end before their first word.
    pub(crate) fn did_not_start(end: &End) -> Problem {
        let said = &end.said;
        let loader = said.contains("shared librar") || said.contains("libtorch") || said.contains("symbol");
        let help = match (loader, end.killed) {
            _ if said.contains("MU_KERNELS") => {
                "leave the variable MU_KERNELS out, or give it one of these values"
            }
            (true, _) => GET_LIBTORCH,
            (false, true) => {
                "something outside mu ends its workers: the kernel where memory is short (`dmesg`), or a scheduler's limit"
            }
            (false, false) => "try `mu-engine --help`; rebuild with `make build`",
        };
        Problem::new(format!("mu-engine does not start: {end}"), help)
    }
}

/// How a worker ended.
#[derive(Clone, Debug)]
pub(crate) struct End {
    /// In words: its exit status, or the signal.
    status: String,
    /// What it said last.
    said: String,
    /// Whether a signal ended it that was not ours.
    pub(crate) killed: bool,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.said.as_str() {
            "" => write!(f, "{}", self.status),
            said => write!(f, "{}: {said}", self.status),
        }
    }
}

/// A running engine process.
pub(crate) struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    /// Reads what it says on standard error to the end.
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

    /// How it ended. One that closed its output, or is not followed any more, and does not end by itself is ended.
    pub(crate) fn end(mut self) -> End {
        self.input = None;
        let patience = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Ok(status),
                Ok(None) if Instant::now() < patience => thread::sleep(Duration::from_millis(5)),
                Ok(None) => {
                    let _ = self.child.kill();
                    let _ = self.child.wait();
                    break Err("it closed its output and went on; it was ended".to_owned());
                }
                Err(error) => break Err(error.to_string()),
            }
        };
        let killed = status.as_ref().is_ok_and(|status| status.signal().is_some());
        let status = status.map_or_else(|words| words, |status| status.to_string());
        // Where something that it started keeps its standard error open, the last words are not waited for.
        let said = self.said.take().and_then(|reader| waited(reader, patience));
        End { status, said: said.unwrap_or_default(), killed }
    }
}

/// What a thread yields, if it does so in time.
fn waited<T>(thread: JoinHandle<T>, until: Instant) -> Option<T> {
    while !thread.is_finished() {
        if Instant::now() > until {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    thread.join().ok()
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
