//! Calls: parameters and arguments.

use std::rc::Rc;

use indexmap::IndexMap;
use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Portion, Set};
use mu_syntax::ast::{Argument, Body, Declaration, Kind, Param};

use crate::eval::{Evaluator, Scope};
use crate::types;
use crate::value::{Component, Data, Value};
use crate::wanted::Wanted;
use crate::ways;

impl Evaluator<'_> {
    /// A declaration with arguments: defaults filled in, every type checked.
    pub(crate) fn construct(
        &self,
        declaration: &Rc<Declaration>,
        module: usize,
        arguments: &[Argument],
        span: Span,
        scope: &Scope,
    ) -> Value {
        let name = &declaration.name.text;
        let called = (name.as_str(), Some(declaration.kind));
        let bound = self.bind(called, &declaration.params, arguments, span, scope, module);
        if bound.broken {
            return Value::broken(span);
        }
        if declaration.kind == Kind::Layer && !matches!(declaration.body, Body::Builtin | Body::Value(_)) {
            return self.fail(self.no_kernel(declaration));
        }
        if let (Body::Value(body), true) =
            (&declaration.body, !matches!(declaration.kind, Kind::Metric | Kind::Score))
        {
            let of_tensors = matches!(declaration.kind, Kind::Loss | Kind::Labels);
            let mut inner = if of_tensors { Scope::of_tensors(module, body.span) } else { Scope::of(module) };
            inner.locals.extend(bound.values);
            let value = self.wanting(Wanted::kind(declaration.kind), || self.eval(body, &inner, &[]));
            return match value.data {
                Data::Component(c) if c.kind == declaration.kind => {
                    let component = Component {
                        label: name.clone(),
                        written: bound.written,
                        given: c.given.clone(),
                        ..(*c).clone()
                    };
                    Value { data: Data::Component(Rc::new(component)), span }
                }
                Data::Loss(_) if declaration.kind == Kind::Loss => Value { span, ..value },
                Data::Tensor(_) if declaration.kind == Kind::Labels => Value { span, ..value },
                Data::Chain(_) if declaration.kind == Kind::Layer => Value { span, ..value },
                Data::Parameters(_) if declaration.kind == Kind::Parameters => Value { span, ..value },
                Data::Broken => Value::broken(span),
                Data::Number(..)
                | Data::Text(_)
                | Data::Bool(_)
                | Data::Word(_)
                | Data::List(_)
                | Data::Record(_)
                | Data::Component(_)
                | Data::Sets(_)
                | Data::HeldOut(_)
                | Data::Loss(_)
                | Data::Tensor(_)
                | Data::Early(..)
                | Data::Network(_)
                | Data::Aside(_)
                | Data::Parameters(_)
                | Data::Formula(_)
                | Data::Chain(_) => {
                    let kind = declaration.kind.word();
                    let message =
                        format!("`{name}` is declared as a {kind}, but its value is {}", value.what());
                    self.fail(Diagnostic::error(Code::WrongType, body.span, message))
                }
            };
        }
        let component = Component {
            kind: declaration.kind,
            name: name.clone(),
            label: name.clone(),
            args: bound.values,
            written: bound.written,
            given: bound.given,
            declaration: declaration.clone(),
            module,
            stages: Vec::new(),
        };
        Value { data: Data::Component(Rc::new(component)), span }
    }

    /// Arguments of what is called by a name, and is of a kind where that is known.
    pub(crate) fn bind(
        &self,
        (what, kind): (&str, Option<Kind>),
        params: &[Param],
        arguments: &[Argument],
        span: Span,
        scope: &Scope,
        module: usize,
    ) -> Bound {
        let mut given: IndexMap<&str, &Argument> = IndexMap::new();
        let mut more: IndexMap<&str, &Argument> = IndexMap::new();
        let mut broken = false;
        for (at, argument) in arguments.iter().enumerate() {
            let param = match &argument.label {
                Some(label) => params.iter().find(|p| p.name.text == label.text && !is_open(p)),
                None => params.get(at).filter(|p| !is_open(p)),
            };
            // A name of the caller's own, where those are taken.
            if let (None, Some(label), true) = (param, &argument.label, params.iter().any(is_open)) {
                if more.insert(&label.text, argument).is_some() {
                    let message = format!("`{}` is given twice", label.text);
                    let at = label.span;
                    self.report(Diagnostic::error(Code::Duplicate, at, message).help("remove one of them"));
                    broken = true;
                }
                continue;
            }
            let place = argument.label.as_ref().map_or(argument.value.span, |l| l.span);
            let problem = match param {
                None => {
                    let names: Vec<&str> = params.iter().map(|p| p.name.text.as_str()).collect();
                    let has = if names.is_empty() {
                        "nothing".to_owned()
                    } else {
                        format!("`{}`", names.join("`, `"))
                    };
                    let word = argument
                        .label
                        .as_ref()
                        .map_or("one more argument".to_owned(), |l| format!("`{}`", l.text));
                    Some(
                        Diagnostic::error(
                            Code::UnknownField,
                            place,
                            format!("`{what}` does not take {word}"),
                        )
                        .label(format!("it takes {has}"))
                        .meant(
                            place,
                            argument.label.as_ref().map_or("", |l| l.text.as_str()),
                            names.iter().copied(),
                        )
                        .maybe_help(
                            argument.label.as_ref().and_then(|l| ways::of_argument(kind, what, &l.text)),
                        ),
                    )
                }
                Some(param) => given.insert(&param.name.text, argument).map(|_| {
                    Diagnostic::error(Code::Duplicate, place, format!("`{}` is given twice", param.name.text))
                        .help("remove one of them")
                }),
            };
            if let Some(problem) = problem {
                self.report(problem);
                broken = true;
            }
            // One more argument is said once, however many follow.
            if param.is_none() && argument.label.is_none() {
                break;
            }
        }
        // A loss outside a method is of the samples that are trained on.
        let with_retain = |scope: &Scope| {
            let mut scope = scope.clone();
            let sets = Data::Sets(vec![Portion { set: Set::Retain, share: 1.0 }]);
            scope.locals.entry("retain".to_owned()).or_insert(Value { data: sets, span });
            scope
        };
        let mut inner = Scope::of(module);
        for param in params.iter().filter(|p| !is_open(p)) {
            let name = &param.name.text;
            let words = param.ty.as_ref().map(types::words).unwrap_or_default();
            let wanted = param.ty.as_ref().map_or(Wanted::Anything, Wanted::of);
            let of_points = param.ty.as_ref().is_some_and(|ty| types::names(ty) == ["path_of_point"]);
            let before = self.axes_in_text.replace(of_points);
            let mut value = self.wanting(wanted, || match (given.get(name.as_str()), &param.default) {
                (Some(argument), _) if wanted == Wanted::kind(Kind::Loss) => {
                    self.argument(name, &argument.value, &with_retain(scope), &words)
                }
                (Some(argument), _) => self.argument(name, &argument.value, scope, &words),
                (None, Some(default)) => self.eval(default, &inner, &words),
                (None, None) => {
                    let wants =
                        param.ty.as_ref().map(|t| format!(": {}", types::describe(t))).unwrap_or_default();
                    self.fail(
                        Diagnostic::error(Code::MissingField, span, format!("`{what}` needs `{name}`"))
                            .label(format!("`{name}` is missing{wants}"))
                            .help(format!("write `{what}({name}: …)`")),
                    )
                }
            });
            self.axes_in_text.set(before);
            if let Some(Err(problem)) = param.ty.as_ref().map(|ty| types::check(&value, ty, name)) {
                self.report(*problem);
                value = Value::broken(value.span);
            }
            if let (Some(usual), Some(v), true) =
                (param.usual, value.number(), given.contains_key(name.as_str()))
                && !(usual.low..=usual.high).contains(&v)
            {
                let message = format!("`{name}` of `{what}` is outside the published range: {value}");
                self.report(
                    Diagnostic::warning(Code::Unusual, value.span, message)
                        .label(format!("published values lie in {}..{}", usual.low, usual.high))
                        .related(param.name.span, "the range is stated here"),
                );
            }
            broken |= value.is_broken();
            inner.locals.insert(name.clone(), value);
        }
        for (name, argument) in &more {
            let value = self.wanting(Wanted::Kinds(0), || self.argument(name, &argument.value, scope, &[]));
            broken |= value.is_broken();
            inner.locals.insert((*name).to_owned(), value);
        }
        let is_given = |n: &str| given.contains_key(n) || more.contains_key(n);
        let of_given = || inner.locals.iter().filter(|(n, _)| is_given(n));
        let written = of_given().map(|(n, v)| format!("{n}: {}", in_full(v))).collect();
        let given = of_given().map(|(n, _)| n.clone()).collect();
        Bound { values: inner.locals, written, given, broken }
    }
}

/// A value as it is written; a selection with its arguments, which alone tell two of one name apart.
fn in_full(value: &Value) -> String {
    let selection = value.component().filter(|c| c.kind == Kind::Selection);
    selection.map_or_else(|| value.to_string(), |c| c.full_label())
}

/// Whether a parameter stands for every argument that has another name.
fn is_open(param: &Param) -> bool {
    param.ty.as_ref().is_some_and(|ty| types::names(ty) == ["arguments"])
}

/// Parameters with their values.
pub(crate) struct Bound {
    pub(crate) values: IndexMap<String, Value>,
    written: Vec<String>,
    given: Vec<String>,
    broken: bool,
}
