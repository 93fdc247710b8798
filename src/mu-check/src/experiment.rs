//! An experiment's fields → alternatives, axes and everything a point needs.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::Budget;
use mu_syntax::ast::{Declaration, Kind, Node};

use crate::eval::{Evaluator, Scope};
use crate::fields::{FieldType, Fields, optional, required};
use crate::method;
use crate::program::{Alternative, Axis, Coord, Experiment, Forget, Metric};
use crate::types;
use crate::value::{Component, Data, Unit, Value};
use crate::world::ROOT;

const SCHEMA: &[FieldType] = &[
    required("data", "dataset"),
    required("model", "model"),
    required("train", "recipe"),
    required("forget", "selection"),
    required("unlearn", "method"),
    optional("seed", "int"),
    required("measure", "[metric]"),
];

/// A cross-entropy spreads by about this much over samples: what an upper step must multiply to at least 1.
const LOSS_SPREAD: f64 = 1.0;

impl Evaluator<'_> {
    pub(crate) fn experiment(&self, declaration: &Declaration) -> Option<Experiment> {
        let fields = Fields::read(self, declaration, SCHEMA)?;
        let scope = Scope::of(ROOT);
        let typed = |name: &str| -> Vec<Alternative<Value>> {
            let Some(field) = fields.get(name) else { return Vec::new() };
            let ty = types::of(SCHEMA.iter().find(|s| s.name == name).map_or("", |s| s.ty));
            let mut found = self.alternatives(name, &field.value, &scope, &[]);
            for alternative in &mut found {
                if let Err(problem) = types::check(&alternative.value, &ty, name) {
                    self.report(*problem);
                    alternative.value.data = Data::Broken;
                }
            }
            found
        };
        let [data, model, train, forget, unlearn] =
            ["data", "model", "train", "forget", "unlearn"].map(typed);
        let seed = match fields.get("seed") {
            Some(_) => typed("seed"),
            None => {
                let zero = Value { data: Data::Number(0.0, Unit::Plain), span: fields.name() };
                vec![Alternative { coords: Vec::new(), value: zero, span: fields.name() }]
            }
        };
        let measure = fields.value(self, &scope, SCHEMA, "measure").map(|v| self.metrics(&v));
        let axes = axes([&data, &model, &train, &forget, &unlearn, &seed], |d| self.report(d));
        self.baselines(
            measure.iter().flatten(),
            &axes,
            fields.get("measure").map_or(fields.name(), |f| f.value.span),
        );

        // Methods use the recipe: without one that is whole, what they would say is not the user's mistake.
        let recipes: Vec<_> = train.iter().map(|t| t.value.component().cloned()).collect();
        let whole = recipes.iter().all(Option::is_some) && !recipes.is_empty();
        let per_recipe = |f: &dyn Fn(Option<&Component>) -> Option<mu_step::Procedure>| -> Option<Vec<_>> {
            recipes.iter().map(|r| f(r.as_deref())).collect()
        };
        let data = convert(data, |v| self.dataset(v.component()?));
        let model = convert(model, |v| {
            let model = v.component()?;
            let sets = data.as_ref()?.iter().map(|d| &d.value.spec);
            sets.map(|s| self.graph(model, s.channels, s.canvas, s.classes)).collect::<Option<Vec<_>>>()
        });
        let forget = convert(forget, |v| {
            let c = v.component().filter(|_| whole)?;
            recipes.iter().map(|r| self.selection(c, r.as_deref(), v.span)).collect::<Option<Vec<_>>>()
        });
        let unlearn = convert(unlearn, |v| {
            let c = v.component().filter(|_| whole)?;
            per_recipe(&|recipe| self.procedure(c, recipe))
        });
        let train = convert(train, |v| method::recipe(v.component()?));
        let seed = convert(seed, |v| v.number().filter(|s| *s >= 0.0).map(|s| s as u64));
        if !fields.complete {
            return None;
        }
        Some(Experiment {
            name: declaration.name.text.clone(),
            span: declaration.name.span,
            axes,
            data: data?,
            model: model?,
            train: train?,
            forget: forget?,
            unlearn: unlearn?,
            seed: seed?,
            measure: measure?,
        })
    }

    /// The metrics of a list, each by its label.
    pub(crate) fn metrics(&self, list: &Value) -> Vec<Metric> {
        let Data::List(items) = &list.data else { return Vec::new() };
        let mut metrics: Vec<Metric> = Vec::new();
        for item in items {
            let Some(c) = item.component() else { continue };
            let Some(formula) = self.formula(item) else { continue };
            let unit = c.declaration.result.as_ref().and_then(|t| match t.atoms.first() {
                Some(mu_syntax::ast::TypeAtom::Name(n)) => Unit::of(&n.text),
                _ => None,
            });
            let name = c.full_label();
            if metrics.iter().any(|m| m.name == name) {
                self.report(Diagnostic::error(
                    Code::Duplicate,
                    item.span,
                    format!("metric `{name}` is listed twice"),
                ));
            }
            metrics.push(Metric { name, formula, unit: unit.unwrap_or(Unit::Plain) });
        }
        metrics
    }

    /// Metrics that compare with another method need it in the grid.
    pub(crate) fn baselines<'m>(&self, metrics: impl Iterator<Item = &'m Metric>, axes: &[Axis], at: Span) {
        let methods = axes.iter().find(|a| a.name == "unlearn");
        for metric in metrics {
            metric.formula.leaves(&mut |_, other| {
                let Some(other) = other else { return };
                if !methods.is_some_and(|a| a.labels.iter().any(|l| l == other)) {
                    let message =
                        format!("`{}` compares with `{other}`, which this grid does not have", metric.name);
                    self.report(
                        Diagnostic::error(Code::MissingBaseline, at, message)
                            .help(format!("add `{other}` to `unlearn = each [..]`")),
                    );
                }
            });
        }
    }

    fn selection(&self, c: &Component, recipe: Option<&Component>, span: Span) -> Option<Forget> {
        let budget = match c.arg("budget")?.data {
            Data::Number(v, Unit::Percent) => {
                if !(v > 0.0 && v < 100.0) {
                    let at = c.arg("budget")?.span;
                    self.report(
                        Diagnostic::error(Code::OutOfRange, at, format!("`budget` is out of range: {v}%"))
                            .label("must be greater than 0% and less than 100%"),
                    );
                    return None;
                }
                Budget::Share(v / 100.0)
            }
            Data::Number(v, _) => Budget::Samples(v as usize),
            _ => return None,
        };
        if c.name == "random" {
            return Some(Forget::Random(budget));
        }
        let optimizer = method::optimizer(c.part("optimizer")?)?;
        let step = c.real("step")?;
        if step * LOSS_SPREAD < 1.0 {
            let at = c.arg("step")?.span;
            self.report(
                Diagnostic::warning(
                    Code::WeakStep,
                    at,
                    format!("an upper-level step of {step} cannot change which samples are selected"),
                )
                .label("the weights start at 0 and 1; losses differ by about 1")
                .help("the default, 1e3, ranks the samples by their loss"),
            );
        }
        Some(Forget::WorstCase {
            budget,
            procedure: self.weighted(
                c.part("against")?,
                recipe,
                c.int("epochs")? as usize,
                optimizer,
                span,
            )?,
            rounds: c.int("rounds")? as usize,
            step,
            gamma: c.real("gamma")?,
            reverse: matches!(c.arg("reverse")?.data, Data::Bool(true)),
        })
    }

    /// Checks a declaration that nothing may have used yet, with its defaults.
    pub(crate) fn declaration(&self, declaration: &Declaration) {
        if declaration.params.iter().any(|p| p.default.is_none()) {
            return;
        }
        let path = mu_syntax::ast::Expr {
            node: Node::Path(declaration.name.text.clone()),
            span: declaration.name.span,
        };
        let value = self.eval(&path, &Scope::of(ROOT), &[]);
        let Some(c) = value.component() else { return };
        match declaration.kind {
            Kind::Dataset => drop(self.dataset(c)),
            Kind::Metric => drop(self.formula(&value)),
            Kind::Method => {
                // Any recipe will do to see whether the text is right.
                let text = mu_syntax::parse("let recipe = training(1 epochs)", value.span.file);
                let Some(mu_syntax::ast::Item::Let(l)) = text.file.items.first() else { return };
                let recipe = self.eval(&l.value, &Scope::of(crate::world::STD), &[]);
                drop(self.procedure(c, recipe.component().map(|c| &**c)));
            }
            _ => {}
        }
    }
}

