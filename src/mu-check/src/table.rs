//! A table's fields → a query.

use mu_diag::{Code, Diagnostic};
use mu_syntax::ast::{Argument, Declaration, Expr, Node, Operator};

use crate::condition::unknown_axis;
use crate::eval::{Evaluator, Scope};
use crate::fields::{FieldType, Fields, optional, required};
use crate::program::{Coord, Dimension, Expected, Experiment, Metric, Optimum, Paired, PairedTest, Table};
use crate::query::Experiments;
use crate::types;
use crate::value::{Data, Value};
use crate::words::title;
use crate::world::ROOT;

pub(crate) const SCHEMA: &[FieldType] = &[
    required("from", "experiment", "The experiment whose numbers are shown."),
    required("rows", "axis", "Axes, or a list of metrics, multiplied by `*`."),
    required("columns", "axis", "Axes, or a list of metrics, multiplied by `*`."),
    optional("where", "condition", "Which points are shown."),
    optional("cell", "statistic", "How the values of a cell become one: `mean ± std over seed`."),
    optional("caption", "text", "What stands above or below it."),
    optional("highlight", "best | none", "Whether the best method of each group is marked."),
    optional("gaps", "bool", "Whether each value shows its distance to the best one."),
    optional("digits", "digits", "Decimals: one number, or a record of one per metric."),
    optional(
        "test",
        "test",
        "A paired test of every method against one: `paired(against: retrain)` (Student's t) or `wilcoxon(against: ft)`, with Holm's correction over the table.",
    ),
    optional(
        "expect",
        "[reference]",
        "Values reported elsewhere, shown beside ours: `[at(unlearn: retrain, ua: 5.28%)]`.",
    ),
    optional("tolerance", "percent | real", "How far ours may lie from them."),
];

