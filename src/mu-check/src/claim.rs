//! `claim "text" { mean(e.ua where forget == worst) < 1% }`.

use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::ast::{self, Argument, Expr, Name, Node, Operator};

use crate::eval::{Evaluator, Scope};
use crate::program::{Amount, Arithmetic, Center, Claim, Comparison, Metric, PairedTest, Query, Test};
use crate::query::Experiments;
use crate::types;
use crate::unit::Unit;
use crate::value::Data;
use crate::words::title;
use crate::world::ROOT;

/// What to do with an axis that nothing says anything of.
const WAY_OUT: &str = "compare it: `where AXIS == …`, fix it with `where`, or aggregate `over AXIS`";

impl Evaluator<'_> {
    pub(crate) fn claim(&self, claim: &ast::Claim, experiments: &Experiments) -> Option<Claim> {
        let condition = self.test(&claim.condition, experiments)?;
        self.can_hold(&condition, experiments, claim.condition.span);
        Some(Claim { text: title(&claim.text.text), span: claim.text.span, condition })
    }

    fn test(&self, expr: &Expr, experiments: &Experiments) -> Option<Test> {
        let both = |a: &Expr, b: &Expr| {
            let (a, b) = (self.test(a, experiments), self.test(b, experiments));
            Some((Box::new(a?), Box::new(b?)))
        };
        let comparison = match &expr.node {
            Node::Not(inner) => return Some(Test::Not(Box::new(self.test(inner, experiments)?))),
            Node::Binary(Operator::And, a, b) => return both(a, b).map(|(a, b)| Test::And(a, b)),
            Node::Binary(Operator::Or, a, b) => return both(a, b).map(|(a, b)| Test::Or(a, b)),
            Node::Binary(operator, a, b) => match operator {
                Operator::Below => Some((Comparison::Below, a, b)),
                Operator::AtMost => Some((Comparison::AtMost, a, b)),
                Operator::Above => Some((Comparison::Above, a, b)),
                Operator::AtLeast => Some((Comparison::AtLeast, a, b)),
                Operator::Equal => Some((Comparison::Equal, a, b)),
                Operator::Unequal => Some((Comparison::Unequal, a, b)),
                _ => None,
            },
            _ => None,
        };
        let Some((comparison, left, right)) = comparison else {
            let message = "a claim compares two amounts";
            self.report(
                Diagnostic::error(Code::WrongType, expr.span, message)
                    .label("this is neither true nor false")
                    .help("such as `mean(study.ua where forget == worst over seed) < 1%`"),
            );
            return None;
        };
        let (a, b) = (self.amount(left, experiments), self.amount(right, experiments));
        let ((a, a_unit), (b, b_unit)) = (a?, b?);
        if a_unit != b_unit {
            let words = crate::unit::describe_unit;
            let message = "the two sides of this comparison have different units";
            self.report(Diagnostic::error(Code::WrongUnit, expr.span, message).label(format!(
                "left: {}, right: {}",
                words(a_unit),
                words(b_unit)
            )));
            return None;
        }
        Some(Test::Compare(comparison, a, b))
    }

    fn amount(&self, expr: &Expr, experiments: &Experiments) -> Option<(Amount, Unit)> {
        match &expr.node {
            Node::Call(callee, arguments) if callee.text == "abs" && arguments.len() == 1 => {
                let (inner, unit) = self.amount(&arguments[0].value, experiments)?;
                Some((Amount::Abs(Box::new(inner)), unit))
            }
            Node::Call(callee, arguments) if PairedTest::ALL.iter().any(|(_, w)| *w == callee.text) => {
                let (_, word) = PairedTest::ALL.iter().find(|(_, w)| *w == callee.text)?;
                let [a, b] = arguments.as_slice() else {
                    let message = format!("`{word}` compares two metrics of experiments");
                    self.report(
                        Diagnostic::error(Code::WrongType, expr.span, message).help(format!(
                            "such as `{word}(study.ua where unlearn == ft over seed, study.ua where unlearn == rl over seed) < 0.05`"
                        )),
                    );
                    return None;
                };
                let by = PairedTest::ALL.iter().find(|(_, w)| w == word).map(|(by, _)| *by)?;
                let side = |argument: &Argument| self.side(argument, callee, expr.span, experiments);
                let (a, b) = (side(a)?, side(b)?);
                self.has_pairs(&[&a.1, &b.1], word, expr.span)?;
                Some((Amount::PValue(by, Box::new(a), Box::new(b)), Unit::Plain))
            }
            Node::Call(callee, arguments) if callee.text == "stability" => {
                let [argument] = arguments.as_slice() else { return self.no_amount(expr.span) };
                let (query, metric) = self.source(argument, callee, experiments)?;
                self.has_pairs(&[&metric], "stability", expr.span)?;
                let shown: Vec<usize> =
                    experiments[query.experiment].1.as_ref()?.axis("unlearn").into_iter().collect();
                let experiment = experiments[query.experiment].1.as_ref()?;
                self.accounted(&query, experiment, (&shown, &[]), expr.span, WAY_OUT);
                Some((Amount::Stability(Box::new(query), Box::new(metric)), Unit::Plain))
            }
            Node::Call(callee, arguments) if Center::ALL.iter().any(|(_, w)| *w == callee.text) => {
                self.aggregate(callee, arguments, expr.span, experiments)
            }
            Node::Binary(operator, a, b) => {
                let arithmetic = match operator {
                    Operator::Add => Arithmetic::Add,
                    Operator::Subtract => Arithmetic::Subtract,
                    Operator::Multiply => Arithmetic::Multiply,
                    Operator::Divide => Arithmetic::Divide,
                    _ => return self.no_amount(expr.span),
                };
                let (a, b) = (self.amount(a, experiments), self.amount(b, experiments));
                let ((a, u), (b, v)) = (a?, b?);
                let unit = match arithmetic {
                    Arithmetic::Add | Arithmetic::Subtract if u == v => u,
                    Arithmetic::Multiply if u == Unit::Plain => v,
                    Arithmetic::Multiply | Arithmetic::Divide if v == Unit::Plain => u,
                    Arithmetic::Divide if u == v => Unit::Plain,
                    _ => {
                        let words = crate::unit::describe_unit;
                        let message = format!(
                            "`{}` cannot stand between {} and {}",
                            operator.sign(),
                            words(u),
                            words(v)
                        );
                        self.report(Diagnostic::error(Code::WrongUnit, expr.span, message));
                        return None;
                    }
                };
                Some((Amount::Binary(arithmetic, Box::new(a), Box::new(b)), unit))
            }
            Node::Path(path)
                if path.split_once('.').is_some_and(|(e, _)| experiments.iter().any(|(n, _)| n == e)) =>
            {
                let message = format!("`{path}` is many numbers, one per point");
                self.report(
                    Diagnostic::error(Code::WrongType, expr.span, message)
                        .help(format!("write an aggregate: `mean({path} where … over seed)`")),
                );
                None
            }
            _ => {
                let value = self.eval(expr, &Scope::of(ROOT), &[]);
                match value.data {
                    Data::Number(v, unit) => Some((Amount::Number(v.real()), unit)),
                    Data::Broken => None,
                    _ => self.no_amount(expr.span),
                }
            }
        }
    }

    /// What compares point by point needs a value at each: a metric of means has one of all together.
    fn has_pairs(&self, metrics: &[&Metric], what: &str, span: Span) -> Option<()> {
        let Some(metric) = metrics.iter().find(|m| m.formula.takes_means()) else { return Some(()) };
        let message = format!("`{what}` compares points, and `{}` is one value of all of them", metric.name);
        self.report(
            Diagnostic::error(Code::WrongType, span, message)
                .help("use a metric that every point has, such as `avg_gap`"),
        );
        None
    }

    fn no_amount<T>(&self, span: Span) -> Option<T> {
        let message = "an amount is a number, or an aggregate of a metric";
        self.report(
            Diagnostic::error(Code::WrongType, span, message)
                .help("such as `mean(study.ua where forget == worst over seed)`"),
        );
        None
    }

    /// `mean(study.ua where condition over axis)`
    fn aggregate(
        &self,
        callee: &Name,
        arguments: &[Argument],
        span: Span,
        experiments: &Experiments,
    ) -> Option<(Amount, Unit)> {
        let [argument] = arguments else {
            let message = format!("`{}` takes one metric of an experiment", callee.text);
            self.report(
                Diagnostic::error(Code::WrongType, span, message).help("such as `mean(study.ua over seed)`"),
            );
            return None;
        };
        let (query, metric) = self.side(argument, callee, span, experiments)?;
        let unit = metric.unit;
        Some((Amount::Aggregate(Box::new(query), Box::new(metric)), unit))
    }

    /// A metric of an experiment with its filter and axis, every other axis accounted for.
    fn side(
        &self,
        argument: &Argument,
        callee: &Name,
        span: Span,
        experiments: &Experiments,
    ) -> Option<(Query, Metric)> {
        let (query, metric) = self.source(argument, callee, experiments)?;
        let experiment = experiments[query.experiment].1.as_ref()?;
        self.accounted(&query, experiment, (&[], &[]), span, WAY_OUT);
        Some((query, metric))
    }

    /// `study.ua where condition over axis`
    fn source(
        &self,
        argument: &Argument,
        callee: &Name,
        experiments: &Experiments,
    ) -> Option<(Query, Metric)> {
        let Node::Path(path) = &argument.value.node else { return self.no_amount(argument.value.span) };
        let Some((name, metric)) = path.split_once('.') else {
            let message = format!("`{path}` does not say of which experiment");
            let first = experiments.first().map_or("study", |(n, _)| n.as_str());
            self.report(
                Diagnostic::error(Code::WrongType, argument.value.span, message)
                    .help(format!("write `{first}.{path}`")),
            );
            return None;
        };
        let index = self.experiment_called(name, argument.value.span, experiments)?;
        let experiment = experiments[index].1.as_ref()?;
        let place = Span { start: argument.value.span.start + name.len() as u32 + 1, ..argument.value.span };
        let value = self.eval_as(
            &Expr { node: Node::Path(metric.to_owned()), span: place },
            &Scope::of(ROOT),
            &types::of("metric"),
        );
        let metric = self.metric(&value, &experiment.reference)?;
        self.baselines(std::iter::once(&metric), &experiment.axes, &experiment.reference, place);
        self.classes_measured(std::iter::once(&metric), experiment, place);
        let filter = match &argument.filter {
            Some(condition) => Some(self.filter(condition, experiment)?),
            None => None,
        };
        let over = self.over(argument.over.as_ref(), experiment)?;
        let center = Center::ALL.iter().find(|(_, w)| *w == callee.text).map_or(Center::Mean, |(c, _)| *c);
        Some((Query { experiment: index, filter, over, center, spread: None }, metric))
    }
}
