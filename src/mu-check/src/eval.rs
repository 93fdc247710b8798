//! Total evaluation of values. One evaluation takes one position on every axis that it meets;
//! [`Evaluator::alternatives`] repeats it until every combination was taken.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;
use mu_diag::{Code, Diagnostic, Sink, Span, did_you_mean};
use mu_syntax::ast::{Argument, Body, Expr, Kind, Let, Name, Node, Operator};

use crate::program::{Alternative, Coord, Formula};
use crate::value::{Data, Unit, Value};
use crate::world::{Definition, World};

/// Definitions may refer to each other this deep; a longer way is a circle.
const MAX_DEPTH: usize = 256;
/// An axis, and a range, has at most this many positions.
const MAX_POSITIONS: f64 = 1e6;

/// Names that an expression sees besides those of its file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) module: usize,
    pub(crate) locals: IndexMap<String, Value>,
    pub(crate) functions: IndexMap<String, Rc<Let>>,
}

impl Scope {
    pub(crate) fn of(module: usize) -> Self {
        Self { module, ..Self::default() }
    }
}

struct Choice {
    axis: String,
    taken: usize,
    of: usize,
    label: String,
    full: String,
}

#[derive(Default)]
struct Choices {
    allowed: bool,
    /// Where in the field the evaluation is: `forget`, `budget`.
    path: Vec<String>,
    made: Vec<Choice>,
    next: usize,
}

pub(crate) struct Evaluator<'w> {
    pub(crate) world: &'w World,
    pub(crate) sink: &'w RefCell<Sink>,
    choices: RefCell<Choices>,
    depth: Cell<usize>,
}