impl Evaluator<'_> {
    pub(crate) fn table(&self, declaration: &Declaration, experiments: &Experiments) -> Option<Table> {
        let fields = Fields::read(self, declaration, SCHEMA)?;
        fields.no_clauses(self, "table");
        let (index, experiment) = self.from(fields.get("from")?, experiments)?;
        let rows = self.dimensions(&fields.get("rows")?.value, experiment);
        let columns = self.dimensions(&fields.get("columns")?.value, experiment);
        let query = self.query(&fields, index, experiment);
        let scope = Scope::of(ROOT);
        let value = |name| fields.value(self, &scope, SCHEMA, name).map(|v| v.data);
        let (rows, columns, query) = (rows?, columns?, query?);
        let dimensions = || rows.iter().chain(&columns);
        let shown: Vec<usize> =
            dimensions().filter_map(|d| if let Dimension::Axis(a) = d { Some(*a) } else { None }).collect();
        let at = declaration.name.span;
        let way = "put `AXIS` into `rows` or `columns`, fix it with `where`, or aggregate `over AXIS`";
        self.accounted(&query, experiment, (&shown, &[]), at, way);
        let lists: Vec<&Vec<Metric>> =
            dimensions().filter_map(|d| if let Dimension::Metrics(m) = d { Some(m) } else { None }).collect();
        let [metrics] = lists.as_slice() else {
            let times = lists.len();
            let message =
                format!("a table shows metrics in its rows or in its columns, once; here {times} times");
            self.report(
                Diagnostic::error(Code::MissingField, at, message)
                    .help("such as `columns = forget * [ua, ta]`"),
            );
            return None;
        };
        let highlight = matches!(value("highlight"), Some(Data::Word(w)) if w == "best");
        let gaps = matches!(value("gaps"), Some(Data::Bool(true)));
        for (name, on) in [("highlight", highlight), ("gaps", gaps)] {
            if let (Some(field), true) = (fields.get(name), on) {
                self.optima(metrics, experiment, field.value.span, name);
            }
        }
        let digits = fields.get("digits").map(|f| self.digits(&f.value, metrics)).unwrap_or_default();
        let tolerance = match value("tolerance") {
            Some(Data::Number(v, _)) => v.real(),
            _ => 0.0,
        };
        let expect = fields.get("expect").map(|f| self.expected(&f.value, experiment, metrics, tolerance));
        let test = match fields.get("test") {
            Some(field) => {
                let test = self.paired(&field.value, experiment)?;
                self.can_differ(&test, &query, experiment, (&shown, metrics.len()), field.value.span);
                Some(test)
            }
            None => None,
        };
        Some(Table {
            name: declaration.name.text.clone(),
            query,
            caption: match value("caption") {
                Some(Data::Text(text)) => Some(title(&text)),
                _ => None,
            },
            highlight,
            gaps,
            digits,
            test,
            expect: expect.unwrap_or_default(),
            rows,
            columns,
        })
        .filter(|_| fields.complete)
    }

    /// `paired(against: retrain)`
    fn paired(&self, expr: &Expr, experiment: &Experiment) -> Option<Paired> {
        let found = match &expr.node {
            Node::Call(callee, arguments) => {
                let by = PairedTest::ALL.iter().find(|(_, w)| *w == callee.text).map(|(by, _)| *by);
                match (by, arguments.as_slice()) {
                    (Some(by), [Argument { value: Expr { node: Node::Path(against), span }, .. }]) => {
                        let has =
                            |a: &crate::program::Axis| a.name == "unlearn" && a.labels.contains(against);
                        if !experiment.axes.iter().any(has) {
                            let message = format!("axis `unlearn` has no `{against}`");
                            let labels =
                                experiment.axes.iter().find(|a| a.name == "unlearn").map(|a| &a.labels);
                            self.report(Diagnostic::error(Code::UnknownName, *span, message).meant(
                                *span,
                                against,
                                labels.into_iter().flatten().map(String::as_str),
                            ));
                            return None;
                        }
                        Some(Paired { by, against: against.clone() })
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        if found.is_none() {
            let message = "`test` takes `paired(against: METHOD)` or `wilcoxon(against: METHOD)`";
            self.report(Diagnostic::error(Code::WrongType, expr.span, message));
        }
        found
    }

    pub(crate) fn dimensions(&self, expr: &Expr, experiment: &Experiment) -> Option<Vec<Dimension>> {
        match &expr.node {
            Node::Binary(Operator::Multiply, left, right) => {
                let (left, right) = (self.dimensions(left, experiment), self.dimensions(right, experiment));
                Some([left?, right?].concat())
            }
            Node::Path(name) => match experiment.axis(name) {
                Some(axis) => Some(vec![Dimension::Axis(axis)]),
                None => {
                    self.report(unknown_axis(name, expr.span, &experiment.axes, &experiment.name));
                    None
                }
            },
            Node::List(_) => {
                let value = self.eval_as(expr, &Scope::of(ROOT), &types::of("[metric]"));
                if let Err(problem) = types::check(&value, &types::of("[metric]"), "columns") {
                    self.report(*problem);
                    return None;
                }
                if matches!(&value.data, Data::List(items) if items.iter().any(Value::is_broken)) {
                    return None;
                }
                let metrics = self.metrics(&value, &experiment.reference);
                self.baselines(metrics.iter(), &experiment.axes, &experiment.reference, expr.span);
                self.classes_measured(metrics.iter(), experiment, expr.span);
                Some(vec![Dimension::Metrics(metrics)])
            }
            _ => {
                let message = "rows and columns are axes and lists of metrics, multiplied by `*`";
                self.report(
                    Diagnostic::error(Code::WrongType, expr.span, message).help("such as `forget * unlearn`"),
                );
                None
            }
        }
    }

    /// Warns where a best value is asked for and a metric has none here.
    fn optima(&self, metrics: &[Metric], experiment: &Experiment, span: mu_diag::Span, field: &str) {
        for metric in metrics {
            let problem = match &metric.optimum {
                None => format!("`{}` does not say what its best value is", metric.name),
                Some(Optimum::Method(m))
                    if !experiment.axes.iter().any(|a| a.name == "unlearn" && a.labels.contains(m)) =>
                {
                    format!("the best `{}` is that of `{m}`, which this grid does not have", metric.name)
                }
                _ => continue,
            };
            self.report(
                Diagnostic::warning(Code::NoOptimum, span, problem)
                    .label(format!("`{field}` leaves it out"))
                    .help("a metric says it with `towards higher`, `towards lower`, `towards 100%` or `towards reference`"),
            );
        }
    }

    /// `digits = 1`, or `digits = { ua = 1, rte = 3 }`.
    fn digits(&self, expr: &Expr, metrics: &[Metric]) -> Vec<(String, usize)> {
        let value = self.eval(expr, &Scope::of(ROOT), &[]);
        let one = |value: &Value| match value.data {
            Data::Number(v, crate::Unit::Plain) if v.whole().is_some_and(|v| (0..=12).contains(&v)) => {
                v.whole().map(|v| v as usize)
            }
            Data::Broken => None,
            _ => {
                let message = "`digits` takes a whole number from 0 to 12, or a record of one per metric";
                self.report(
                    Diagnostic::error(Code::WrongType, value.span, message)
                        .label(format!("this is {}", value.what())),
                );
                None
            }
        };
        match &value.data {
            Data::Record(members) => members
                .iter()
                .filter_map(|(name, v)| {
                    if !metrics.iter().any(|m| m.name == *name) {
                        self.report(
                            Diagnostic::error(
                                Code::UnknownField,
                                v.span,
                                format!("this table has no metric `{name}`"),
                            )
                            .maybe_help(mu_diag::did_you_mean(name, metrics.iter().map(|m| m.name.as_str()))),
                        );
                        return None;
                    }
                    one(v).map(|d| (name.clone(), d))
                })
                .collect(),
            _ => one(&value).map(|d| vec![(String::new(), d)]).unwrap_or_default(),
        }
    }

    /// `expect = [at(unlearn: retrain, ua: 5.28%), …]`: arguments are axes or metrics by their names.
    fn expected(
        &self,
        expr: &Expr,
        experiment: &Experiment,
        metrics: &[Metric],
        tolerance: f64,
    ) -> Vec<Expected> {
        let wrong = |span| {
            let message = "`expect` takes a list of reference values";
            self.report(
                Diagnostic::error(Code::WrongType, span, message)
                    .help("such as `[at(forget: worst, unlearn: retrain, ua: 0.1%)]`"),
            );
        };
        let Node::List(items) = &expr.node else {
            wrong(expr.span);
            return Vec::new();
        };
        let mut found = Vec::new();
        for item in items {
            match &item.node {
                Node::Call(callee, arguments) if callee.text == "at" => {
                    found.extend(self.expected_row(arguments, experiment, metrics, tolerance, item.span));
                }
                _ => wrong(item.span),
            }
        }
        found
    }

    fn expected_row(
        &self,
        arguments: &[Argument],
        experiment: &Experiment,
        metrics: &[Metric],
        tolerance: f64,
        span: mu_diag::Span,
    ) -> Vec<Expected> {
        let (mut coords, mut values) = (Vec::new(), Vec::new());
        for argument in arguments {
            let Some(label) = &argument.label else {
                let message = "`at` takes axes and metrics by name";
                self.report(Diagnostic::error(Code::WrongType, argument.value.span, message));
                return Vec::new();
            };
            if let Some(axis) = experiment.axis(&label.text) {
                let text = match &argument.value.node {
                    Node::Path(path) => path.clone(),
                    _ => self.eval(&argument.value, &Scope::of(ROOT), &[]).to_string(),
                };
                let labels = &experiment.axes[axis].labels;
                let Some(at) = labels.iter().position(|l| *l == text) else {
                    let at = argument.value.span;
                    let message = format!("no point of `{}` has `{} == {text}`", experiment.name, label.text);
                    self.report(Diagnostic::error(Code::UnknownPosition, at, message).meant(
                        at,
                        &text,
                        labels.iter().map(String::as_str),
                    ));
                    return Vec::new();
                };
                coords.push(Coord { axis, at });
            } else if let Some(metric) = metrics.iter().find(|m| m.name == label.text) {
                let value = self.eval(&argument.value, &Scope::of(ROOT), &[]);
                match value.data {
                    Data::Number(v, unit) if unit == metric.unit => {
                        values.push((metric.name.clone(), v.real()))
                    }
                    Data::Broken => {}
                    _ => {
                        let wants = crate::unit::describe_unit(metric.unit);
                        let message = format!("`{}` is {wants}", metric.name);
                        self.report(
                            Diagnostic::error(Code::WrongUnit, value.span, message)
                                .label(format!("this is {}", value.what())),
                        );
                    }
                }
            } else {
                let names = experiment
                    .axes
                    .iter()
                    .map(|a| a.name.as_str())
                    .chain(metrics.iter().map(|m| m.name.as_str()));
                let message = format!("`{}` is neither an axis nor a metric of this table", label.text);
                self.report(Diagnostic::error(Code::UnknownName, label.span, message).meant(
                    label.span,
                    &label.text,
                    names,
                ));
                return Vec::new();
            }
        }
        if values.is_empty() {
            self.report(
                Diagnostic::warning(Code::NoEffect, span, "this reference has no value")
                    .help("add a metric of the table, such as `ua: 5.28%`"),
            );
        }
        values
            .into_iter()
            .map(|(metric, value)| Expected { coords: coords.clone(), metric, value, tolerance })
            .collect()
    }
}
