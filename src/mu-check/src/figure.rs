//! A figure's fields → a query with a horizontal axis.

use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::ast::Declaration;

use crate::eval::{Evaluator, Scope};
use crate::fields::{FieldType, Fields, optional, required};
use crate::program::{Across, Coord, Dimension, Draw, Experiment, Figure, Point, Query};
use crate::query::Experiments;
use crate::types;
use crate::value::Value;
use crate::vocabulary::{Argument, words};
use crate::words::title;
use crate::world::ROOT;

pub(crate) const SCHEMA: &[FieldType] = &[
    required("from", "experiment", "The experiment whose numbers are shown."),
    required("x", "axis", "The horizontal axis: an axis of the experiment; of a scatter plot, a metric."),
    required("y", "metric", "The metric."),
    optional(
        "draw",
        "lines | bars | scatter",
        "Lines with a band of the spread, bars, or a dot for each point.",
    ),
    optional("line", "axis", "A line, or a colour, for each position of these axes."),
    optional("where", "condition", "Which points are shown."),
    optional("cell", "statistic", "How the values of a point become one: `mean ± std over seed`."),
    optional("caption", "text", "What stands above it."),
];

words! { Draw { Lines = "lines", Bars = "bars", Scatter = "scatter" } }

impl Evaluator<'_> {
    pub(crate) fn figure(&self, declaration: &Declaration, experiments: &Experiments) -> Option<Figure> {
        let fields = Fields::read(self, declaration, SCHEMA)?;
        fields.no_clauses(self, "figure");
        let (index, experiment) = self.from(fields.get("from")?, experiments)?;
        let axes = |name: &str| -> Option<Vec<usize>> {
            let field = fields.get(name)?;
            let found = self.dimensions(&field.value, experiment)?;
            let axes: Vec<usize> = found
                .iter()
                .filter_map(|d| if let Dimension::Axis(a) = d { Some(*a) } else { None })
                .collect();
            if axes.len() < found.len() {
                let message = format!("`{name}` takes axes");
                self.report(Diagnostic::error(Code::WrongType, field.value.span, message));
                return None;
            }
            Some(axes)
        };
        let lines = if fields.get("line").is_some() { axes("line") } else { Some(Vec::new()) };
        let draw = match fields.value(self, &Scope::of(ROOT), SCHEMA, "draw") {
            Some(draw) => Draw::read(&draw)?,
            None => Draw::Lines,
        };
        // A scatter plot has a metric on both axes.
        let across = if draw == Draw::Scatter {
            let x = fields.get("x")?;
            let value = self.eval_as(&x.value, &Scope::of(ROOT), &types::of("metric"));
            if let Err(problem) = types::check(&value, &types::of("metric"), "x") {
                self.report(*problem);
                return None;
            }
            let metric = self.metric(&value, &experiment.reference)?;
            self.baselines(std::iter::once(&metric), &experiment.axes, &experiment.reference, x.value.span);
            self.classes_measured(std::iter::once(&metric), experiment, x.value.span);
            Some(metric)
        } else {
            None
        };
        let xs = if across.is_some() { Some(Vec::new()) } else { axes("x") };
        let y = fields.get("y")?;
        let metric = self.eval_as(&y.value, &Scope::of(ROOT), &types::of("metric"));
        if let Err(problem) = types::check(&metric, &types::of("metric"), "y") {
            self.report(*problem);
            return None;
        }
        let metric = self.metric(&metric, &experiment.reference)?;
        self.baselines(std::iter::once(&metric), &experiment.axes, &experiment.reference, y.value.span);
        self.classes_measured(std::iter::once(&metric), experiment, y.value.span);
        let query = self.query(&fields, index, experiment)?;
        let (lines, xs) = (lines?, xs?);
        let x = match (across, xs.as_slice()) {
            (Some(metric), _) => Across::Metric(Box::new(metric)),
            (None, &[x]) => {
                let shown: Vec<usize> = lines.iter().copied().chain([x]).collect();
                let at = declaration.name.span;
                self.accounted(&query, experiment, (&shown, &[x]), at, "add `line = AXIS`");
                self.without_place(&query, experiment, x, fields.get("x")?.value.span);
                Across::Axis(x)
            }
            (None, _) => {
                let message = "`x` takes one axis";
                self.report(Diagnostic::error(Code::WrongType, fields.get("x")?.value.span, message));
                return None;
            }
        };
        let caption = fields.value(self, &Scope::of(ROOT), SCHEMA, "caption");
        let caption = caption.as_ref().and_then(Value::text).map(title);
        let name = declaration.name.text.clone();
        fields.complete.then_some(Figure { name, query, draw, x, y: metric, lines, caption })
    }

    /// Warns of points that are not on the horizontal axis: a figure has no place for them.
    fn without_place(&self, query: &Query, experiment: &Experiment, x: usize, span: Span) {
        let outside = |p: &Point| {
            query.filter.as_ref().is_none_or(|f| experiment.keeps(f, *p))
                && experiment.position(*p, x).is_none()
        };
        let name = &experiment.axes[x].name;
        let field = name.split('.').next().unwrap_or(name);
        let Some(axis) = experiment.axis(field).filter(|_| field != name) else { return };
        let mut missing: Vec<&str> = Vec::new();
        for p in experiment.points().filter(outside) {
            let label = experiment.position(p, axis).map(|at| experiment.label(Coord { axis, at }));
            missing.extend(label.filter(|l| !missing.contains(l)));
        }
        if missing.is_empty() {
            return;
        }
        let message =
            format!("{} {} no `{name}`", missing.join(", "), if missing.len() == 1 { "has" } else { "have" });
        let help = match missing.as_slice() {
            [one] => format!("say so with `where = {field} != {one}`, or show them in a table"),
            several => {
                format!(
                    "say so with `where = not {field} in [{}]`, or show them in a table",
                    several.join(", ")
                )
            }
        };
        self.report(
            Diagnostic::warning(Code::NotDrawn, span, message)
                .label("this figure has no place for them")
                .help(help),
        );
    }
}
