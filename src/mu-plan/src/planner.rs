//! A program → its plan, one experiment after the other.

use mu_check::{Experiment, Program};
use mu_diag::{Code, Diagnostic};
use mu_step::{Facts, StepKey, Take};

use crate::build::Grid;
use crate::read::{files, left_out};
use crate::{DataFacts, Known, Plan, Targets, limit, tuning};

/// Plans a program. Where parameters are tuned and the numbers for that are not known yet, the plan holds only
/// what yields them: run it and plan again.
pub fn plan(
    program: &Program,
    facts: &dyn DataFacts,
    known: &dyn Fn(StepKey) -> Known,
) -> (Plan, Vec<Diagnostic>) {
    let mut plan = Plan::default();
    let mut diagnostics = Vec::new();
    for (index, experiment) in program.experiments.iter().enumerate() {
        let data: Vec<Option<Facts>> = experiment
            .data
            .iter()
            .map(|d| match facts.facts(&d.value.spec.source, d.value.root.as_deref()) {
                Ok(facts) => {
                    diagnostics.extend(left_out(&facts, d.span));
                    Some(facts)
                }
                Err(problem) => {
                    diagnostics.push(
                        Diagnostic::error(Code::BadData, d.span, problem.what)
                            .label("this data set cannot be read")
                            .help(problem.help),
                    );
                    None
                }
            })
            .collect();
        check_sizes(experiment, &data, &mut diagnostics);
        let files = files(experiment, facts, &mut diagnostics);
        let (Some(files), Some(data)) = (files, data.into_iter().collect::<Option<Vec<Facts>>>()) else {
            // Targets are looked up by the experiment's place: one that cannot be planned keeps its own.
            plan.targets.push(Targets::default());
            continue;
        };
        limit::check(experiment, &data, &mut diagnostics);
        let mut grid = Grid::new(program, index, (&data, facts), &files, &mut plan);
        let points = tuning::points(&mut grid, known);
        for p in &points.main {
            grid.measure(*p);
        }
        let Grid { measured, keys, made, .. } = grid;
        plan.targets.push(Targets { measured, keys, made, points: points.main, undecided: points.undecided });
    }
    (plan, diagnostics)
}

/// Counts that can be compared before anything runs. Shares are taken per class, so the engine checks once more, exactly.
fn check_sizes(experiment: &Experiment, facts: &[Option<Facts>], diagnostics: &mut Vec<Diagnostic>) {
    for (data, facts) in experiment.data.iter().zip(facts) {
        let Some(facts) = facts else { continue };
        let spec = &data.value.spec;
        for (part, take, have) in
            [("training", spec.train, Some(facts.train)), ("test", spec.test, facts.test)]
        {
            if let (Take::Samples(n), Some(have)) = (take, have)
                && n > have
            {
                let message = format!("the {part} part has {have} samples, {n} are asked for");
                diagnostics.push(Diagnostic::error(Code::Budget, data.span, message));
            }
        }
        let all = spec.train.of(facts.train);
        let training = (all as f64 * (1.0 - spec.holdout) * (1.0 - data.value.validation)).round() as usize;
        for forget in &experiment.forget {
            for selection in &forget.value {
                let Some(budget) = selection.budget().map(|b| b.samples(training)) else { continue };
                if budget >= training {
                    diagnostics.push(
                        Diagnostic::error(
                            Code::Budget,
                            forget.span,
                            format!("a forget set of {budget} samples leaves nothing to retain"),
                        )
                        .label(format!("there are about {training} training samples"))
                        .help("use a smaller budget, such as `10%`"),
                    );
                } else if budget == 0 {
                    let message =
                        format!("this budget is less than one of about {training} training samples");
                    diagnostics.push(Diagnostic::error(Code::Budget, forget.span, message));
                }
            }
        }
    }
}
