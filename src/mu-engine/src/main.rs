//! `mu-engine`: reads jobs as JSON lines, runs one step at a time on libtorch, answers with events.
//! The only program that links libtorch. It ends when its input does, also in the middle of a step:
//! whoever started it is gone, and an unfinished object is nothing.

mod artefact;
mod child;
mod context;
mod data;
#[cfg(test)]
mod denoiser;
mod draw;
mod events;
mod expression;
mod generate;
mod load;
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

use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use mu_step::{Event, Job, PROTOCOL};
use mu_store::Store;

use context::{Cache, Context};
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

fn main() -> ExitCode {
    let prepared = arguments().and_then(|a| {
        events::keep_output().map_err(|e| format!("cannot keep standard output: {e}"))?;
        let store = Store::open(&a.store).map_err(|e| e.to_string())?;
        // Asked to end by whoever owns the machine, a long step keeps how far it is first.
        for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
            signal_hook::flag::register(signal, Arc::clone(&unlearn::STOP)).map_err(|e| e.to_string())?;
        }
        Ok(Context {
            store,
            device: torch::start(&a.device, a.threads)?,
            threads: a.threads,
            every: a.every,
            cache: Cache::default(),
            beside: std::cell::Cell::default(),
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
        child::end_all();
        std::process::exit(0);
    });
    let device = format!("{:?}", context.device);
    events::send(&Event::Hello { protocol: PROTOCOL, device, memory: memory::device_free(context.device) });
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
                events::send(&match result {
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
