//! Sums and means: of entries, of lists, of the samples of a set, which are losses, and of a part of the data, which are metrics.

use std::rc::Rc;

use mu_diag::{Code, Diagnostic, Span};
use mu_step::expression::{Axis, Binary, Expression, Net, Node, Part, Reduce, Sort, Whole};
use mu_step::{Collect, LossTerm, On, Portion, Quantity, Reduction, Set};
use mu_syntax::ast::{Expr, Node as Tree};

use super::Place;
use super::args::Args;
use super::function::is_metric;
use crate::eval::Evaluator;
use crate::eval::words::tensor_of;
use crate::program::{Formula, Measured};
use crate::term::{Term, View};
use crate::unit::Unit;
use crate::value::{Data, Tensor, Value};

impl Evaluator<'_> {
    pub(super) fn sum(&self, args: &Args<'_>) -> Option<Data> {
        let span = args.span;
        if let Some(values) = self.list_of(args) {
            let values = values?;
            let count = values.len() as f64;
            let sum = self.joined_sum(args, &values)?;
            return match sum {
                Data::Tensor(sum) if args.name == "mean" => {
                    let count = tensor_of(Expression::number(count)).ok()?;
                    Some(self.operation(Binary::Divide, &sum, &count, span))
                }
                sum => Some(sum),
            };
        }
        let first = args.plain().next();
        let first = first.map(|a| args.value(&a.value));
        match first {
            Some(Value { data: Data::Sets(sets), .. }) => self.over_samples(args, &sets),
            Some(Value { data: Data::HeldOut(part), span, .. }) => {
                let message = format!("a loss may use training samples only, these are the {part} samples");
                self.report(
                    Diagnostic::error(Code::WrongType, span, message)
                        .help("what is trained on cannot be measured on: use `retain` or `forget`"),
                );
                None
            }
            Some(Value { data: Data::Word(word), .. }) if On::of(&word).is_some() => {
                let collect = if args.name == "sum" { Collect::Sum } else { Collect::Mean };
                self.over_part(args, On::of(&word)?, collect)
            }
            Some(ref value) if Self::set_of(value).is_some() => {
                let collect = if args.name == "sum" { Collect::Sum } else { Collect::Mean };
                self.over_selection(args, value, collect)
            }
            Some(value) if value.is_broken() => None,
            Some(value) if is_metric(&value) => {
                let values: Vec<Value> = args.plain().map(|a| args.value(&a.value)).collect();
                self.numbers(args, &values)
            }
            Some(value) => {
                if !args.takes(1..=1, &["over"]) {
                    return None;
                }
                let of = self.tensor(&value)?;
                let over = args.axis(&of)?;
                if of.ty.axes == [Axis::Entry] {
                    return self.over_entries(args, of);
                }
                let f = if args.name == "sum" { Reduce::Sum } else { Reduce::Mean };
                Some(self.reduced(f, &of, over, span))
            }
            None => {
                args.takes(1..=2, &[]);
                None
            }
        }
    }

    fn joined_sum(&self, args: &Args<'_>, values: &[Value]) -> Option<Data> {
        if values.iter().any(|v| matches!(v.data, Data::Tensor(_))) {
            return self.joined_by(args, values, Binary::Add);
        }
        self.numbers(args, values)
    }

    /// The sum of what is made of each entry of parameters: a loss.
    fn over_entries(&self, args: &Args<'_>, of: Tensor) -> Option<Data> {
        let Some(parameters) = of.parameters.filter(|_| args.name == "sum") else {
            let message = "entries of parameters are added up: their mean has no usual meaning";
            self.report(Diagnostic::error(Code::WrongType, args.span, message).help("write `sum(…)`"));
            return None;
        };
        let quantity = Quantity::Parameters { parameters, of: of.of };
        Some(Data::Loss(vec![Term {
            term: LossTerm { coefficient: 1.0, decay: None, quantity },
            view: None,
        }]))
    }

    /// The sum or mean over the samples of sets: a loss.
    fn over_samples(&self, args: &Args<'_>, sets: &[Portion]) -> Option<Data> {
        if !args.takes(2..=2, &["view", "mode", "reduction", "weigh"]) {
            return None;
        }
        let each = self.number_of_each(args, &args.plain().nth(1)?.value)?;
        let reduction = match args.named("reduction").map(|r| args.word(r, &["mean", "sum"])) {
            Some(word) => word?,
            None => args.name.to_owned(),
        };
        let reduction = if reduction == "sum" { Reduction::Sum } else { Reduction::Mean };
        let weigh = match args.named("weigh") {
            Some(expr) => Some(self.number_of_each(args, expr)?).filter(|w| w.constant().is_none()),
            None => None,
        };
        let view = self.view(args)?;
        let term = |portion: &Portion| {
            let quantity =
                Quantity::Samples { set: portion.set, of: each.clone(), reduction, weigh: weigh.clone() };
            Term { term: LossTerm { coefficient: 1.0, decay: None, quantity }, view: Some(view) }
        };
        Some(Data::Loss(sets.iter().map(term).collect()))
    }

    /// What is made of the samples of a selection: a metric.
    fn over_selection(&self, args: &Args<'_>, set: &Value, collect: Collect) -> Option<Data> {
        let of = self.measured_on(args, On::Forget, collect)?;
        self.among(of, Self::set_of(set)?, set.span).map(Data::Formula)
    }

    /// What is made of the samples of a part: a metric.
    fn over_part(&self, args: &Args<'_>, on: On, collect: Collect) -> Option<Data> {
        let of = self.measured_on(args, on, collect)?;
        Some(Data::Formula(Formula::Measured(of, None)))
    }

    fn measured_on(&self, args: &Args<'_>, on: On, collect: Collect) -> Option<Measured> {
        if !args.takes(2..=3, &[]) {
            return None;
        }
        let expr = &args.plain().nth(1)?.value;
        let mut of = self.number_of_each(args, expr)?;
        self.readable(&of, Place::Metric, expr.span)?;
        of.renumber(&mut Vec::new());
        Some(Measured::Samples(on, of, collect))
    }

    /// `quantile(on, e, share)`
    pub(super) fn quantile(&self, args: &Args<'_>) -> Option<Data> {
        if !args.takes(3..=3, &[]) {
            return None;
        }
        let mut plain = args.plain();
        let (part, share) = (args.value(&plain.next()?.value), args.value(&plain.nth(1)?.value));
        let on = match &part.data {
            Data::Word(word) => On::of(word),
            _ => None,
        };
        let share = match share.data {
            Data::Number(v, Unit::Percent) if (0.0..=100.0).contains(&v.real()) => Some(v.real() / 100.0),
            _ => None,
        };
        if let (Some(_), Some(share)) = (Self::set_of(&part), share) {
            return self.over_selection(args, &part, Collect::Quantile(share));
        }
        let (Some(on), Some(share)) = (on, share) else {
            let message = "`quantile` takes a part of the data, a number of each sample, and a percentage";
            self.report(
                Diagnostic::error(Code::WrongType, args.span, message)
                    .help("such as `quantile(forget, -log_p(label), 90%)`"),
            );
            return None;
        };
        self.over_part(args, on, Collect::Quantile(share))
    }

    /// `early(models, epochs, e)`
    pub(super) fn early(&self, args: &Args<'_>) -> Option<Data> {
        if !args.takes(3..=3, &[]) {
            return None;
        }
        let values: Vec<Value> = args.plain().map(|a| args.value(&a.value)).collect();
        let number = |v: &Value, unit: Unit| match v.data {
            Data::Number(n, u) if u == unit => {
                n.whole().filter(|n| *n > 0).and_then(|n| usize::try_from(n).ok())
            }
            _ => None,
        };
        let (Some(models), Some(epochs)) =
            (number(&values[0], Unit::Plain), number(&values[1], Unit::Of("epochs")))
        else {
            let message = "`early` takes how many models, how many epochs, and a number of each sample";
            self.report(
                Diagnostic::error(Code::WrongType, args.span, message)
                    .help("such as `early(5, 5 epochs, norm(probabilities - one_hot(label)))`"),
            );
            return None;
        };
        Some(Data::Early(Rc::new(self.tensor(&values[2])?), models, epochs))
    }

    /// `now(mean(set, e))`: a mean over a whole set, before an epoch.
    pub(super) fn now(&self, args: &Args<'_>) -> Option<Data> {
        let expr = &args.takes(1..=1, &[]).then(|| args.plain().next())??.value;
        let cannot = |message: String| {
            let help = "such as `now(mean(forget, argmax(logits) == label))`";
            self.report(Diagnostic::error(Code::WrongType, expr.span, message).help(help));
            None
        };
        let Tree::Call(callee, arguments) = &expr.node else {
            return cannot("`now` takes the mean of a set's samples".to_owned());
        };
        let inner = Args::new(self, &callee.text, arguments, expr.span, args.scope);
        if callee.text != "mean" || inner.plain().count() != 2 || !inner.names().is_empty() {
            return cannot("`now` takes the mean of a set's samples".to_owned());
        }
        let set = inner.value(&inner.plain().next()?.value);
        let over = match &set.data {
            Data::Sets(sets) => match sets.as_slice() {
                [Portion { set: Set::Forget, share: 1.0 }] => Whole::Forget,
                [Portion { set: Set::Retain, share: 1.0 }] => Whole::Retain,
                _ => return cannot("`now` looks at all samples of one set".to_owned()),
            },
            Data::HeldOut("validation") => Whole::Validation,
            Data::Broken => return None,
            _ => return cannot(format!("`now` looks at a set, this is {}", set.what())),
        };
        let of = self.number_of_each(&inner, &inner.plain().nth(1)?.value)?;
        let stray = of.nodes().iter().any(|node| {
            matches!(
                node,
                Node::Draw { .. }
                    | Node::DrawClass { .. }
                    | Node::Now { .. }
                    | Node::Progress
                    | Node::NewClass
                    | Node::Gradient { .. }
                    | Node::Output { of: Net::Beside, .. }
            )
        });
        if stray {
            return cannot(
                "what `now` looks at has neither draws nor gradients nor a batch beside".to_owned(),
            );
        }
        let leaf = Expression::leaf(Node::Now { over, of: Box::new(of) });
        tensor_of(leaf).ok().map(|t| Data::Tensor(Rc::new(t)))
    }

    /// Whether an expression can be computed where it stands.
    pub(crate) fn readable(&self, of: &Expression, place: Place, span: Span) -> Option<()> {
        let (who, outputs) = match place {
            Place::Score => ("a score", false),
            Place::Metric => ("a metric", true),
        };
        let stray = of.nodes().iter().find_map(|node| match node {
            Node::Draw { .. } | Node::DrawClass { .. } => Some("random numbers".to_owned()),
            Node::Progress => Some("`progress`: it is of no phase".to_owned()),
            Node::Now { .. } => Some("`now`: it is of no phase".to_owned()),
            Node::NewClass => Some("`new_class`: nothing adds one".to_owned()),
            Node::Prediction { .. } | Node::Trajectory { .. } | Node::NoCondition => {
                Some("`prediction`: it is for losses".to_owned())
            }
            Node::ClassCount if outputs => Some("`class_count`".to_owned()),
            Node::Weights { .. } => Some("`weights`".to_owned()),
            Node::Output { of: net @ (Net::Beside | Net::Average { .. }), .. } => {
                Some(format!("`{}`", net.to_string().trim_end_matches('.')))
            }
            Node::Output { of: Net::Original, .. } if !outputs => {
                Some("`original`: its own model is the original one, so write `logits`".to_owned())
            }
            Node::Output { of: Net::Scratch | Net::Reference, .. } if !outputs => {
                Some("other models: a selection is made before them".to_owned())
            }
            Node::Output { part: Part::Features { .. }, .. } if outputs => {
                Some("`features`: only outputs are stored".to_owned())
            }
            Node::Output { at: Some(_), .. } if outputs => {
                Some("a network at other inputs: only outputs are stored".to_owned())
            }
            Node::Image | Node::Gradient { .. } | Node::PixelRange | Node::Darkest | Node::Lightest
                if outputs =>
            {
                Some("images: only outputs are stored".to_owned())
            }
            _ => None,
        });
        let Some(stray) = stray else { return Some(()) };
        self.report(Diagnostic::error(Code::Axes, span, format!("{who} cannot read {stray}")));
        None
    }

    /// A number of each sample.
    fn number_of_each(&self, args: &Args<'_>, expr: &Expr) -> Option<Expression> {
        let tensor = self.tensor(&args.value(expr))?;
        self.number_of_sample(&tensor, expr.span)
    }

    /// A tensor that must be a number of each sample.
    pub(crate) fn number_of_sample(&self, tensor: &Tensor, span: Span) -> Option<Expression> {
        if tensor.ty.sort == Sort::Real && tensor.ty.axes.is_empty() {
            return Some(tensor.of.clone());
        }
        let message = format!("samples are taken together by a number of each, this is {}", tensor.ty);
        let mut diagnostic = Diagnostic::error(Code::Axes, span, message);
        if tensor.ty.sort == Sort::Real {
            diagnostic = diagnostic.help("take its entries together first: `sum(…)`, `mean(…)`, `norm(…)`");
        }
        self.report(diagnostic);
        None
    }

    fn view(&self, args: &Args<'_>) -> Option<View> {
        let mut view = View { clean: false, evaluation: false, noise: None };
        if let Some(expr) = args.named("view") {
            let value = self.eval(expr, args.scope, &["augmented", "clean"]);
            match crate::method::view_of(&value) {
                Some((clean, noise)) => (view.clean, view.noise) = (clean, noise),
                None => {
                    if !value.is_broken() {
                        let message = format!(
                            "`view` is `augmented`, `clean` or images in their place, this is {}",
                            value.what()
                        );
                        self.report(Diagnostic::error(Code::WrongType, value.span, message));
                    }
                    return None;
                }
            }
        }
        if let Some(expr) = args.named("mode") {
            view.evaluation = args.word(expr, &["train", "eval"])? == "eval";
        }
        Some(view)
    }
}

impl Evaluator<'_> {
    /// A number of its own for a draw or a variable: two that are written are two.
    pub(super) fn fresh_number(&self) -> usize {
        let number = self.drawn.get();
        self.drawn.set(number + 1);
        number
    }
}
