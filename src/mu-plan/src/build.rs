//! Points → steps, interned by key.

use indexmap::IndexMap;
use mu_check::{Coord, Dimension, Experiment, Forget, Measured, Metric, Point, Program};
use mu_data::Facts;
use mu_diag::{Code, Diagnostic, Span};
use mu_step::{
    InferSpec, Kernel, MeasureSpec, Procedure, SelectSpec, Selection, SplitSpec, Start, StepKey, StepSpec,
    Take, TrainSpec, UnlearnSpec, WorstCase,
};

use crate::{DataFacts, Plan, Step, Targets};

pub(crate) fn build(program: &Program, facts: &dyn DataFacts) -> (Plan, Vec<Diagnostic>) {
    let mut plan = Plan::default();
    let mut diagnostics = Vec::new();
    for (index, experiment) in program.experiments.iter().enumerate() {
        let known: Vec<Option<Facts>> = experiment
            .data
            .iter()
            .map(|d| match facts.facts(d.value.spec.source, d.value.root.as_deref()) {
                Ok(facts) => Some(facts),
                Err(reason) => {
                    diagnostics.push(
                        Diagnostic::error(Code::BadData, d.span, reason)
                            .label("this data set cannot be read")
                            .help("check the path (`root: \"…\"`); relative paths are relative to where mu runs"),
                    );
                    None
                }
            })
            .collect();
        check_sizes(experiment, &known, &mut diagnostics);
        let Some(known) = known.into_iter().collect::<Option<Vec<Facts>>>() else { continue };
        let shown = program.tables.iter().filter(|t| t.experiment == index);
        let in_tables = shown.flat_map(|t| t.rows.iter().chain(&t.columns)).filter_map(|d| match d {
            Dimension::Metrics(metrics) => Some(metrics),
            Dimension::Axis(_) => None,
        });
        let measured = measured(experiment.measure.iter().chain(in_tables.flatten()));
        let mut builder = Builder { experiment, facts: &known, steps: &mut plan.steps };
        let keys = (0..experiment.points()).map(|p| builder.point(experiment.point(p), &measured)).collect();
        plan.targets.push(Targets { measured, keys });
    }
    (plan, diagnostics)
}

fn measured<'a>(metrics: impl Iterator<Item = &'a Metric>) -> Vec<Measured> {
    let mut found = Vec::new();
    for metric in metrics {
        metric.formula.leaves(&mut |m, _| {
            if !found.contains(&m) {
                found.push(m);
            }
        });
    }
    found
}

