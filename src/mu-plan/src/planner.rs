//! A program → its plan, one experiment after the other.

use std::collections::HashSet;

use mu_check::{Experiment, Forget, Measured, Point, Program, SampleSet};
use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Facts, StepKey, Take};

use crate::build::{Grid, Missing, metrics};
use crate::read::{files, left_out};
use crate::{DataFacts, Known, Part, Plan, RequestedBy, Targets, limit, tuning};

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
        let files = files(experiment, &measured_on(program, index), facts, &mut diagnostics);
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
        let Grid { measured, keys, made, beside, missing, notes, .. } = grid;
        let span = |part, point| RequestedBy { experiment: index, point, part }.span(program);
        diagnostics.extend(named_by_point(&missing, &span));
        let mut said = HashSet::new();
        for (part, point, note) in notes {
            if let Some(at) = span(part, point).filter(|at| said.insert((*at, note.clone()))) {
                diagnostics.push(Diagnostic::warning(Code::Checkpoint, at, note));
            }
        }
        let (points, undecided) = (points.main, points.undecided);
        plan.targets.push(Targets { measured, keys, made, beside, points, undecided });
    }
    (plan, diagnostics)
}

/// The selections that an experiment's metrics are taken on.
fn measured_on(program: &Program, index: usize) -> Vec<(Forget, Span)> {
    let mut found = Vec::new();
    metrics(program, index, &mut |metric| {
        metric.formula.leaves(&mut |measured, _| {
            if let Measured::Among(_, SampleSet::Chosen(chosen), at) = measured {
                found.push((Forget::clone(chosen), *at));
            }
        });
    });
    found
}

/// Files that are named by point and cannot be read: all of one name and place in one finding.
fn named_by_point(missing: &[Missing], span: &dyn Fn(Part, Point) -> Option<Span>) -> Vec<Diagnostic> {
    let mut found: Vec<(Span, &str, Vec<&Missing>)> = Vec::new();
    for file in missing {
        let Some(at) = span(file.part, file.point) else { continue };
        match found.iter_mut().find(|(place, pattern, _)| (*place, *pattern) == (at, file.pattern.as_str())) {
            Some((.., files)) => files.push(file),
            None => found.push((at, &file.pattern, vec![file])),
        }
    }
    let finding = |(at, pattern, files): (Span, &str, Vec<&Missing>)| {
        if let [only] = files.as_slice() {
            let message = format!("{} ({})", only.problem.what, only.at);
            return Diagnostic::error(Code::Checkpoint, at, message).help(only.problem.help.clone());
        }
        let message = format!("{} files of \"{pattern}\" cannot be taken", files.len());
        let mut lines: Vec<String> =
            files.iter().take(MOST_LINES).map(|f| format!("{}: {}", f.at, f.problem.what)).collect();
        if files.len() > MOST_LINES {
            lines.push(format!("and {} more", files.len() - MOST_LINES));
        }
        lines.extend(files.first().map(|f| f.problem.help.clone()));
        Diagnostic::error(Code::Checkpoint, at, message).help(lines.join("\n"))
    };
    found.into_iter().map(finding).collect()
}

/// Of many files so many are named.
const MOST_LINES: usize = 20;

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