/// All alternatives converted, or nothing where one of them was wrong (and reported).
fn convert<T>(
    found: Vec<Alternative<Value>>,
    f: impl Fn(&Value) -> Option<T>,
) -> Option<Vec<Alternative<T>>> {
    let converted: Vec<Option<Alternative<T>>> = found
        .into_iter()
        .map(|a| f(&a.value).map(|value| Alternative { coords: a.coords, value, span: a.span }))
        .collect();
    converted.into_iter().collect()
}

/// The axes, and a complaint where two positions of one cannot be told apart.
fn axes(fields: [&Vec<Alternative<Value>>; 6], report: impl Fn(Diagnostic)) -> Vec<Axis> {
    let mut axes: Vec<Axis> = Vec::new();
    for field in fields {
        let mut seen: Vec<&[Coord]> = Vec::new();
        for alternative in field.iter() {
            if seen.contains(&alternative.coords.as_slice()) && !alternative.value.is_broken() {
                report(
                    Diagnostic::error(
                        Code::Duplicate,
                        alternative.span,
                        "this position is on the axis twice",
                    )
                    .help("name them: `each { a = …, b = … }`"),
                );
            }
            seen.push(&alternative.coords);
            for coord in &alternative.coords {
                let axis = match axes.iter_mut().position(|a| a.name == coord.axis) {
                    Some(at) => &mut axes[at],
                    None => {
                        axes.push(Axis { name: coord.axis.clone(), labels: Vec::new() });
                        let last = axes.len() - 1;
                        &mut axes[last]
                    }
                };
                if !axis.labels.contains(&coord.label) {
                    axis.labels.push(coord.label.clone());
                }
            }
        }
    }
    axes
}
