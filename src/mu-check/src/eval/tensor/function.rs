//! What functions of expressions make.

use std::rc::Rc;

use mu_diag::{Code, Diagnostic, Span};
use mu_step::expression::{Axis, Binary, By, Expression, Law, Net, Node, Reduce, Sort, Unary};
use mu_syntax::ast::{Argument, Kind, Name, Node as Tree};

use super::args::Args;
use crate::eval::words::{output, tensor_of};
use crate::eval::{Evaluator, Scope};
use crate::value::{Data, Tensor, Value};

/// A maximizer takes at most so many steps, and a draw is made at most so many times.
const MAX_STEPS: i128 = 10_000;
const MAX_TIMES: i128 = 100;

impl Evaluator<'_> {
    /// A call of a function of expressions.
    pub(in crate::eval) fn tensor_call(
        &self,
        callee: &Name,
        arguments: &[Argument],
        span: Span,
        scope: &Scope,
    ) -> Value {
        let args = Args::new(self, &callee.text, arguments, span, scope);
        Value { data: self.called(&args).unwrap_or(Data::Broken), span }
    }

    fn called(&self, args: &Args<'_>) -> Option<Data> {
        let span = args.span;
        if let Some((f, _)) = Unary::ALL.iter().find(|(_, word)| *word == args.name) {
            if let Some(values) = self.list_of(args) {
                return self.numbers(args, &values?);
            }
            if !args.takes(1..=1, &[]) {
                return None;
            }
            let value = args.value(&args.plain().next()?.value);
            if is_metric(&value) {
                return self.numbers(args, &[value]);
            }
            let of = self.tensor(&value)?;
            if let Some(folded) = of.of.constant().and_then(|x| folded(*f, x)) {
                return tensor_of(Expression::number(folded)).ok().map(|t| Data::Tensor(Rc::new(t)));
            }
            return Some(self.made([&of], span, |[of]| Node::Unary { f: *f, of }));
        }
        match args.name {
            "sum" | "mean" => self.sum(args),
            "max" | "min" => self.extreme(args),
            "norm" | "logsumexp" => {
                let f = if args.name == "norm" { Reduce::Norm } else { Reduce::LogSumExp };
                let of = args.takes(1..=1, &["over"]).then(|| args.tensor(0))??;
                let over = args.axis(&of)?;
                Some(self.reduced(f, &of, over, span))
            }
            "square_norm" => {
                let of = args.takes(1..=1, &["over"]).then(|| args.tensor(0))??;
                let over = args.axis(&of)?;
                let squares = self.made([&of], span, |[of]| Node::Unary { f: Unary::Square, of });
                self.then(squares, span, |of| self.reduced(Reduce::Sum, of, over, span))
            }
            "softmax" | "log_softmax" => {
                let of = args.takes(1..=1, &["over"]).then(|| args.tensor(0))??;
                let over = args.one_axis(&of)?;
                Some(self.made([&of], span, |[of]| match args.name {
                    "softmax" => Node::Softmax { of, over },
                    _ => Node::LogSoftmax { of, over },
                }))
            }
            "power" => {
                let (a, b) = self.two(args, &[])?;
                Some(self.operation(Binary::Power, &a, &b, span))
            }
            "clamp" => {
                let (x, low, high) = self.three(args)?;
                let above = self.operation(Binary::Max, &x, &low, span);
                self.then(above, span, |x| self.operation(Binary::Min, x, &high, span))
            }
            "choose" => {
                let (condition, then, other) = self.three(args)?;
                if let Some(holds) = condition.of.constant()
                    && then.ty == other.ty
                {
                    // What is never chosen is left out, and not drawn.
                    return Some(Data::Tensor(Rc::new(if holds == 0.0 { other } else { then })));
                }
                Some(self.made([&condition, &then, &other], span, |[condition, then, other]| Node::Choose {
                    condition,
                    then,
                    other,
                }))
            }
            "dot" => {
                let (a, b) = self.two(args, &["over"])?;
                let over = args.one_axis(if a.ty.axes.len() <= b.ty.axes.len() { &a } else { &b })?;
                Some(self.made([&a, &b], span, |[a, b]| Node::Dot { a, b, over }))
            }
            "cosine" => self.cosine(args),
            "divergence" => {
                let (p, q) = self.two(args, &[])?;
                Some(self.divergence(&p, &q, span))
            }
            "softmax_cross_entropy" => {
                let (logits, target) = self.two(args, &[])?;
                self.cross_entropy(&logits, &target, span)
            }
            "one_hot" => {
                let class = args.takes(1..=1, &[]).then(|| args.tensor(0))??;
                let like = output(&Net::Own, "logits", None, None)?;
                Some(self.made([&class, &like], span, |[class, like]| Node::OneHot { class, like }))
            }
            "without" => {
                let (of, class) = self.two(args, &[])?;
                Some(self.made([&of, &class], span, |[of, class]| Node::Without { of, class }))
            }
            "stop" => {
                let of = args.takes(1..=1, &[]).then(|| args.tensor(0))??;
                Some(self.made([&of], span, |[of]| Node::Stop { of }))
            }
            "gradient" => {
                let of = args.takes(1..=1, &["by"]).then(|| args.tensor(0))??;
                let by = self.given(args, "by")?;
                if !of.of.any(|n| *n == Node::Image)
                    && !of.of.any(|n| matches!(n, Node::Output { at: None, .. }))
                    && by.of == Expression::leaf(Node::Image)
                {
                    let message = "this does not depend on `image`: its gradient is nothing";
                    self.report(Diagnostic::error(Code::Axes, span, message));
                    return None;
                }
                Some(self.made([&of, &by], span, |[of, by]| Node::Gradient { of, by }))
            }
            "argmax" => self.argmax(args),
            "draw" => self.draw(args),
            "torchscript" => self.torchscript(args),
            "case" => self.case(args),
            "early" => self.early(args),
            "now" => self.now(args),
            "quantile" => self.quantile(args),
            "time" | "noised" | "target" => self.diffused(args),
            "weights" | "log_p" | "logits" | "probabilities" | "features" | "prediction" | "trajectory" => {
                self.quantity(args, &Net::Own, args.name)
            }
            _ => None,
        }
    }

    /// `original.logits(at: x)` and its kin.
    pub(in crate::eval) fn quantity_of(
        &self,
        net: &Net,
        word: &Name,
        arguments: &[Argument],
        span: Span,
        scope: &Scope,
    ) -> Value {
        let args = Args::new(self, &word.text, arguments, span, scope);
        Value { data: self.quantity(&args, net, &word.text).unwrap_or(Data::Broken), span }
    }

    fn quantity(&self, args: &Args<'_>, net: &Net, word: &str) -> Option<Data> {
        let span = args.span;
        match word {
            "logits" | "probabilities" => {
                let at = args.takes(0..=0, &["at"]).then(|| args.tensor_named("at"))??;
                self.read(net, word, None, at.as_ref(), span)
            }
            "features" => {
                if !args.takes(0..=1, &["at"]) {
                    return None;
                }
                let layer = match args.plain().next().map(|a| args.value(&a.value)) {
                    Some(Value { data: Data::Text(layer), .. }) => Some(layer),
                    Some(value) if value.is_broken() => return None,
                    Some(value) => {
                        let message =
                            format!("`features` takes the name of a layer, this is {}", value.what());
                        self.report(
                            Diagnostic::error(Code::WrongType, value.span, message)
                                .help("such as `features(\"layer4\")`"),
                        );
                        return None;
                    }
                    None => None,
                };
                let at = args.tensor_named("at")?;
                self.read(net, word, layer, at.as_ref(), span)
            }
            "log_p" => {
                let class = args.takes(1..=1, &["at"]).then(|| args.tensor(0))??;
                let at = args.tensor_named("at")?;
                let logits = self.read(net, "logits", None, at.as_ref(), span)?;
                self.then(logits, span, |logits| {
                    let log_p = self.made([logits], span, |[of]| Node::LogSoftmax { of, over: Axis::Class });
                    self.then(log_p, span, |log_p| {
                        self.made([log_p, &class], span, |[of, class]| Node::Pick { of, class })
                    })
                    .unwrap_or(Data::Broken)
                })
            }
            "prediction" => self.prediction(args, net),
            "trajectory" => self.trajectory(args, net),
            "weights" => {
                if !args.takes(1..=1, &[]) {
                    return None;
                }
                let value = args.value(&args.plain().next()?.value);
                let Some(set) = crate::method::parameters(&value) else {
                    if !value.is_broken() {
                        let message =
                            format!("`weights` takes a set of parameters, this is {}", value.what());
                        self.report(
                            Diagnostic::error(Code::WrongType, value.span, message)
                                .help("such as `weights(all)`"),
                        );
                    }
                    return None;
                };
                let tensor = tensor_of(Expression::leaf(Node::Weights { of: net.clone() })).ok()?;
                Some(Data::Tensor(Rc::new(Tensor { parameters: Some(set), ..tensor })))
            }
            _ => {
                let words =
                    ["logits", "probabilities", "features", "log_p", "prediction", "trajectory", "weights"];
                let message = format!("a network has no `{word}`");
                self.report(
                    Diagnostic::error(Code::UnknownField, span, message)
                        .label(format!("it has {}", words.join(", "))),
                );
                None
            }
        }
    }

    fn read(
        &self,
        net: &Net,
        word: &str,
        layer: Option<String>,
        at: Option<&Tensor>,
        span: Span,
    ) -> Option<Data> {
        if *net == Net::Beside && at.is_some() {
            let message = "`beside` is a batch that went through the network: it has no other input";
            self.report(Diagnostic::error(Code::WrongType, span, message));
            return None;
        }
        if let Some(at) = at
            && !(at.ty.sample && at.ty.axes == [Axis::Channel, Axis::Row, Axis::Column])
        {
            let message = format!("a network takes an image of each sample, this is {}", at.ty);
            self.report(
                Diagnostic::error(Code::Axes, span, message)
                    .help("such as `image + 0.1 * draw(normal, like: image)`"),
            );
            return None;
        }
        output(net, word, layer, at.map(|t| &t.of)).map(|t| Data::Tensor(Rc::new(t)))
    }

    /// What a function makes of a tensor that was made, where it was.
    fn then(&self, made: Data, _span: Span, f: impl FnOnce(&Tensor) -> Data) -> Option<Data> {
        match made {
            Data::Tensor(tensor) => Some(f(&tensor)),
            _ => None,
        }
    }

    fn two(&self, args: &Args<'_>, names: &[&str]) -> Option<(Tensor, Tensor)> {
        if !args.takes(2..=2, names) {
            return None;
        }
        let (a, b) = (args.tensor(0), args.tensor(1));
        Some((a?, b?))
    }

    fn three(&self, args: &Args<'_>) -> Option<(Tensor, Tensor, Tensor)> {
        if !args.takes(3..=3, &[]) {
            return None;
        }
        let (a, b, c) = (args.tensor(0), args.tensor(1), args.tensor(2));
        Some((a?, b?, c?))
    }

    /// An operand that must be given by name.
    pub(super) fn given(&self, args: &Args<'_>, name: &str) -> Option<Tensor> {
        if args.named(name).is_none() {
            let message = format!("`{}` needs `{name}`", args.name);
            self.report(
                Diagnostic::error(Code::MissingField, args.span, message).help(format!("write `{name}: …`")),
            );
            return None;
        }
        args.tensor_named(name)?
    }

    /// Values that stand in a list, or that a comprehension makes; nothing where there is no such operand.
    pub(super) fn list_of(&self, args: &Args<'_>) -> Option<Option<Vec<Value>>> {
        let argument = args.plain().next()?;
        let is_list = argument.each.is_some()
            || matches!(&argument.value.node, Tree::List(_))
            || {
                matches!(&argument.value.node, Tree::Path(path) if matches!(args.scope.locals.get(path.as_str()), Some(Value { data: Data::List(_), .. })))
            };
        is_list.then(|| self.operands(std::slice::from_ref(argument), args.scope))
    }

    /// A function of numbers or metrics, as outside of expressions.
    pub(super) fn numbers(&self, args: &Args<'_>, values: &[Value]) -> Option<Data> {
        let value = self.of_values(args.name, values, args.span);
        (!value.is_broken()).then_some(value.data)
    }

    fn extreme(&self, args: &Args<'_>) -> Option<Data> {
        let span = args.span;
        let (f, of_two) = match args.name {
            "max" => (Reduce::Max, Binary::Max),
            _ => (Reduce::Min, Binary::Min),
        };
        if let Some(values) = self.list_of(args) {
            return self.joined_by(args, &values?, of_two);
        }
        if !args.takes(1..=16, &["over"]) {
            return None;
        }
        let values: Vec<Value> = args.plain().map(|a| args.value(&a.value)).collect();
        if values.iter().any(is_metric) {
            return self.numbers(args, &values);
        }
        if values.len() == 1 {
            let of = self.tensor(&values[0])?;
            let over = args.axis(&of)?;
            return Some(self.reduced(f, &of, over, span));
        }
        self.joined_by(args, &values, of_two)
    }

    /// Values joined by a function of two.
    pub(super) fn joined_by(&self, args: &Args<'_>, values: &[Value], f: Binary) -> Option<Data> {
        if !values.iter().any(|v| matches!(v.data, Data::Tensor(_))) {
            return self.numbers(args, values);
        }
        let tensors: Option<Vec<Tensor>> = values.iter().map(|v| self.tensor(v)).collect();
        let tensors = tensors?;
        let (first, rest) = tensors.split_first()?;
        let mut sum = first.clone();
        for next in rest {
            match self.operation(f, &sum, next, args.span) {
                Data::Tensor(tensor) => sum = (*tensor).clone(),
                _ => return None,
            }
        }
        Some(Data::Tensor(Rc::new(sum)))
    }

    fn cosine(&self, args: &Args<'_>) -> Option<Data> {
        let span = args.span;
        let (a, b) = self.two(args, &["over"])?;
        let over = args.one_axis(if a.ty.axes.len() <= b.ty.axes.len() { &a } else { &b })?;
        let dot = self.made([&a, &b], span, |[a, b]| Node::Dot { a, b, over: over.clone() });
        let lengths = [&a, &b].map(|t| self.reduced(Reduce::Norm, t, Some(over.clone()), span));
        let [Data::Tensor(left), Data::Tensor(right)] = lengths else { return None };
        let both = self.operation(Binary::Multiply, &left, &right, span);
        let (Data::Tensor(dot), Data::Tensor(both)) = (dot, both) else { return None };
        Some(self.operation(Binary::Divide, &dot, &both, span))
    }

    /// Σ p (log p − log q). Logarithms of softmaxes are taken before exponentials, which may be 0 in their place.
    fn divergence(&self, p: &Tensor, q: &Tensor, span: Span) -> Data {
        let log = |of: &Expression| Expression::of([of], |[of]| Node::LogSoftmax { of, over: Axis::Class });
        let log_q = match logits_of(&q.of) {
            Some(logits) => log(&logits),
            None => Expression::of([&q.of], |[of]| Node::Unary { f: Unary::Log, of }),
        };
        let sum = match logits_of(&p.of).filter(|l| !l.any(|n| matches!(n, Node::Without { .. }))) {
            Some(logits) => {
                let log_p = log(&logits);
                let exp = Expression::of([&log_p], |[of]| Node::Unary { f: Unary::Exp, of });
                let ratio =
                    Expression::of([&log_p, &log_q], |[a, b]| Node::Binary { f: Binary::Subtract, a, b });
                let each =
                    Expression::of([&exp, &ratio], |[a, b]| Node::Binary { f: Binary::Multiply, a, b });
                Expression::of([&each], |[of]| Node::Reduce { f: Reduce::Sum, of, over: vec![Axis::Class] })
            }
            None => Expression::of([&p.of, &log_q], |[p, log_q]| Node::Divergence { p, log_q }),
        };
        match tensor_of(sum) {
            Ok(tensor) => Data::Tensor(Rc::new(tensor)),
            Err(problem) => self.fail(Diagnostic::error(Code::Axes, span, problem)).data,
        }
    }

    fn cross_entropy(&self, logits: &Tensor, target: &Tensor, span: Span) -> Option<Data> {
        let log_p = self.made([logits], span, |[of]| Node::LogSoftmax { of, over: Axis::Class });
        let Data::Tensor(log_p) = log_p else { return None };
        let own = match target.ty.sort {
            Sort::Class => self.made([&log_p, target], span, |[of, class]| Node::Pick { of, class }),
            Sort::Real => self.made([&log_p, target], span, |[a, b]| Node::Dot { a, b, over: Axis::Class }),
        };
        self.then(own, span, |own| self.made([own], span, |[of]| Node::Unary { f: Unary::Negate, of }))
    }

    fn argmax(&self, args: &Args<'_>) -> Option<Data> {
        let span = args.span;
        let Some(over) = args.named("over") else {
            let of = args.takes(1..=1, &[]).then(|| args.tensor(0))??;
            return Some(self.made([&of], span, |[of]| Node::Argmax { of }));
        };
        if !args.takes(1..=1, &["over", "from", "by", "step", "steps", "within", "least", "most"]) {
            return None;
        }
        let Tree::Path(name) = &over.node else {
            let message = "`over` names what is looked for: a new name, which the expression uses";
            self.report(Diagnostic::error(Code::WrongType, over.span, message));
            return None;
        };
        let from = self.given(args, "from")?;
        let step = self.given(args, "step")?;
        let by = match args.named("by").map(|by| args.word(by, &["sign", "gradient"])) {
            Some(word) => word?,
            None => "sign".to_owned(),
        };
        let by = if by == "sign" { By::Sign } else { By::Gradient };
        let steps = args.whole("steps", MAX_STEPS)?.unwrap_or(1);
        let number = self.fresh_number();
        let variable = self.made([&from], span, |[like]| Node::Variable { number, like });
        let Data::Tensor(variable) = variable else { return None };
        let mut scope = args.scope.clone();
        scope
            .locals
            .insert(name.clone(), Value { data: Data::Tensor(Rc::clone(&variable)), span: over.span });
        let of = self.tensor(&self.eval(&args.plain().next()?.value, &scope, &[]))?;
        if !of.of.any(|n| matches!(n, Node::Variable { number: n, .. } if *n == number)) {
            let message = format!("the expression does not depend on `{name}`");
            self.report(
                Diagnostic::error(Code::Axes, span, message).help(format!(
                    "such as `argmax(-log_p(label, at: {name}), over: {name}, from: image, …)`"
                )),
            );
            return None;
        }
        let within = args.tensor_named("within")?;
        let least = args.tensor_named("least")?;
        let most = args.tensor_named("most")?;
        // Bounds that are not given stand for nothing, and their places are not read.
        let place = |bound: &Option<Tensor>| bound.clone().unwrap_or_else(|| step.clone());
        let bounds = [place(&within), place(&least), place(&most)];
        let given = [within.is_some(), least.is_some(), most.is_some()];
        let operands = [&of, &variable, &from, &step, &bounds[0], &bounds[1], &bounds[2]];
        Some(self.made(operands, span, |[of, over, from, step, within, least, most]| Node::Maximizer {
            of,
            over,
            from,
            by,
            step,
            steps,
            within: given[0].then_some(within),
            least: given[1].then_some(least),
            most: given[2].then_some(most),
        }))
    }

    fn draw(&self, args: &Args<'_>) -> Option<Data> {
        let span = args.span;
        if !args.takes(1..=1, &["like", "except", "fixed", "times"]) {
            return None;
        }
        let law = args.word(&args.plain().next()?.value, &["class", "normal", "uniform", "sign"])?;
        let times = args.whole("times", MAX_TIMES)?;
        let fixed = match args.named("fixed").map(|f| args.value(f)) {
            None => false,
            Some(Value { data: Data::Bool(fixed), .. }) => fixed,
            Some(value) => {
                if !value.is_broken() {
                    let message = format!("`fixed` is true or false, this is {}", value.what());
                    self.report(Diagnostic::error(Code::WrongType, value.span, message));
                }
                return None;
            }
        };
        let one = || -> Option<Data> {
            let number = self.fresh_number();
            if law == "class" {
                let except = args.tensor_named("except")?;
                let own = Expression::leaf(Node::Label);
                if except.as_ref().is_some_and(|e| e.of != own) || args.named("like").is_some() || fixed {
                    let message = "a class is drawn among all, or among all but the sample's own";
                    self.report(
                        Diagnostic::error(Code::WrongType, span, message)
                            .help("write `draw(class)` or `draw(class, except: label)`"),
                    );
                    return None;
                }
                let leaf = Expression::leaf(Node::DrawClass { number, other: except.is_some() });
                return tensor_of(leaf).ok().map(|t| Data::Tensor(Rc::new(t)));
            }
            let like = self.given(args, "like")?;
            let law = match law.as_str() {
                "normal" => Law::Normal,
                "uniform" => Law::Uniform,
                _ => Law::Sign,
            };
            Some(self.made([&like], span, |[like]| Node::Draw { number, law, like, fixed }))
        };
        let Some(times) = times else { return one() };
        let drawn: Option<Vec<Value>> = (0..times).map(|_| one().map(|data| Value { data, span })).collect();
        drawn.map(Data::List)
    }

    /// `case(labels, given: a, random: b, else: c)`: the value beside the word.
    fn case(&self, args: &Args<'_>) -> Option<Data> {
        let of = args.plain().next();
        let names = args.names();
        let Some(of) = of.filter(|_| args.plain().count() == 1 && !names.is_empty()) else {
            args.takes(usize::MAX..=usize::MAX, &[]);
            return None;
        };
        let words: Vec<&str> = names.iter().copied().filter(|n| *n != "else").collect();
        let value = self.eval(&of.value, args.scope, &words);
        let wanted = match &value.data {
            Data::Broken => return None,
            Data::Word(word) => word.as_str(),
            Data::Bool(true) => "true",
            Data::Bool(false) => "false",
            _ => "else",
        };
        match args.named(wanted).or_else(|| args.named("else")) {
            Some(expr) => Some(args.value(expr).data),
            None => {
                let message = format!("`case` says nothing of `{wanted}`");
                self.report(
                    Diagnostic::error(Code::MissingField, args.span, message)
                        .label(format!("it has {}", names.join(", ")))
                        .help(format!("add `{wanted}: …` or `else: …`")),
                );
                None
            }
        }
    }
}

/// Whether it is measured at a point, not computed for a sample.
pub(super) fn is_metric(value: &Value) -> bool {
    match &value.data {
        Data::Formula(_) => true,
        Data::Component(c) => c.kind == Kind::Metric,
        _ => false,
    }
}

/// A function of a number, where it is finite.
fn folded(f: Unary, x: f64) -> Option<f64> {
    let value = match f {
        Unary::Negate => -x,
        Unary::Exp => x.exp(),
        Unary::Log => x.ln(),
        Unary::Sqrt => x.sqrt(),
        Unary::Abs => x.abs(),
        Unary::Square => x * x,
        Unary::Cos => x.cos(),
        Unary::Sign | Unary::Sigmoid | Unary::LogSigmoid | Unary::Relu | Unary::Softplus => return None,
    };
    value.is_finite().then_some(value)
}

/// The logits whose softmax over classes an expression is.
fn logits_of(of: &Expression) -> Option<Expression> {
    match of.nodes().last()? {
        Node::Softmax { of: logits, over: Axis::Class } => Some(of.part(*logits)),
        _ => None,
    }
}
