//! A run on the terminal: a bar with the time left, a line per worker, a line per finished step. Where standard error is no
//! terminal: failures, and now and then how far it is. For programs: every event as a line of JSON on standard output.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use mu_check::Program;
use mu_diag::{one_line, visible};
use mu_plan::Plan;
use mu_run::RunEvent;
use mu_step::StepKey;

use crate::render;
use crate::units::duration;

/// How often a log is told how far a run is.
const LOGGED: Duration = Duration::from_secs(30);

/// Shows the events of a run.
pub(crate) struct Progress<'a> {
    program: &'a Program,
    plan: &'a Plan,
    /// Whether each finished step is told also where there is no terminal.
    verbose: bool,
    json: bool,
    terminal: bool,
    bars: MultiProgress,
    overall: ProgressBar,
    workers: Vec<ProgressBar>,
    steps: usize,
    done: usize,
    /// What is to be done and what was done, in the unit of `cost`.
    work: [f64; 2],
    cost: &'a dyn Fn(StepKey) -> f64,
    /// Of the running steps, which share was done, and what their workers say.
    running: HashMap<StepKey, (f64, String)>,
    begun: Instant,
    logged: Instant,
}

impl<'a> Progress<'a> {
    /// `cost` is about how long a step takes, in any unit.
    pub(crate) fn new(
        program: &'a Program,
        plan: &'a Plan,
        (verbose, json): (bool, bool),
        cost: &'a dyn Fn(StepKey) -> f64,
    ) -> Self {
        let terminal = std::io::stderr().is_terminal() && !json;
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bars = MultiProgress::with_draw_target(target);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} steps  {elapsed} elapsed{msg}");
        let overall =
            bars.add(ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())));
        overall.enable_steady_tick(Duration::from_millis(500));
        Self {
            program,
            plan,
            verbose,
            json,
            terminal,
            bars,
            overall,
            workers: Vec::new(),
            steps: 0,
            done: 0,
            work: [0.0; 2],
            cost,
            running: HashMap::new(),
            begun: Instant::now(),
            logged: Instant::now(),
        }
    }

    fn worker(&mut self, number: usize) -> &ProgressBar {
        while self.workers.len() <= number {
            let style = ProgressStyle::with_template("  {spinner} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner());
            let bar = self.bars.insert_before(&self.overall, ProgressBar::new_spinner().with_style(style));
            bar.enable_steady_tick(Duration::from_millis(200));
            self.workers.push(bar);
        }
        &self.workers[number]
    }

    fn name(&self, key: StepKey) -> String {
        let step = self.plan.graph.get(key);
        let label = || self.plan.label(self.program, key);
        step.map_or_else(|| key.short(), |s| format!("{:<8} {}", s.spec.word(), label()))
    }

    fn line(&self, text: &str) {
        if self.terminal {
            let _ = self.bars.println(visible(text));
        } else {
            render::eprint(text);
        }
    }

    /// The time left, from the share of the work that is done and the time that it took.
    fn left(&self) -> Option<f64> {
        let partly: f64 = self.running.iter().map(|(key, (share, _))| (self.cost)(*key) * share).sum();
        let share = (self.work[1] + partly) / self.work[0];
        // Of the first hundredth nothing can be concluded.
        (share > 0.01).then(|| self.begun.elapsed().as_secs_f64() * (1.0 - share).max(0.0) / share)
    }

    pub(crate) fn show(&mut self, event: &RunEvent) {
        if self.json {
            self.tell(event);
            return;
        }
        match event {
            RunEvent::Planned { steps } => {
                self.steps = *steps;
                self.overall.set_length(*steps as u64);
            }
            RunEvent::Started { key, worker } => {
                let name = self.name(*key);
                self.running.insert(*key, (0.0, String::new()));
                self.worker(*worker).set_message(name);
            }
            RunEvent::Progress { key, worker, done, of, note } => {
                let said = format!("{done}/{of}  {}", one_line(note));
                let text = format!("{}  {said}", self.name(*key));
                self.running.insert(*key, (*done as f64 / (*of).max(1) as f64, said));
                self.worker(*worker).set_message(text);
            }
            RunEvent::Warning { key, message } => self.line(&format!("⚠ {}  {message}", self.name(*key))),
            RunEvent::Finished { key, worker, seconds, .. } => {
                if self.terminal || self.verbose {
                    self.line(&format!("✓ {}  {seconds:.1} s", self.name(*key)));
                }
                self.worker(*worker).set_message("");
                self.ended(*key);
            }
            RunEvent::Failed { key, failure } => {
                self.line(&format!("✗ {}  {}: {}", self.name(*key), failure.kind.word(), failure.message));
                self.ended(*key);
            }
            RunEvent::Retried { key, failure } => {
                self.running.remove(key);
                self.line(&format!("↻ {}  {}; once more", self.name(*key), failure.message));
            }
            RunEvent::Stopping { running } => self.line(&format!(
                "stopping: {running} steps finish or keep how far they are; once more cuts them off"
            )),
            RunEvent::Stopped { key } => {
                self.running.remove(key);
                self.line(&format!("‖ {}  keeps how far it is", self.name(*key)));
            }
        }
        self.overall.set_message(self.left().map_or_else(String::new, |s| format!(", {} left", duration(s))));
        self.log();
    }

    fn ended(&mut self, key: StepKey) {
        self.running.remove(&key);
        self.done += 1;
        self.work[1] += (self.cost)(key);
        self.overall.set_position(self.done as u64);
    }

    /// Now and then, a line for those who read along in a file.
    fn log(&mut self) {
        if self.terminal || self.logged.elapsed() < LOGGED {
            return;
        }
        self.logged = Instant::now();
        let left = self.left().map_or_else(String::new, |s| format!(", about {} left", duration(s)));
        let now: Vec<String> =
            self.running.iter().map(|(key, (_, said))| format!("{} {said}", self.name(*key))).collect();
        let elapsed = duration(self.begun.elapsed().as_secs_f64());
        render::eprint(&format!(
            "{}/{} steps, {elapsed} elapsed{left}; now: {}",
            self.done,
            self.steps,
            now.join(" | ")
        ));
    }

    /// The event with what its step is.
    fn tell(&self, event: &RunEvent) {
        let Ok(mut line) = serde_json::to_value(event) else { return };
        let key = line.get("key").and_then(|k| k.as_str()).and_then(|k| StepKey::try_from(k.to_owned()).ok());
        if let Some((key, step)) = key.and_then(|key| Some((key, self.plan.graph.get(key)?))) {
            line["step"] = step.spec.word().into();
            line["point"] = self.plan.label(self.program, key).into();
        }
        say(&line);
    }

    /// What the steps that will run cost together.
    pub(crate) fn expect(&mut self, keys: &[StepKey]) {
        self.work[0] = keys.iter().map(|k| (self.cost)(*k)).sum();
    }

    pub(crate) fn finish(self) {
        self.workers.iter().for_each(ProgressBar::finish_and_clear);
        self.overall.finish_and_clear();
    }
}

/// A line of JSON for other programs.
pub(crate) fn say(line: &serde_json::Value) {
    render::print(&format!("{line}\n"));
}
