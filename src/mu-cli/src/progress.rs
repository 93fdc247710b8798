//! A run on the terminal: a bar with the time left, a line per worker, a line per finished step.
//! Where standard error is no terminal, nothing but failures.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use mu_check::Program;
use mu_plan::Plan;
use mu_run::RunEvent;

use crate::render;

/// Shows the events of a run.
pub(crate) struct Progress<'a> {
    program: &'a Program,
    plan: &'a Plan,
    /// Whether each finished step is told also where there is no terminal.
    verbose: bool,
    terminal: bool,
    bars: MultiProgress,
    overall: ProgressBar,
    workers: Vec<ProgressBar>,
    done: usize,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(program: &'a Program, plan: &'a Plan, verbose: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bars = MultiProgress::with_draw_target(target);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} steps  {elapsed} elapsed, {eta} left");
        let overall =
            bars.add(ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())));
        overall.enable_steady_tick(Duration::from_millis(500));
        Self { program, plan, verbose, terminal, bars, overall, workers: Vec::new(), done: 0 }
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

    fn name(&self, key: mu_step::StepKey) -> String {
        let step = self.plan.steps.get(&key);
        step.map_or_else(|| key.short(), |s| format!("{:<8} {}", s.spec.word(), s.place.label(self.program)))
    }

    fn line(&self, text: &str) {
        if self.terminal {
            let _ = self.bars.println(text);
        } else {
            render::eprint(text);
        }
    }

    pub(crate) fn show(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Planned { steps } => self.overall.set_length(*steps as u64),
            RunEvent::Started { key, worker } => {
                let name = self.name(*key);
                self.worker(*worker).set_message(name);
            }
            RunEvent::Progress { key, worker, done, of, note } => {
                let text = format!("{}  {done}/{of}  {note}", self.name(*key));
                self.worker(*worker).set_message(text);
            }
            RunEvent::Warning { key, message } => self.line(&format!("⚠ {}  {message}", self.name(*key))),
            RunEvent::Finished { key, worker, seconds } => {
                self.done += 1;
                if self.terminal || self.verbose {
                    self.line(&format!("✓ {}  {seconds:.1} s", self.name(*key)));
                }
                self.worker(*worker).set_message("");
                self.overall.set_position(self.done as u64);
            }
            RunEvent::Failed { key, failure } => {
                self.line(&format!("✗ {}  {}: {}", self.name(*key), failure.kind.word(), failure.message));
                self.done += 1;
                self.overall.set_position(self.done as u64);
            }
        }
    }

    pub(crate) fn finish(self) {
        self.workers.iter().for_each(ProgressBar::finish_and_clear);
        self.overall.finish_and_clear();
    }
}
