//! Total evaluation of values: no construct can loop, recurse without end, or grow without bound.

mod arithmetic;
mod axes;
mod call;
mod choices;
mod formula;
mod function;
mod tensor;
mod words;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use indexmap::IndexMap;
use mu_diag::{Code, Diagnostic, Sink, Span};
use mu_syntax::Number;
use mu_syntax::ast::{Expr, Let, Name, Node, Operator, TextPart, Type};

pub(crate) use axes::Found;
pub(crate) use function::NAMES as FUNCTIONS;
pub(crate) use tensor::Place;
pub(crate) use words::{
    OPERANDS as TENSOR_OPERANDS, is_function as is_tensor_function, words as tensor_words,
};

use choices::Choices;

use crate::definition::Definition;
use crate::program::{Formula, may_be_axis};
use crate::types;
use crate::unit::{UNITS, Unit};
use crate::value::{Component, Data, Value};
use crate::wanted::Wanted;
use crate::world::{Files, World};

/// Definitions may refer to each other this deep; a longer way is a circle.
const MAX_DEPTH: usize = 256;
/// A program's values may have this many parts in all.
const MAX_WORK: usize = 3_000_000;
/// Records may be nested this deep.
const MAX_MEMBERS: usize = 16;
/// An axis, and a range, has at most this many positions.
const MAX_POSITIONS: usize = 1_000_000;

/// Names that an expression sees besides those of its file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) module: usize,
    pub(crate) locals: IndexMap<String, Value>,
    pub(crate) functions: IndexMap<String, Rc<Let>>,
    /// Whether it is the text of an expression: functions of tensors come before other names.
    pub(crate) tensor: bool,
}

impl Scope {
    pub(crate) fn of(module: usize) -> Self {
        Self { module, ..Self::default() }
    }

    /// That of a metric: parts of the data and the model without the forget set have names.
    pub(crate) fn of_metrics(module: usize, span: Span) -> Self {
        let mut scope = Self::of_tensors(module, span);
        for (_, word) in mu_step::On::ALL {
            scope.locals.insert((*word).to_owned(), Value { data: Data::Word((*word).to_owned()), span });
        }
        let retrained = Data::Network(mu_step::expression::Net::Reference);
        scope.locals.insert("retrained".to_owned(), Value { data: retrained, span });
        scope
    }

    /// The same, where expressions may stand as well; own names come before theirs.
    pub(crate) fn with_tensors(mut self, span: Span) -> Self {
        let own = std::mem::replace(&mut self.locals, tensor_words(span));
        self.locals.extend(own);
        self.tensor = true;
        self
    }

    /// That of an expression.
    pub(crate) fn of_tensors(module: usize, span: Span) -> Self {
        Self { module, locals: tensor_words(span), tensor: true, ..Self::default() }
    }
}

pub(crate) struct Evaluator<'w> {
    pub(crate) world: &'w World,
    pub(crate) sink: &'w RefCell<Sink>,
    pub(crate) files: &'w dyn Files,
    choices: RefCell<Choices>,
    depth: Cell<usize>,
    work: Cell<usize>,
    /// Whether a text at this place may name axes.
    pub(crate) axes_in_text: Cell<bool>,
    /// How many draws and variables were written.
    drawn: Cell<usize>,
    /// What the place takes that is being evaluated.
    wanted: Cell<Wanted>,
    /// Values of `let`s without parameters, by module and name; `None` while one is being evaluated.
    known: RefCell<HashMap<(usize, String), Option<Value>>>,
    /// A recipe for methods that are looked at outside an experiment.
    pub(crate) any_recipe: RefCell<Option<Rc<Component>>>,
    /// Formulas of metrics without arguments, by module and name.
    formulas: RefCell<HashMap<(usize, String), Formula>>,
}

impl<'w> Evaluator<'w> {
    pub(crate) fn new(world: &'w World, sink: &'w RefCell<Sink>, files: &'w dyn Files) -> Self {
        Self {
            world,
            sink,
            files,
            choices: RefCell::default(),
            depth: Cell::new(0),
            work: Cell::new(0),
            axes_in_text: Cell::new(false),
            drawn: Cell::new(0),
            wanted: Cell::default(),
            known: RefCell::default(),
            any_recipe: RefCell::default(),
            formulas: RefCell::default(),
        }
    }

