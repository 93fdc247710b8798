//! An engine without computation, for tests of what surrounds it: it makes an object of a few bytes for every step. With
//! `FAKE_LOG`, each step that it makes is a line of that file; `FAKE_HOLD` holds it in each step until that file is there;
//! `FAKE_ARGUMENTS` is a file to which each engine writes what it was started with, and where MPS is; `FAKE_PEAK` is how much memory it says that its steps took.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::Path;

use mu_step::{Event, Job, PROTOCOL, StepSpec};
use mu_store::{Begin, Meta, Store};

fn say(event: &Event) {
    let line = serde_json::to_string(event).unwrap_or_default();
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

fn run(job: &Job, store: &Store) -> Result<Event, Box<dyn std::error::Error>> {
    let key = job.key;
    let draft = match store.begin(key)? {
        Begin::Exists(_) => return Ok(Event::Done { key, seconds: 0.0, found: true }),
        Begin::Busy(_) => return Ok(Event::Elsewhere { key }),
        Begin::Draft(draft) => draft,
    };
    if let Some(log) = std::env::var_os("FAKE_LOG") {
        let mut log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        log.write_all(format!("{key}\n").as_bytes())?;
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
        draft.write("something", b"x")?;
    }
    let environment = BTreeMap::from([("device".into(), "Cpu".into()), ("threads".into(), "1".into())]);
    draft.commit(Meta {
        spec: serde_json::to_value(&job.spec)?,
        mu: "fake".into(),
        environment,
        seconds: 0.001,
        flops: job.flops,
        peak: std::env::var("FAKE_PEAK").map_or(Some(1 << 20), |peak| peak.parse().ok()),
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
        let mut log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let mps = std::env::var("CUDA_MPS_PIPE_DIRECTORY").map_or(String::new(), |at| format!(" MPS {at}"));
        log.write_all(format!("{}{mps}\n", arguments[1..].join(" ")).as_bytes())?;
    }
    say(&Event::Hello { protocol: PROTOCOL, device: "Cpu".into() });
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line != mu_step::STOP {
            say(&run(&serde_json::from_str(&line)?, &store)?);
        }
    }
    Ok(())
}
