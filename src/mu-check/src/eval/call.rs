//! Calls by name: declarations, functions of the file, functions of the language.

use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::ast::{Argument, Name};

use super::{Evaluator, Scope, function, is_tensor_function};
use crate::definition::Definition;
use crate::value::Value;
use crate::world::STD;

impl Evaluator<'_> {
    pub(super) fn call(&self, callee: &Name, arguments: &[Argument], span: Span, scope: &Scope) -> Value {
        if let Some(stray) = arguments.iter().find(|a| a.filter.is_some() || a.over.is_some()) {
            let at = stray.filter.as_ref().map(|f| f.span).or(stray.over.as_ref().map(|o| o.span));
            let message = "`where` and `over` belong to aggregates, which stand in claims";
            return self.fail(Diagnostic::error(Code::WrongType, at.unwrap_or(span), message));
        }
        // What a file defines itself comes before the words of expressions.
        let own =
            || matches!(self.world.find(scope.module, &callee.text), Some((_, module)) if module != STD);
        if scope.tensor && is_tensor_function(&callee.text) && !own() {
            return self.tensor_call(callee, arguments, span, scope);
        }
        if scope.tensor
            && let Some((whole, member)) = callee.text.rsplit_once('.')
            && self.knows(whole, scope)
        {
            let net = Self::network(&self.path(whole, callee.span, scope, &[]));
            if let Some(net) = net {
                let start = callee.span.end.saturating_sub(member.len() as u32);
                let word = Name { text: member.to_owned(), span: Span { start, ..callee.span } };
                return self.quantity_of(&net, &word, arguments, span, scope);
            }
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
                inner.tensor = scope.tensor;
                let home = module.unwrap_or(scope.module);
                let bound = self.bind((&l.name.text, None), &l.params, arguments, span, scope, home);
                inner.locals.extend(bound.values);
                Value { span, ..self.eval(&l.value, &inner, &[]) }
            }
            None if function::NAMES.contains(&callee.text.as_str()) => {
                self.function(callee, arguments, span, scope)
            }
            None if self.world.is_lost(scope.module, &callee.text) => Value::broken(span),
            None => {
                let functions = scope.functions.keys().map(String::as_str);
                let locals: Vec<&str> = functions.chain(function::NAMES.iter().copied()).collect();
                self.fail(self.world.unknown(
                    scope.module,
                    &callee.text,
                    callee.span,
                    &locals,
                    self.wanted.get(),
                ))
            }
        }
    }
}