    pub(crate) fn report(&self, diagnostic: Diagnostic) {
        self.sink.borrow_mut().push(diagnostic);
    }

    pub(crate) fn fail(&self, diagnostic: Diagnostic) -> Value {
        let span = diagnostic.span.unwrap_or(Span { file: mu_diag::FileId(0), start: 0, end: 0 });
        self.report(diagnostic);
        Value::broken(span)
    }

    /// Counts work; false once there was too much of it.
    fn charge(&self, parts: usize, span: Span) -> bool {
        let work = self.work.get().saturating_add(parts);
        if work <= MAX_WORK {
            self.work.set(work);
            return true;
        }
        if self.work.get() <= MAX_WORK {
            self.work.set(MAX_WORK + 1);
            self.report(
                Diagnostic::error(Code::TooDeep, span, "the values of this file have too many parts")
                    .label(format!("here there are more than {MAX_WORK} in all"))
                    .help("a definition that uses another twice doubles it each time"),
            );
        }
        false
    }

    pub(crate) fn eval(&self, expr: &Expr, scope: &Scope, words: &[&str]) -> Value {
        let data =
            self.deeper(expr.span, || self.charge(1, expr.span).then(|| self.node(expr, scope, words)));
        Value { data: data.unwrap_or(Data::Broken), span: expr.span }
    }

    /// A value for a place of a type.
    pub(crate) fn eval_as(&self, expr: &Expr, scope: &Scope, ty: &Type) -> Value {
        self.wanting(Wanted::of(ty), || self.eval(expr, scope, &types::words(ty)))
    }

    /// Evaluates at a place that takes `wanted`.
    pub(crate) fn wanting<T>(&self, wanted: Wanted, f: impl FnOnce() -> T) -> T {
        let before = self.wanted.replace(wanted);
        let found = f();
        self.wanted.set(before);
        found
    }

