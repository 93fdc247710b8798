//! A table's fields → a query.

use mu_diag::{Code, Diagnostic, Span, did_you_mean};
use mu_syntax::ast::{Declaration, Expr, Node, Operator};

use crate::eval::{Evaluator, Scope};
use crate::fields::{FieldType, Fields, optional, required};
use crate::program::{Center, Dimension, Experiment, Spread, Table};
use crate::types;
use crate::value::{Data, Value};
use crate::world::ROOT;

const SCHEMA: &[FieldType] = &[
    required("from", "experiment"),
    required("rows", "axis"),
    required("columns", "axis"),
    optional("cell", "statistic"),
    optional("caption", "text"),
];

impl Evaluator<'_> {
    /// A table over the experiments whose names are given; `None` in place of one that had errors.
    pub(crate) fn table(
        &self,
        declaration: &Declaration,
        experiments: &[(String, Option<Experiment>)],
    ) -> Option<Table> {
        let fields = Fields::read(self, declaration, SCHEMA)?;
        let from = fields.get("from")?;
        let Node::Path(name) = &from.value.node else {
            let message = "`from` takes the name of an experiment";
            self.report(Diagnostic::error(Code::WrongType, from.value.span, message));
            return None;
        };
        let Some(index) = experiments.iter().position(|(n, _)| n == name) else {
            self.report(
                Diagnostic::error(
                    Code::UnknownName,
                    from.value.span,
                    format!("there is no experiment `{name}`"),
                )
                .maybe_help(did_you_mean(name, experiments.iter().map(|(n, _)| n.as_str()))),
            );
            return None;
        };
        // The experiment's own errors were reported; what they hide cannot be checked.
        let experiment = experiments[index].1.as_ref()?;
        let rows = self.dimensions(&fields.get("rows")?.value, experiment);
        let columns = self.dimensions(&fields.get("columns")?.value, experiment);
        let (center, spread, over) = match fields.get("cell") {
            None => (Center::Mean, Some(Spread::Std), None),
            Some(cell) => {
                let (center, spread) = self.statistic(&cell.value)?;
                (center, spread, cell.over.as_ref())
            }
        };
        let caption = match fields.value(self, &Scope::of(ROOT), SCHEMA, "caption").map(|v| v.data) {
            Some(Data::Text(text)) => Some(text),
            _ => None,
        };
        let (rows, columns) = (rows?, columns?);
        let over_name = over.map_or("seed", |o| o.text.as_str());
        // One seed is an axis of length one: a study is often tried with a single seed first.
        let is_axis = |name: &str| name == "seed" || experiment.axes.iter().any(|a| a.name == name);
        if let Some(over) = over.filter(|o| !is_axis(&o.text)) {
            self.report(self.unknown_axis(&over.text, over.span, experiment));
        }
        let shown: Vec<&str> = rows
            .iter()
            .chain(&columns)
            .filter_map(|d| if let Dimension::Axis(a) = d { Some(a.as_str()) } else { None })
            .collect();
        for axis in experiment.axes.iter().filter(|a| a.labels.len() > 1) {
            if axis.name != over_name && !shown.contains(&axis.name.as_str()) {
                let message = format!("axis `{}` is neither shown nor aggregated over", axis.name);
                self.report(
                    Diagnostic::error(Code::Unaggregated, declaration.name.span, message)
                        .label(format!("it has {} positions", axis.labels.len()))
                        .help(format!("put `{}` into `rows` or `columns`", axis.name)),
                );
            }
        }
        let metrics = rows.iter().chain(&columns).filter(|d| matches!(d, Dimension::Metrics(_))).count();
        if metrics != 1 {
            let message =
                format!("a table shows metrics in its rows or in its columns, once; here {metrics} times");
            self.report(
                Diagnostic::error(Code::MissingField, declaration.name.span, message)
                    .help("such as `columns = forget * [ua, ta]`"),
            );
            return None;
        }
        let name = declaration.name.text.clone();
        fields.complete.then_some(Table { name, experiment: index, rows, columns, center, spread, caption })
    }

    fn dimensions(&self, expr: &Expr, experiment: &Experiment) -> Option<Vec<Dimension>> {
        match &expr.node {
            Node::Binary(Operator::Multiply, left, right) => {
                let (left, right) = (self.dimensions(left, experiment), self.dimensions(right, experiment));
                Some([left?, right?].concat())
            }
            Node::Path(axis) if experiment.axes.iter().any(|a| a.name == *axis) => {
                Some(vec![Dimension::Axis(axis.clone())])
            }
            Node::Path(axis) => {
                self.report(self.unknown_axis(axis, expr.span, experiment));
                None
            }
            Node::List(_) => {
                let value = self.eval(expr, &Scope::of(ROOT), &[]);
                if let Err(problem) = types::check(&value, &types::of("[metric]"), "columns") {
                    self.report(*problem);
                    return None;
                }
                let broken =
                    |v: &Value| matches!(&v.data, Data::List(items) if items.iter().any(Value::is_broken));
                if broken(&value) {
                    return None;
                }
                let metrics = self.metrics(&value);
                self.baselines(metrics.iter(), &experiment.axes, expr.span);
                Some(vec![Dimension::Metrics(metrics)])
            }
            _ => {
                let message = "rows and columns are axes and lists of metrics, multiplied by `*`";
                self.report(Diagnostic::error(Code::WrongType, expr.span, message));
                None
            }
        }
    }

    fn unknown_axis(&self, name: &str, span: Span, experiment: &Experiment) -> Diagnostic {
        let axes: Vec<&str> = experiment.axes.iter().map(|a| a.name.as_str()).collect();
        Diagnostic::error(Code::UnknownName, span, format!("`{}` has no axis `{name}`", experiment.name))
            .label(format!("its axes are {}", axes.join(", ")))
            .maybe_help(did_you_mean(name, axes.iter().copied()))
    }

    fn statistic(&self, expr: &Expr) -> Option<(Center, Option<Spread>)> {
        let word = |e: &Expr| if let Node::Path(p) = &e.node { p.clone() } else { String::new() };
        let (center, spread) = match &expr.node {
            Node::Binary(Operator::PlusMinus, center, spread) => (&**center, Some(&**spread)),
            _ => (expr, None),
        };
        let found = match word(center).as_str() {
            "mean" => Some(Center::Mean),
            "median" => Some(Center::Median),
            _ => None,
        };
        let around = match spread.map(word).as_deref() {
            None => Some(None),
            Some("std") => Some(Some(Spread::Std)),
            Some(_) => None,
        };
        if found.is_none() || around.is_none() {
            self.report(
                Diagnostic::error(
                    Code::UnknownName,
                    expr.span,
                    "a cell is `mean` or `median`, with `± std` or without",
                )
                .help("write `cell = mean ± std over seed`"),
            );
        }
        Some((found?, around?))
    }
}
