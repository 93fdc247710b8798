//! A figure's fields → a query with a horizontal axis.

use mu_diag::{Code, Diagnostic};
use mu_syntax::ast::Declaration;

use crate::eval::{Evaluator, Scope};
use crate::fields::{FieldType, Fields, optional, required};
use crate::program::{Dimension, Figure};
use crate::query::Experiments;
use crate::types;
use crate::value::Data;
use crate::world::ROOT;

pub(crate) const SCHEMA: &[FieldType] = &[
    required("from", "experiment", "The experiment whose numbers are shown."),
    required("x", "axis", "The horizontal axis: an axis of the experiment."),
    required("y", "metric", "The metric."),
    optional("line", "axis", "A line for each position of these axes."),
    optional("where", "condition", "Which points are shown."),
    optional("cell", "statistic", "How the values of a point become one: `mean ± std over seed`."),
    optional("caption", "text", "What stands above it."),
];

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
        let xs = axes("x");
        let y = fields.get("y")?;
        let metric = self.eval(&y.value, &Scope::of(ROOT), &[]);
        if let Err(problem) = types::check(&metric, &types::of("metric"), "y") {
            self.report(*problem);
            return None;
        }
        let metric = self.metric(&metric)?;
        self.baselines(std::iter::once(&metric), &experiment.axes, y.value.span);
        let query = self.query(&fields, index, experiment)?;
        let (lines, xs) = (lines?, xs?);
        let &[x] = xs.as_slice() else {
            let message = "`x` takes one axis";
            self.report(Diagnostic::error(Code::WrongType, fields.get("x")?.value.span, message));
            return None;
        };
        let shown: Vec<usize> = lines.iter().copied().chain([x]).collect();
        self.accounted(&query, experiment, &shown, declaration.name.span, "add `line = AXIS`");
        let caption = match fields.value(self, &Scope::of(ROOT), SCHEMA, "caption").map(|v| v.data) {
            Some(Data::Text(text)) => Some(text),
            _ => None,
        };
        let name = declaration.name.text.clone();
        fields.complete.then_some(Figure { name, query, x, y: metric, lines, caption })
    }
}
