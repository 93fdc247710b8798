//! Compute budgets: what can be told before anything runs is an error before anything runs.

use mu_check::{Experiment, Most, Point, REFERENCE};
use mu_diag::{Code, Diagnostic};
use mu_step::{CostOf, Facts, Spend, Start};

use crate::build::Grid;

/// Reports every method that spends more than a limit allows.
pub(crate) fn check(experiment: &Experiment, facts: &[Facts], diagnostics: &mut Vec<Diagnostic>) {
    for limit in experiment.limits.iter().filter(|l| l.what != CostOf::Minutes) {
        let mut told: Vec<usize> = Vec::new();
        for p in experiment.points() {
            if exempt(experiment, p, &limit.most) || told.contains(&p.unlearn) {
                continue;
            }
            let method = &experiment.unlearn[p.unlearn];
            if let Some(program) = method.value[p.train].procedure.programs().first() {
                told.push(p.unlearn);
                let message = format!("what {} spends is known to nobody before it ran", program.name());
                diagnostics.push(
                    Diagnostic::error(Code::Program, method.span, message)
                        .related(limit.span, limit.text.clone())
                        .help(
                            "of a program's method `limit` bounds the minutes: `limit unlearn.minutes <= 10`",
                        ),
                );
                continue;
            }
            let of = |p: Point| {
                let spend = spend(experiment, facts, p);
                match limit.what {
                    CostOf::Epochs => spend.epochs,
                    CostOf::Samples => spend.samples,
                    CostOf::Flops | CostOf::Minutes => {
                        spend.passes * experiment.model[p.model].value[p.data].flops()
                    }
                }
            };
            let most = match &limit.most {
                Most::Amount(most) => *most,
                Most::Share(share, method) => match experiment.sibling(p, method) {
                    Some(other) => share * of(other),
                    None => continue,
                },
            };
            let own = of(p);
            // Sets are counted to a sample or two before their draw.
            if own > most * 1.001 + 2.0 {
                told.push(p.unlearn);
                let method = &experiment.unlearn[p.unlearn];
                let coords: Vec<&str> = method.coords.iter().map(|c| experiment.label(*c)).collect();
                let message =
                    format!("{} spends {} where {} are allowed", coords.join(" "), amount(own), amount(most));
                diagnostics.push(
                    Diagnostic::error(Code::Budget, method.span, message)
                        .related(limit.span, limit.text.clone())
                        .help("fewer epochs, or a larger limit"),
                );
            }
        }
    }
}

fn amount(v: f64) -> String {
    if v < 1e6 { format!("{v:.0}") } else { format!("{v:.3e}") }
}

/// Retrain, and the method that a limit is a share of, are not limited.
fn exempt(experiment: &Experiment, p: Point, most: &Most) -> bool {
    let is = |method: &str| experiment.sibling(p, method).is_some_and(|o| o.unlearn == p.unlearn);
    is(REFERENCE) || matches!(most, Most::Share(_, method) if is(method))
}

/// What a point's method spends; the sizes of sets that only the engine can count are taken as a tenth of the data.
fn spend(experiment: &Experiment, facts: &[Facts], p: Point) -> Spend {
    let set = &experiment.data[p.data].value;
    let all = set.spec.train.of(facts[p.data].train);
    let kept = all as f64 * (1.0 - set.spec.holdout);
    let training = (kept * (1.0 - set.validation)).round() as usize;
    let procedure = &experiment.unlearn[p.unlearn].value[p.train].procedure;
    let (forget, retain) = sizes(experiment, p, training, procedure.start == Start::Scratch);
    procedure.spend(retain, forget, kept as usize - training)
}

/// About how many samples a method forgets and retains at a point; where it starts anew, it forgets what earlier requests asked for as
/// well. Sets that only the engine can count are taken as a tenth of the data.
pub(crate) fn sizes(experiment: &Experiment, p: Point, training: usize, anew: bool) -> (usize, usize) {
    let size = |p: Point| {
        let budget = experiment.forget[p.forget].value[p.train].budget();
        budget.map_or(training / 10, |b| b.samples(training))
    };
    let before = std::iter::successors(experiment.before(p), |p| experiment.before(*p));
    let gone = before.map(size).sum::<usize>().min(training);
    let own = size(p).min(training - gone);
    (if anew { gone + own } else { own }, training - gone - own)
}

impl Grid<'_> {
    /// The seconds that a point's method may take.
    pub(crate) fn most_seconds(&self, p: Point) -> Option<f64> {
        let limits = self.experiment.limits.iter().filter(|l| l.what == CostOf::Minutes);
        let seconds = limits.filter(|l| !exempt(self.experiment, p, &l.most)).filter_map(|l| match l.most {
            Most::Amount(minutes) => Some(minutes * 60.0),
            Most::Share(..) => None,
        });
        seconds.reduce(f64::min)
    }
}
