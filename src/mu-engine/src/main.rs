//! `mu-engine`: reads jobs as JSON lines, runs one step at a time on libtorch, answers with events.
//! The only program that links libtorch. It ends when its input does, also in the middle of a step:
//! whoever started it is gone, and an unfinished object is nothing.

mod artefact;
mod cuda;
mod data;
mod draw;
mod measure;
mod memory;
mod nn;
mod run_step;
mod score;
mod select;
#[cfg(test)]
mod texts;
mod torch;
mod unlearn;

use std::fs::File;
use std::io::{BufRead, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use mu_step::{Event, Job, PROTOCOL};
use mu_store::Store;

use run_step::Ended;

const USAGE: &str = "usage: mu-engine --store FOLDER [--threads N] [--device auto|cpu|cuda:N] [--bookmark SECONDS]\n\
    Runs steps for `mu run`; jobs are read as JSON lines from standard input.";

struct Arguments {
    store: PathBuf,
    threads: i32,
    device: String,
    /// How often long steps keep how far they are.
    every: Duration,
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments {
        store: PathBuf::new(),
        threads: 1,
        device: "auto".to_owned(),
        every: Duration::from_secs(30),
    };
    let mut given = std::env::args().skip(1);
    while let Some(flag) = given.next() {
        let value = given.next().ok_or(USAGE)?;
        match flag.as_str() {
            "--store" => found.store = value.into(),
            "--threads" => found.threads = value.parse().map_err(|_| USAGE)?,
            "--device" => found.device = value,
            "--bookmark" => {
                let seconds = value.parse().map_err(|_| USAGE)?;
                found.every = Duration::try_from_secs_f64(seconds).map_err(|_| USAGE)?;
            }
            _ => return Err(USAGE.to_owned()),
        }
    }
    if found.store.as_os_str().is_empty() { Err(USAGE.to_owned()) } else { Ok(found) }
}

/// What standard output was when the program started: the way to the runner.
static RUNNER: Mutex<Option<File>> = Mutex::new(None);

/// Keeps standard output for events. What a library prints there goes to standard error.
fn keep_output() -> std::io::Result<()> {
    let runner = File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    // SAFETY: both are the process's own standard streams; no memory is involved.
    if unsafe { libc::dup2(libc::STDERR_FILENO, libc::STDOUT_FILENO) } < 0 {
        return Err(std::io::Error::last_os_error());
    }
    *RUNNER.lock().unwrap_or_else(PoisonError::into_inner) = Some(runner);
    Ok(())
}

/// Says something to the runner; where nobody listens any more there is nothing left to do.
fn say(event: &Event) {
    let mut runner = RUNNER.lock().unwrap_or_else(PoisonError::into_inner);
    let line = serde_json::to_string(event).map_err(std::io::Error::other);
    let said = line.and_then(|line| match runner.as_mut() {
        Some(out) => out.write_all(format!("{line}\n").as_bytes()),
        None => Ok(()),
    });
    if said.is_err() {
        std::process::exit(0);
    }
}

fn main() -> ExitCode {
    let prepared = arguments().and_then(|a| {
        keep_output().map_err(|e| format!("cannot keep standard output: {e}"))?;
        let store = Store::open(&a.store).map_err(|e| e.to_string())?;
        // Asked to end by whoever owns the machine, a long step keeps how far it is first.
        for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
            signal_hook::flag::register(signal, Arc::clone(&unlearn::STOP)).map_err(|e| e.to_string())?;
        }
        Ok(run_step::Context {
            store,
            device: torch::start(&a.device, a.threads)?,
            threads: a.threads,
            every: a.every,
            warm: run_step::Warm::default(),
            paths: std::cell::RefCell::default(),
        })
    });
    let context = match prepared {
        Ok(prepared) => prepared,
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "{message}");
            return ExitCode::from(2);
        }
    };
    let (jobs, inbox) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if line == mu_step::STOP {
                unlearn::STOP.store(true, Ordering::Relaxed);
                continue;
            }
            if jobs.send(line).is_err() {
                break;
            }
        }
        std::process::exit(0);
    });
    let device = format!("{:?}", context.device);
    say(&Event::Hello { protocol: PROTOCOL, device, memory: memory::device_free(context.device) });
    for line in inbox {
        match serde_json::from_str::<Job>(&line) {
            Ok(job) => {
                let key = job.key;
                let run = || run_step::run(&job, &context);
                // A bug, or a libtorch call that throws, fails this step and no other.
                let result =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or_else(|panic| {
                        let text = panic.downcast_ref::<String>().cloned();
                        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
                        let first =
                            text.as_deref().and_then(|t| t.lines().next()).unwrap_or("panicked").to_owned();
                        Err(torch::refused(&first))
                    });
                say(&match result {
                    Ok(Ended::Made(seconds)) => Event::Done { key, seconds, found: false },
                    Ok(Ended::Found(seconds)) => Event::Done { key, seconds, found: true },
                    Ok(Ended::Elsewhere) => Event::Elsewhere { key },
                    Err(failure) => Event::Failed { key, failure },
                });
                // Asked to end, it takes no other step.
                if unlearn::STOP.load(Ordering::Relaxed) {
                    return ExitCode::SUCCESS;
                }
            }
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "not a job: {error}");
                return ExitCode::from(2);
            }
        }
    }
    ExitCode::SUCCESS
}
