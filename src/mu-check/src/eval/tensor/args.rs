//! Operands of functions, by place or by name.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::expression::Axis;
use mu_syntax::ast::{Argument, Expr, Node as Tree};

use crate::eval::{Evaluator, Scope};
use crate::value::{Data, Tensor, Value};

/// The operands of one call.
pub(super) struct Args<'a> {
    pub(super) evaluator: &'a Evaluator<'a>,
    pub(super) name: &'a str,
    pub(super) scope: &'a Scope,
    pub(super) span: Span,
    arguments: &'a [Argument],
}

impl<'a> Args<'a> {
    pub(super) fn new(
        evaluator: &'a Evaluator<'a>,
        name: &'a str,
        arguments: &'a [Argument],
        span: Span,
        scope: &'a Scope,
    ) -> Self {
        Self { evaluator, name, scope, span, arguments }
    }

    /// Those without a name.
    pub(super) fn plain(&self) -> impl Iterator<Item = &'a Argument> {
        self.arguments.iter().filter(|a| a.label.is_none())
    }

    /// The one of a name, as it is written.
    pub(super) fn named(&self, name: &str) -> Option<&'a Expr> {
        let found = self.arguments.iter().find(|a| a.label.as_ref().is_some_and(|l| l.text == name));
        found.map(|a| &a.value)
    }

    /// The names of those that have one.
    pub(super) fn names(&self) -> Vec<&'a str> {
        self.arguments.iter().filter_map(|a| a.label.as_ref()).map(|l| l.text.as_str()).collect()
    }

    /// Reports operands that the function does not take; whether there were none.
    pub(super) fn takes(&self, places: std::ops::RangeInclusive<usize>, names: &[&str]) -> bool {
        let form = mu_step::expression::FUNCTIONS.iter().find(|f| f.name == self.name).map(|f| f.form);
        let form = form.map_or(String::new(), |f| {
            format!("write `{}`", f.replace(", or ", "` or `").replace("; ", "` or `"))
        });
        let count = self.plain().count();
        if !places.contains(&count) {
            let message = format!("`{}` cannot take {count} values", self.name);
            self.evaluator.report(Diagnostic::error(Code::WrongType, self.span, message).help(form));
            return false;
        }
        for label in self.arguments.iter().filter_map(|a| a.label.as_ref()) {
            if !names.contains(&label.text.as_str()) {
                let message = format!("`{}` does not take `{}`", self.name, label.text);
                let diagnostic = Diagnostic::error(Code::UnknownField, label.span, message);
                self.evaluator
                    .report(diagnostic.meant(label.span, &label.text, names.iter().copied()).help(form));
                return false;
            }
        }
        true
    }

    /// The value of an expression here.
    pub(super) fn value(&self, expr: &Expr) -> Value {
        self.evaluator.eval(expr, self.scope, &[])
    }

    /// The operand at a place, as a tensor.
    pub(super) fn tensor(&self, at: usize) -> Option<Tensor> {
        let argument = self.plain().nth(at)?;
        self.evaluator.tensor(&self.value(&argument.value))
    }

    /// The operand of a name, as a tensor; none where it is not given.
    pub(super) fn tensor_named(&self, name: &str) -> Option<Option<Tensor>> {
        match self.named(name) {
            Some(expr) => self.evaluator.tensor(&self.value(expr)).map(Some),
            None => Some(None),
        }
    }

    /// A word among these.
    pub(super) fn word(&self, expr: &Expr, words: &[&str]) -> Option<String> {
        let value = self.evaluator.eval(expr, self.scope, words);
        match value.data {
            Data::Word(word) if words.contains(&word.as_str()) => return Some(word),
            Data::Broken => {}
            _ => {
                let message = format!(
                    "`{}` takes `{}` here, this is {}",
                    self.name,
                    words.join("` or `"),
                    value.what()
                );
                self.evaluator.report(Diagnostic::error(Code::WrongType, expr.span, message));
            }
        }
        None
    }

    /// A whole number.
    pub(super) fn whole(&self, name: &str, most: i128) -> Option<Option<usize>> {
        let Some(expr) = self.named(name) else { return Some(None) };
        let value = self.value(expr);
        match value.whole().filter(|v| (1..=most).contains(v)) {
            Some(v) => Some(usize::try_from(v).ok()),
            None => {
                if !value.is_broken() {
                    let message = format!("`{name}` is a whole number from 1 to {most}");
                    let label = format!("this is {}", value.what());
                    self.evaluator
                        .report(Diagnostic::error(Code::OutOfRange, expr.span, message).label(label));
                }
                None
            }
        }
    }

    /// The axis that `over:` names; none where it does not say.
    pub(super) fn axis(&self, of: &Tensor) -> Option<Option<Axis>> {
        let Some(expr) = self.named("over") else { return Some(None) };
        let name = match &expr.node {
            Tree::Path(path) => path.as_str(),
            _ => "",
        };
        let word = |axis: &Axis| match axis {
            Axis::Feature(_) => "feature".to_owned(),
            axis => axis.to_string(),
        };
        let found = of.ty.axes.iter().find(|axis| word(axis) == name).cloned();
        if found.is_none() {
            let names: Vec<String> = of.ty.axes.iter().map(word).collect();
            let message = match names.is_empty() {
                true => format!("`{}` goes over an axis, and this is {}", self.name, of.ty),
                false => format!("{} has no axis `{name}`", of.ty),
            };
            let diagnostic = Diagnostic::error(Code::Axes, expr.span, message);
            self.evaluator.report(diagnostic.meant(expr.span, name, names.iter().map(String::as_str)));
            return None;
        }
        Some(found)
    }

    /// The axis of `over:`, or the only one.
    pub(super) fn one_axis(&self, of: &Tensor) -> Option<Axis> {
        if let Some(axis) = self.axis(of)? {
            return Some(axis);
        }
        if let Some(axis) = of.ty.only_axis() {
            return Some(axis.clone());
        }
        let message = match of.ty.axes.is_empty() {
            true => format!("`{}` goes over an axis, and this is {}", self.name, of.ty),
            false => format!("`{}` goes over one axis, and {} has several", self.name, of.ty),
        };
        let mut diagnostic = Diagnostic::error(Code::Axes, self.span, message);
        if !of.ty.axes.is_empty() {
            diagnostic = diagnostic.help("say which: `over: class`");
        }
        self.evaluator.report(diagnostic);
        None
    }
}