/// Counts that can be compared before anything runs. Shares are taken per class, so the engine checks once more, exactly.
fn check_sizes(experiment: &Experiment, facts: &[Option<Facts>], diagnostics: &mut Vec<Diagnostic>) {
    for (data, facts) in experiment.data.iter().zip(facts) {
        let Some(facts) = facts else { continue };
        let spec = &data.value.spec;
        for (part, take, have) in
            [("training", spec.train, Some(facts.train)), ("test", spec.test, facts.test)]
        {
            if let (Take::First(n), Some(have)) = (take, have)
                && n > have
            {
                let message = format!("the {part} part has {have} samples, {n} are asked for");
                diagnostics.push(Diagnostic::error(Code::Budget, data.span, message));
            }
        }
        let all = match spec.train {
            Take::All => facts.train,
            Take::First(n) => n.min(facts.train),
        };
        let training = (all as f64 * (1.0 - spec.holdout) * (1.0 - data.value.validation)).round() as usize;
        for forget in &experiment.forget {
            for selection in &forget.value {
                let budget = selection.budget().samples(training);
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

struct Builder<'a> {
    experiment: &'a Experiment,
    facts: &'a [Facts],
    steps: &'a mut IndexMap<StepKey, Step>,
}

impl Builder<'_> {
    fn step(&mut self, spec: StepSpec, coords: &[&[Coord]], span: Span) -> StepKey {
        let key = spec.key();
        self.steps.entry(key).or_insert_with(|| {
            let labels: Vec<String> =
                coords.iter().flat_map(|c| c.iter()).map(|c| format!("{}={}", c.axis, c.label)).collect();
            Step { spec, root: None, label: labels.join(" "), span }
        });
        key
    }

    /// The steps of a point; returns those that measure it.
    fn point(&mut self, p: Point, measured: &[Measured]) -> Vec<StepKey> {
        let e = self.experiment;
        let (data_at, seed_at) = (&e.data[p.data], &e.seed[p.seed]);
        let (at_data, at_model, at_train) =
            (&*data_at.coords, &*e.model[p.model].coords, &*e.train[p.train].coords);
        let (at_forget, at_unlearn, at_seed) =
            (&*e.forget[p.forget].coords, &*e.unlearn[p.unlearn].coords, &*seed_at.coords);
        let set = &data_at.value;
        let seed = seed_at.value;
        let graph = &e.model[p.model].value[p.data];
        let view = &set.view;
        let recipe = &e.train[p.train].value;

        let mut spec = set.spec.clone();
        spec.digest.clone_from(&self.facts[p.data].digest);
        let data = self.step(StepSpec::Data(spec), &[at_data], data_at.span);
        if let Some(step) = self.steps.get_mut(&data) {
            step.root = set.root.as_ref().map(Into::into);
        }
        let split = SplitSpec { data, validation: set.validation, seed: set.spec.split_seed };
        let split = self.step(StepSpec::Split(split), &[at_data], data_at.span);

        let original = |this: &mut Self| {
            let (graph, view, recipe) = (graph.clone(), view.clone(), recipe.clone());
            let spec = StepSpec::Train(TrainSpec { data, split, graph, view, recipe, seed });
            this.step(spec, &[at_data, at_model, at_train, at_seed], e.train[p.train].span)
        };
        let original_of = |this: &mut Self, procedure: &Procedure| {
            (procedure.start == Start::Original).then(|| original(this))
        };
        let selection = match &e.forget[p.forget].value[p.train] {
            Forget::Random(budget) => Selection::Random { budget: *budget },
            Forget::WorstCase { budget, procedure, rounds, step, gamma, reverse } => {
                Selection::WorstCase(Box::new(WorstCase {
                    budget: *budget,
                    graph: graph.clone(),
                    view: view.clone(),
                    original: original_of(self, procedure),
                    procedure: procedure.clone(),
                    rounds: *rounds,
                    step: *step,
                    gamma: *gamma,
                    reverse: *reverse,
                }))
            }
        };
        let alone = matches!(selection, Selection::Random { .. });
        let select = StepSpec::Select(SelectSpec { data, split, selection, seed });
        let coords: &[&[Coord]] = if alone {
            &[at_data, at_forget, at_seed]
        } else {
            &[at_data, at_model, at_train, at_forget, at_seed]
        };
        let forget = self.step(select, coords, e.forget[p.forget].span);

        let procedure = e.unlearn[p.unlearn].value[p.train].clone();
        let original = original_of(self, &procedure);
        let (graph, view) = (graph.clone(), view.clone());
        let (mean, std) = (view.mean.clone(), view.std.clone());
        let spec = UnlearnSpec { data, split, forget, original, graph: graph.clone(), view, procedure, seed };
        let coords: &[&[Coord]] = &[at_data, at_model, at_train, at_forget, at_unlearn, at_seed];
        let span = e.unlearn[p.unlearn].span;
        let model = self.step(StepSpec::Unlearn(spec), coords, span);
        let infer =
            self.step(StepSpec::Infer(InferSpec { data, split, model, graph, mean, std }), coords, span);
        let kernels = measured.iter().map(|m| match *m {
            Measured::Accuracy(on) => Kernel::Accuracy { infer, forget, on },
            Measured::Mia(feature, c) => Kernel::Mia { infer, forget, feature, c },
            Measured::Runtime => Kernel::Runtime { model },
        });
        kernels.map(|kernel| self.step(StepSpec::Measure(MeasureSpec { kernel }), coords, span)).collect()
    }
}