impl<'w> Evaluator<'w> {
    pub(crate) fn new(world: &'w World, sink: &'w RefCell<Sink>) -> Self {
        Self { world, sink, choices: RefCell::default(), depth: Cell::new(0) }
    }

    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.sink.borrow_mut().push(diagnostic);
    }

    pub(crate) fn fail(&self, diagnostic: Diagnostic) -> Value {
        let span = diagnostic.span.unwrap_or(Span { file: mu_diag::FileId(0), start: 0, end: 0 });
        self.report(diagnostic);
        Value::broken(span)
    }

    /// Every value that a field takes, with the axis positions it stands for.
    pub(crate) fn alternatives(
        &self,
        field: &str,
        expr: &Expr,
        scope: &Scope,
        words: &[&str],
    ) -> Vec<Alternative<Value>> {
        *self.choices.borrow_mut() =
            Choices { allowed: true, path: vec![field.to_owned()], ..Choices::default() };
        let mut found = Vec::new();
        loop {
            self.choices.borrow_mut().next = 0;
            let value = self.eval(expr, scope, words);
            let mut choices = self.choices.borrow_mut();
            let coords =
                choices.made.iter().map(|c| (c.axis.clone(), c.label.clone(), c.full.clone())).collect();
            found.push((coords, value));
            while choices.made.last().is_some_and(|c| c.taken + 1 >= c.of) {
                choices.made.pop();
            }
            match choices.made.last_mut() {
                Some(last) => last.taken += 1,
                None => break,
            }
        }
        self.choices.borrow_mut().allowed = false;
        settle_labels(found)
    }

    /// Takes a position on the axis at the current path.
    fn choose(&self, of: usize) -> (usize, usize) {
        let mut choices = self.choices.borrow_mut();
        let at = choices.next;
        choices.next += 1;
        if at == choices.made.len() {
            let axis = choices.path.join(".");
            choices.made.push(Choice { axis, taken: 0, of, label: String::new(), full: String::new() });
        }
        (at, choices.made[at].taken)
    }

    fn each(&self, span: Span, entries: &[(Option<&Name>, &Expr)], scope: &Scope, words: &[&str]) -> Value {
        if !self.choices.borrow().allowed {
            return self.fail(
                Diagnostic::error(
                    Code::WrongType,
                    span,
                    "an axis can stand only in a field of an experiment",
                )
                .help("move `each` into the experiment"),
            );
        }
        if entries.is_empty() {
            return self
                .fail(Diagnostic::error(Code::WrongType, span, "this axis is empty").label("no positions"));
        }
        let (at, taken) = self.choose(entries.len());
        let (name, expr) = entries[taken];
        let value = self.eval(expr, scope, words);
        self.label(at, name.map(|n| n.text.clone()), &value);
        value
    }

    fn label(&self, at: usize, name: Option<String>, value: &Value) {
        let label = name.clone().unwrap_or_else(|| value.to_string());
        let full =
            name.or_else(|| value.component().map(|c| c.full_label())).unwrap_or_else(|| label.clone());
        let choice = &mut self.choices.borrow_mut().made[at];
        (choice.label, choice.full) = (label, full);
    }

    pub(crate) fn eval(&self, expr: &Expr, scope: &Scope, words: &[&str]) -> Value {
        if self.depth.get() > MAX_DEPTH {
            return self.fail(
                Diagnostic::error(Code::Cycle, expr.span, "this definition leads back to itself")
                    .help("a value may use only what is defined without it"),
            );
        }
        self.depth.set(self.depth.get() + 1);
        let data = self.node(expr, scope, words);
        self.depth.set(self.depth.get() - 1);
        Value { data, span: expr.span }
    }

    fn node(&self, expr: &Expr, scope: &Scope, words: &[&str]) -> Data {
        let span = expr.span;
        match &expr.node {
            Node::Number(v, None) => Data::Number(*v, Unit::Plain),
            Node::Number(v, Some(unit)) => match Unit::of(&unit.text) {
                Some(unit) => Data::Number(*v, unit),
                None => {
                    let help = did_you_mean(&unit.text, crate::value::UNITS.iter().copied());
                    let diagnostic = Diagnostic::error(
                        Code::WrongUnit,
                        unit.span,
                        format!("there is no unit `{}`", unit.text),
                    )
                    .label(format!("units are %, {}", crate::value::UNITS.join(", ")));
                    self.fail(diagnostic.maybe_help(help)).data
                }
            },
            Node::Text(text) => Data::Text(text.clone()),
            Node::Bool(b) => Data::Bool(*b),
            Node::List(items) => Data::List(items.iter().map(|i| self.eval(i, scope, words)).collect()),
            Node::Path(path) => self.path(path, span, scope, words).data,
            Node::Call(callee, arguments) => self.call(callee, arguments, span, scope).data,
            Node::Negate(inner) => {
                let zero = Value { data: Data::Number(0.0, Unit::Plain), span };
                let inner = self.eval(inner, scope, words);
                match inner.data {
                    Data::Number(v, unit) => Data::Number(-v, unit),
                    _ => self.arithmetic(Operator::Subtract, zero, inner, span),
                }
            }
            Node::Binary(Operator::Range, from, to) => self.range(from, to, scope, span),
            Node::Binary(operator, left, right) => {
                let (left, right) = (self.eval(left, scope, words), self.eval(right, scope, words));
                self.arithmetic(*operator, left, right, span)
            }
            Node::At(inner, axis, label) => {
                let inner = self.eval(inner, scope, words);
                match self.formula(&inner) {
                    Some(formula) if axis.text == "unlearn" => Data::Formula(formula.at(&label.text)),
                    Some(_) => {
                        let diagnostic = Diagnostic::error(
                            Code::UnknownName,
                            axis.span,
                            "a metric can be taken at another method only",
                        )
                        .help("write `[unlearn == retrain]`");
                        self.fail(diagnostic).data
                    }
                    None => Data::Broken,
                }
            }
            Node::Each(inner) => match &inner.node {
                Node::List(items) => {
                    let entries: Vec<_> = items.iter().map(|i| (None, i)).collect();
                    self.each(span, &entries, scope, words).data
                }
                _ => self.each_of_value(inner, scope, words),
            },
            Node::EachNamed(entries) => {
                let entries: Vec<_> = entries.iter().map(|(n, e)| (Some(n), e)).collect();
                self.each(span, &entries, scope, words).data
            }
            Node::Chain(links) => Data::Chain(
                links
                    .iter()
                    .map(|l| (l.label.as_ref().map(|n| n.text.clone()), self.eval(&l.layer, scope, words)))
                    .collect(),
            ),
        }
    }

    /// An axis over a list that is computed: a range, a `let`.
    fn each_of_value(&self, inner: &Expr, scope: &Scope, words: &[&str]) -> Data {
        let value = self.eval(inner, scope, words);
        let items = match value.data {
            Data::List(items) => items,
            Data::Broken => return Data::Broken,
            _ => {
                let message = format!("`each` takes a list or a range, not {}", value.what());
                return self.fail(Diagnostic::error(Code::WrongType, value.span, message)).data;
            }
        };
        // The items stand already: the axis only picks one.
        if !self.choices.borrow().allowed || items.is_empty() {
            return self.each(inner.span, &[], scope, words).data;
        }
        let (at, taken) = self.choose(items.len());
        let value = items[taken].clone();
        self.label(at, None, &value);
        value.data
    }

    /// `a..b`: the whole numbers from a up to, but not including, b.
    fn range(&self, from: &Expr, to: &Expr, scope: &Scope, span: Span) -> Data {
        let (from, to) = (self.eval(from, scope, &[]), self.eval(to, scope, &[]));
        match (&from.data, &to.data) {
            (Data::Number(a, unit), Data::Number(b, other))
                if a.fract() == 0.0 && b.fract() == 0.0 && unit == other =>
            {
                if b - a > MAX_POSITIONS || b <= a {
                    let message = format!("the range {a}..{b} has {} positions", (b - a).max(0.0));
                    return self.fail(Diagnostic::error(Code::OutOfRange, span, message)).data;
                }
                let items =
                    (*a as i64..*b as i64).map(|v| Value { data: Data::Number(v as f64, *unit), span });
                Data::List(items.collect())
            }
            (Data::Broken, _) | (_, Data::Broken) => Data::Broken,
            _ => {
                self.fail(
                    Diagnostic::error(
                        Code::WrongType,
                        span,
                        "a range goes between two whole numbers of one unit",
                    )
                    .help("such as `0..10`; for real numbers `log(1e-4, 1e-1, points: 4)`"),
                )
                .data
            }
        }
    }

    fn path(&self, path: &str, span: Span, scope: &Scope, words: &[&str]) -> Value {
        if words.contains(&path) {
            return Value { data: Data::Word(path.to_owned()), span };
        }
        if let Some(value) = scope.locals.get(path) {
            return Value { data: value.data.clone(), span };
        }
        match self.world.find(scope.module, path) {
            Some((Definition::Let(l), module)) if l.params.is_empty() => {
                Value { span, ..self.eval(&l.value, &Scope::of(module), words) }
            }
            Some((Definition::Declaration(d), module)) => self.construct(d, module, &[], span, scope),
            _ => {
                let locals: Vec<&str> =
                    scope.locals.keys().map(String::as_str).chain(words.iter().copied()).collect();
                self.fail(self.world.unknown(scope.module, path, span, &locals))
            }
        }
    }

    fn call(&self, callee: &Name, arguments: &[Argument], span: Span, scope: &Scope) -> Value {
        match callee.text.as_str() {
            "abs" | "mean" => return self.function(callee, arguments, span, scope),
            "log" => return self.log(arguments, span, scope),
            _ => {}
        }
        let local = scope.functions.get(&callee.text).cloned();
        let found = local.map(|l| (Definition::Let(l), None)).or_else(|| {
            self.world.find(scope.module, &callee.text).map(|(d, module)| (d.clone(), Some(module)))
        });
        match found {
            Some((Definition::Declaration(d), module)) => {
                Value { span, ..self.construct(&d, module.unwrap_or(scope.module), arguments, span, scope) }
            }
            Some((Definition::Let(l), module)) => {
                let mut inner = module.map_or_else(|| scope.clone(), Scope::of);
                let bound = self.bind(
                    &l.name.text,
                    &l.params,
                    arguments,
                    span,
                    scope,
                    module.unwrap_or(scope.module),
                );
                inner.locals.extend(bound.values);
                Value { span, ..self.eval(&l.value, &inner, &[]) }
            }
            None => {
                let locals: Vec<&str> = scope.functions.keys().map(String::as_str).collect();
                self.fail(self.world.unknown(scope.module, &callee.text, callee.span, &locals))
            }
        }
    }

    /// `log(a, b, points: n)`: n numbers from a to b, evenly spaced in the logarithm.
    fn log(&self, arguments: &[Argument], span: Span, scope: &Scope) -> Value {
        let numbers: Vec<f64> =
            arguments.iter().filter_map(|a| self.eval(&a.value, scope, &[]).number()).collect();
        match numbers.as_slice() {
            [a, b, n] if *a > 0.0 && *b > 0.0 && *n >= 2.0 && *n <= MAX_POSITIONS => {
                let at = |i: f64| (a.ln() + (b.ln() - a.ln()) * i / (n - 1.0)).exp();
                // Twelve digits: the ends come out as they were written.
                let tidy = |v: f64| format!("{v:.12e}").parse().unwrap_or(v);
                let items = (0..*n as usize)
                    .map(|i| Value { data: Data::Number(tidy(at(i as f64)), Unit::Plain), span });
                Value { data: Data::List(items.collect()), span }
            }
            _ => self.fail(
                Diagnostic::error(
                    Code::WrongType,
                    span,
                    "`log` takes two positive numbers and how many points",
                )
                .help("such as `log(1e-4, 1e-1, points: 4)`"),
            ),
        }
    }

    /// Functions of metrics.
    fn function(&self, callee: &Name, arguments: &[Argument], span: Span, scope: &Scope) -> Value {
        let mut formulas = Vec::new();
        for argument in arguments {
            let mut scopes = vec![scope.clone()];
            if let Some((name, list)) = &argument.each {
                let Data::List(items) = self.eval(list, scope, &[]).data else {
                    return self.fail(Diagnostic::error(
                        Code::WrongType,
                        list.span,
                        "`for … in` takes a list",
                    ));
                };
                scopes = items
                    .into_iter()
                    .map(|item| {
                        let mut inner = scope.clone();
                        inner.locals.insert(name.text.clone(), item);
                        inner
                    })
                    .collect();
            }
            for inner in &scopes {
                let value = self.eval(&argument.value, inner, &[]);
                match self.formula(&value) {
                    Some(formula) => formulas.push(formula),
                    None => return Value::broken(span),
                }
            }
        }
        let formula = match (callee.text.as_str(), formulas.len()) {
            ("abs", 1) => Formula::Abs(Box::new(formulas.remove(0))),
            ("mean", 1..) => Formula::Mean(formulas),
            (name, n) => {
                let message = format!("`{name}` cannot take {n} arguments");
                return self.fail(Diagnostic::error(Code::WrongType, span, message));
            }
        };
        Value { data: Data::Formula(formula), span }
    }

    /// A value as a metric's formula; reports where it is none.
    pub(crate) fn formula(&self, value: &Value) -> Option<Formula> {
        match &value.data {
            Data::Number(v, _) => Some(Formula::Number(*v)),
            Data::Formula(formula) => Some(formula.clone()),
            Data::Component(c) if c.kind == Kind::Metric => match &c.declaration.body {
                Body::Value(body) => {
                    let mut scope = Scope::of(c.module);
                    scope.locals.extend(c.args.clone());
                    let value = self.eval(body, &scope, &[]);
                    self.formula(&value)
                }
                _ => crate::metric::kernel(c).map(|m| Formula::Measured(m, None)),
            },
            Data::Broken => None,
            _ => {
                let message = format!("a metric is needed here, this is {}", value.what());
                self.report(Diagnostic::error(Code::WrongType, value.span, message));
                None
            }
        }
    }

    fn arithmetic(&self, operator: Operator, left: Value, right: Value, span: Span) -> Data {
        use Operator::{Add, Divide, Multiply, Subtract};
        if left.is_broken() || right.is_broken() {
            return Data::Broken;
        }
        let is_metric = |v: &Value| {
            matches!(&v.data, Data::Formula(_)) || v.component().is_some_and(|c| c.kind == Kind::Metric)
        };
        let is_loss = |v: &Value| {
            matches!(&v.data, Data::Loss(_)) || v.component().is_some_and(|c| c.kind == Kind::Loss)
        };
        if is_metric(&left) || is_metric(&right) {
            let (Some(a), Some(b)) = (self.formula(&left), self.formula(&right)) else { return Data::Broken };
            let (a, b) = (Box::new(a), Box::new(b));
            return match operator {
                Add => Data::Formula(Formula::Add(a, b)),
                Subtract => Data::Formula(Formula::Subtract(a, b)),
                Multiply => Data::Formula(Formula::Multiply(a, b)),
                Divide => Data::Formula(Formula::Divide(a, b)),
                _ => self.cannot(&left, &right, span),
            };
        }
        if is_loss(&left) || is_loss(&right) {
            return crate::method::combine(operator, &left, &right)
                .map_or_else(|| self.cannot(&left, &right, span), Data::Loss);
        }
        match (operator, &left.data, &right.data) {
            (Add, Data::Sets(a), Data::Sets(b)) => Data::Sets(a.iter().chain(b).copied().collect()),
            (Add, Data::Number(a, u), Data::Number(b, v)) if u == v => Data::Number(a + b, *u),
            (Subtract, Data::Number(a, u), Data::Number(b, v)) if u == v => Data::Number(a - b, *u),
            (Multiply, Data::Number(a, Unit::Plain), Data::Number(b, u))
            | (Multiply, Data::Number(a, u), Data::Number(b, Unit::Plain)) => Data::Number(a * b, *u),
            (Divide, Data::Number(a, u), Data::Number(b, Unit::Plain)) if *b != 0.0 => {
                Data::Number(a / b, *u)
            }
            _ => self.cannot(&left, &right, span),
        }
    }

    fn cannot(&self, left: &Value, right: &Value, span: Span) -> Data {
        let message = format!("{} and {} cannot be combined like this", left.what(), right.what());
        self.fail(Diagnostic::error(Code::WrongType, span, message)).data
    }

    /// Evaluates an argument; axes within it are named by its path.
    pub(crate) fn argument(&self, name: &str, value: &Expr, scope: &Scope, words: &[&str]) -> Value {
        self.choices.borrow_mut().path.push(name.to_owned());
        let value = self.eval(value, scope, words);
        self.choices.borrow_mut().path.pop();
        value
    }
}

/// A position that was taken: axis, short label, label with arguments.
type Taken = (String, String, String);

/// Labels: short where an axis can do with it, with arguments where two would read the same.
fn settle_labels(found: Vec<(Vec<Taken>, Value)>) -> Vec<Alternative<Value>> {
    let mut full_of: IndexMap<(String, String), Vec<String>> = IndexMap::new();
    for (axis, label, full) in found.iter().flat_map(|(coords, _)| coords) {
        let fulls = full_of.entry((axis.clone(), label.clone())).or_default();
        if !fulls.contains(full) {
            fulls.push(full.clone());
        }
    }
    let settle = |(axis, label, full): Taken| {
        let several = full_of.get(&(axis.clone(), label.clone())).is_some_and(|f| f.len() > 1);
        Coord { axis, label: if several { full } else { label } }
    };
    found
        .into_iter()
        .map(|(coords, value)| Alternative {
            coords: coords.into_iter().map(settle).collect(),
            span: value.span,
            value,
        })
        .collect()
}