    /// Something that a definition needs: one step further from where it began.
    fn deeper<T>(&self, span: Span, f: impl FnOnce() -> Option<T>) -> Option<T> {
        if self.depth.get() > MAX_DEPTH {
            self.report(circle(span));
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let found = f();
        self.depth.set(self.depth.get() - 1);
        found
    }

    fn node(&self, expr: &Expr, scope: &Scope, words: &[&str]) -> Data {
        let span = expr.span;
        match &expr.node {
            Node::Number(v, unit) => self.number(*v, unit.as_ref()),
            Node::Broken => Data::Broken,
            Node::Text(text) => Data::Text(text.clone()),
            Node::Format(parts) => self.format(parts, scope),
            Node::Bool(b) => Data::Bool(*b),
            Node::List(items) => Data::List(items.iter().map(|i| self.eval(i, scope, words)).collect()),
            Node::Record(entries) => self.record(entries, scope),
            Node::Path(path) => self.path(path, span, scope, words).data,
            Node::Call(callee, arguments) => self.call(callee, arguments, span, scope).data,
            Node::Not(inner) => match self.eval(inner, scope, words) {
                Value { data: Data::Bool(b), .. } => Data::Bool(!b),
                value if value.is_broken() => Data::Broken,
                value => {
                    let message = format!("`not` takes true or false, this is {}", value.what());
                    self.fail(Diagnostic::error(Code::WrongType, value.span, message)).data
                }
            },
            Node::Negate(inner) => {
                let zero = Value { data: Data::Number(Number::Whole(0), Unit::Plain), span };
                let inner = self.eval(inner, scope, words);
                match inner.data {
                    Data::Number(v, unit) => {
                        Number::Whole(0).minus(v).map_or(Data::Broken, |v| Data::Number(v, unit))
                    }
                    _ => self.arithmetic(Operator::Subtract, &zero, &inner, span),
                }
            }
            Node::Binary(Operator::Range, from, to) => self.range(from, to, scope, span),
            Node::Binary(operator, left, right) => {
                let (left, right) = (self.eval(left, scope, words), self.eval(right, scope, words));
                self.arithmetic(*operator, &left, &right, span)
            }
            Node::At(inner, axis, label) => self.taken_at(inner, axis, label, scope),
            Node::Pick(of, class) => self.pick(of, class, span, scope),
            Node::Member(of, name, arguments) => {
                let whole = self.eval(of, scope, &[]);
                match (&whole.data, Self::network(&whole)) {
                    (Data::Broken, _) => Data::Broken,
                    (_, Some(net)) => {
                        let arguments = arguments.as_deref().unwrap_or_default();
                        self.quantity_of(&net, name, arguments, span, scope).data
                    }
                    (_, None) if arguments.is_none() => self.member(&whole, &name.text, span).data,
                    (_, None) => {
                        let message = format!("{} has nothing that is called", whole.what());
                        self.fail(Diagnostic::error(Code::WrongType, name.span, message)).data
                    }
                }
            }
            Node::Where(value, bindings) => {
                let mut inner = scope.clone();
                for (name, bound) in bindings {
                    let bound = self.eval(bound, &inner, &[]);
                    inner.locals.insert(name.text.clone(), bound);
                }
                self.eval(value, &inner, words).data
            }
            Node::Each(inner) => match &inner.node {
                Node::List(items) => self.each(span, items.len(), &|i| (None, &items[i]), scope, words).data,
                _ => self.each_of_value(inner, scope),
            },
            Node::EachNamed(entries) => {
                let entry = |i: usize| (Some(&entries[i].0), &entries[i].1);
                self.each(span, entries.len(), &entry, scope, words).data
            }
            Node::Chain(links) => Data::Chain(
                links
                    .iter()
                    .map(|l| (l.label.as_ref().map(|n| n.text.clone()), self.eval(&l.layer, scope, words)))
                    .collect(),
            ),
        }
    }

    fn number(&self, v: Number, unit: Option<&Name>) -> Data {
        let Some(word) = unit else { return Data::Number(v, Unit::Plain) };
        if let Some(unit) = Unit::of(&word.text) {
            return Data::Number(v, unit);
        }
        let diagnostic =
            Diagnostic::error(Code::WrongUnit, word.span, format!("there is no unit `{}`", word.text))
                .label(format!("units are %, {}", UNITS.join(", ")))
                .meant(word.span, &word.text, UNITS.iter().copied());
        self.fail(diagnostic).data
    }

    fn format(&self, parts: &[TextPart], scope: &Scope) -> Data {
        let mut text = String::new();
        for part in parts {
            match part {
                TextPart::Text(t) => text.push_str(t),
                // What it stands for, each point says.
                TextPart::Value(name) if self.axes_in_text.get() && self.is_axis(&name.text, scope) => {
                    text.push_str(&format!("{{{}}}", name.text));
                }
                TextPart::Value(name) => {
                    let value =
                        self.wanting(Wanted::Kinds(0), || self.path(&name.text, name.span, scope, &[]));
                    if value.is_broken() {
                        return Data::Broken;
                    }
                    match &value.data {
                        // Of a text every character counts, those too that are not shown.
                        Data::Text(inner) => text.push_str(inner),
                        _ => text.push_str(&value.to_string()),
                    }
                }
            }
        }
        Data::Text(text)
    }

    /// Whether a name in a path is that of an axis: what a method knows by such a name is no text.
    fn is_axis(&self, name: &str, scope: &Scope) -> bool {
        let own =
            scope.locals.get(name).is_some_and(|v| !matches!(v.data, Data::Sets(_) | Data::Component(_)));
        may_be_axis(name) && !own
    }

    fn record(&self, entries: &[(Name, Expr)], scope: &Scope) -> Data {
        let mut members = IndexMap::new();
        for (name, expr) in entries {
            let value = self.argument(&name.text, expr, scope, &[]);
            if members.insert(name.text.clone(), value).is_some() {
                self.report(
                    Diagnostic::error(Code::Duplicate, name.span, format!("`{}` is set twice", name.text))
                        .help("remove one of them"),
                );
            }
        }
        Data::Record(Rc::new(members))
    }

    fn path(&self, path: &str, span: Span, scope: &Scope, words: &[&str]) -> Value {
        if words.contains(&path) {
            return Value { data: Data::Word(path.to_owned()), span };
        }
        if let Some(value) = scope.locals.get(path) {
            return self.copy(value, span);
        }
        match self.world.find(scope.module, path) {
            Some((Definition::Let(l), module)) if l.params.is_empty() => {
                return self.plain_let(l, module, span);
            }
            Some((Definition::Declaration(d), module)) => return self.construct(d, module, &[], span, scope),
            _ => {}
        }
        if path.matches('.').count() > MAX_MEMBERS {
            let message = format!("a name has at most {MAX_MEMBERS} dots");
            return self.fail(Diagnostic::error(Code::TooDeep, span, message));
        }
        // A member of a record, or a parameter of a component.
        if let Some((whole, member)) = path.rsplit_once('.')
            && self.knows(whole, scope)
        {
            let whole = self.path(whole, span, scope, &[]);
            if let Some(net) = Self::network(&whole).filter(|_| scope.tensor) {
                let start = span.end.saturating_sub(member.len() as u32);
                let word = Name { text: member.to_owned(), span: Span { start, ..span } };
                return self.quantity_of(&net, &word, &[], span, scope);
            }
            return self.member(&whole, member, span);
        }
        if self.world.is_lost(scope.module, path) {
            return Value::broken(span);
        }
        let locals: Vec<&str> =
            scope.locals.keys().map(String::as_str).chain(words.iter().copied()).collect();
        self.fail(self.world.unknown(scope.module, path, span, &locals, self.wanted.get()))
    }

    fn knows(&self, path: &str, scope: &Scope) -> bool {
        scope.locals.contains_key(path)
            || self.world.find(scope.module, path).is_some()
            || path.rsplit_once('.').is_some_and(|(whole, _)| self.knows(whole, scope))
    }

    fn member(&self, whole: &Value, member: &str, span: Span) -> Value {
        let (found, names): (Option<&Value>, Vec<&str>) = match &whole.data {
            Data::Record(members) => (members.get(member), members.keys().map(String::as_str).collect()),
            Data::Component(c) => (c.args.get(member), c.args.keys().map(String::as_str).collect()),
            Data::Broken => return Value::broken(span),
            _ => (None, Vec::new()),
        };
        if let Some(value) = found {
            return self.copy(value, span);
        }
        let place = Span { start: span.end.saturating_sub(member.len() as u32), ..span };
        let has = if names.is_empty() {
            "it has no parts".to_owned()
        } else {
            format!("it has {}", names.join(", "))
        };
        self.fail(
            Diagnostic::error(Code::UnknownField, place, format!("{} has no part `{member}`", whole.what()))
                .label(has)
                .meant(place, member, names),
        )
    }

    /// A value again, at another place; its size counts as work.
    fn copy(&self, value: &Value, span: Span) -> Value {
        let left = MAX_WORK.saturating_sub(self.work.get());
        if self.charge(value.size(left + 1), span) {
            Value {
                data: value.data.clone(),
                span: if value.component().is_some() { value.span } else { span },
            }
        } else {
            Value::broken(span)
        }
    }

    fn plain_let(&self, l: &Rc<Let>, module: usize, span: Span) -> Value {
        let key = (module, l.name.text.clone());
        let known = self.known.borrow().get(&key).cloned();
        match known {
            Some(Some(value)) => return self.copy(&value, span),
            Some(None) => return self.fail(circle(span)),
            None => {}
        }
        self.known.borrow_mut().insert(key.clone(), None);
        // A `let` stands for one value: an axis in it would have no name.
        let allowed = self.choices.borrow_mut().suspend();
        let in_path = self.axes_in_text.replace(false);
        let value = self.wanting(Wanted::Anything, || self.eval(&l.value, &Scope::of(module), &[]));
        self.axes_in_text.set(in_path);
        self.choices.borrow_mut().resume(allowed);
        self.known.borrow_mut().insert(key, Some(value.clone()));
        Value { span: if value.component().is_some() { value.span } else { span }, ..value }
    }

    /// Evaluates an argument; axes within it are named by its path.
    pub(crate) fn argument(&self, name: &str, value: &Expr, scope: &Scope, words: &[&str]) -> Value {
        self.choices.borrow_mut().path.push(name.to_owned());
        let value = self.eval(value, scope, words);
        self.choices.borrow_mut().path.pop();
        value
    }
}

fn circle(span: Span) -> Diagnostic {
    Diagnostic::error(Code::Cycle, span, "this definition leads back to itself")
        .help("a value may use only what is defined without it")
}
