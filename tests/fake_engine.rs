//! An engine without computation, for tests of what surrounds it: it makes an object of a few bytes for every step. With
//! `FAKE_LOG`, each step that it makes is a line of that file; `FAKE_HOLD` holds it in each step until that file is there;
//! `FAKE_ARGUMENTS` is a file to which each engine writes what it was started with, and where MPS is; `FAKE_PEAK` is how much memory it says that its steps took,
//! `FAKE_DEVICE_PEAK` how much of a GPU's, of which `FAKE_DEVICE_MEMORY` says how much there is. In `FAKE_FULL` it lists steps when
//! it sees them first, and says that a GPU's memory was not enough for them. `FAKE_FAULT` is what the first engine does that finds
//! that folder missing, and makes it: `die` before its first word, `babble` or `close` its output in its first step.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, Write};
use std::os::fd::FromRawFd;
use std::path::Path;

use mu_step::{Event, Failure, FailureKind, Job, PROTOCOL, StepSpec};
use mu_store::{Begin, Meta, Store};

fn say(event: &Event) {
    let line = serde_json::to_string(event).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Adds a line to a file, which other engines add lines to as well.
fn append(path: &OsStr, line: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())
}

/// A number of bytes that the environment says.
fn bytes(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|bytes| bytes.parse().ok())
}

fn run(job: &Job, store: &Store, device: &str) -> Result<Event, Box<dyn std::error::Error>> {
    let key = job.key;
    let draft = match store.begin(key)? {
        Begin::Exists(_) => return Ok(Event::Done { key, seconds: 0.0, found: true }),
        Begin::Busy(_) => return Ok(Event::Elsewhere { key }),
        Begin::Draft(draft) => draft,
    };
    if let Some(full) = std::env::var_os("FAKE_FULL") {
        let seen = std::fs::read_to_string(&full).unwrap_or_default();
        if !seen.contains(&key.to_string()) {
            append(&full, &key.to_string())?;
            let failure = Failure::new(FailureKind::Memory, "CUDA out of memory");
            return Ok(Event::Failed { key, failure });
        }
    }
    if let Some(log) = std::env::var_os("FAKE_LOG") {
        append(&log, &key.to_string())?;
    }
    if let Some(hold) = std::env::var_os("FAKE_HOLD") {
        while !Path::new(&hold).exists() {
            std::thread::yield_now();
        }
    }
    if matches!(job.spec, StepSpec::Measure(_)) {
        let number = u32::from_str_radix(&key.to_string()[..6], 16)? % 10_000;
        draft.write("value.json", format!("{{\"value\": {}}}", f64::from(number) / 100.0).as_bytes())?;
    } else {
        for name in job.spec.files() {
            draft.write(name, b"x")?;
        }
    }
    let environment = BTreeMap::from([("device".into(), device.into()), ("threads".into(), "1".into())]);
    draft.commit(Meta {
        spec: serde_json::to_value(&job.spec)?,
        mu: "fake".into(),
        environment,
        seconds: 0.001,
        flops: job.flops,
        peak: bytes("FAKE_PEAK").or(Some(1 << 20)),
        device_peak: bytes("FAKE_DEVICE_PEAK"),
        made: 1,
        files: BTreeMap::new(),
    })?;
    Ok(Event::Done { key, seconds: 0.001, found: false })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|a| a == "--store").ok_or("no --store")?;
    let store = Store::open(Path::new(&arguments[at + 1]))?;
    if let Some(log) = std::env::var_os("FAKE_ARGUMENTS") {
        let mps = std::env::var("CUDA_MPS_PIPE_DIRECTORY").map_or(String::new(), |at| format!(" MPS {at}"));
        append(&log, &format!("{}{mps}", arguments[1..].join(" ")))?;
    }
    let fault = std::env::var("FAKE_FAULT").unwrap_or_default();
    let (fault, once) = fault.split_once(' ').unwrap_or_default();
    let strikes = |what: &str| fault == what && std::fs::create_dir(once).is_ok();
    if strikes("die") {
        std::process::Command::new("kill").args(["-9", &std::process::id().to_string()]).status()?;
    }
    let device = arguments.iter().position(|a| a == "--device").map_or("cpu", |at| &arguments[at + 1]);
    let device = device.strip_prefix("cuda:").map_or("Cpu".to_owned(), |number| format!("Cuda({number})"));
    say(&Event::Hello { protocol: PROTOCOL, device: device.clone(), memory: bytes("FAKE_DEVICE_MEMORY") });
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if strikes("babble") {
            std::io::stdout().write_all(b"\xff no event\n")?;
            std::io::stdout().flush()?;
            std::thread::park();
        }
        if strikes("close") {
            // SAFETY: standard output is this process's own, and nothing is written to it any more.
            drop(unsafe { std::fs::File::from_raw_fd(1) });
            std::thread::park();
        }
        if line != mu_step::STOP {
            say(&run(&serde_json::from_str(&line)?, &store, &device)?);
        }
    }
    Ok(())
}
