//! `builtin` is for what the engine has: the standard library's own declarations.

use mu_diag::{Code, Diagnostic};
use mu_syntax::ast::{Body, Declaration, Name, Param};

use crate::definition::Definition;
use crate::eval::Evaluator;
use crate::types;
use crate::vocabulary;
use crate::world::STD;

impl Evaluator<'_> {
    /// Reports every `builtin` of the user's files that the engine lacks, used or not.
    pub(crate) fn builtins(&self) {
        let known = vocabulary::all();
        for module in (0..self.world.modules()).filter(|m| *m != STD) {
            for definition in self.world.definitions(module) {
                let Definition::Declaration(d) = definition else { continue };
                if !matches!(d.body, Body::Builtin) {
                    continue;
                }
                let Some(word) = known.iter().find(|word| word.kind == d.kind && word.name == d.name.text)
                else {
                    self.report(self.no_kernel(d));
                    continue;
                };
                let Some((Definition::Declaration(own), _)) = self.world.find(STD, &d.name.text) else {
                    continue;
                };
                if !word.differences(d).is_empty() || !alike(own, d) {
                    self.report(self.other_parameters(own, d));
                }
            }
        }
    }

    /// What to say of a `builtin` that the engine does not know.
    pub(crate) fn no_kernel(&self, declaration: &Declaration) -> Diagnostic {
        let (kind, name) = (declaration.kind.word(), &declaration.name);
        Diagnostic::error(Code::NoKernel, name.span, format!("the engine has no {kind} `{}`", name.text))
            .label("declared as `builtin` here")
            .help(format!(
                "`builtin` is for the standard library; write `{kind} {} = …` over what it has",
                name.text
            ))
    }

    fn other_parameters(&self, own: &Declaration, d: &Declaration) -> Diagnostic {
        let (kind, name) = (d.kind.word(), &d.name);
        let message = format!("the engine's {kind} `{}` has other parameters", name.text);
        let takes: Vec<String> = own.params.iter().map(signature).collect();
        Diagnostic::error(Code::NoKernel, name.span, message)
            .label(format!("it takes ({})", takes.join(", ")))
            .help(format!("leave this declaration away, or write `{kind} {} = …`", name.text))
    }

    /// An experiment, table, figure or claim that came to nothing although no error was found: nothing would run, and
    /// nobody would know.
    pub(crate) fn came_to_nothing(&self, name: &Name) {
        let message = format!("mu made nothing of `{}`, and does not know why", name.text);
        self.report(
            Diagnostic::error(Code::NoKernel, name.span, message)
                .label("nothing would be run or shown of it")
                .help("this is a mistake in mu: please report it with this file"),
        );
    }
}

/// Whether two declarations take the same.
fn alike(a: &Declaration, b: &Declaration) -> bool {
    a.params.len() == b.params.len()
        && a.params.iter().zip(&b.params).all(|(a, b)| signature(a) == signature(b))
}

/// A parameter with its type and the range of its numbers; beyond the range the engine was never tried.
fn signature(p: &Param) -> String {
    let Some(ty) = &p.ty else { return p.name.text.clone() };
    let range = ty.range.map(types::range_text).unwrap_or_default();
    format!("{}: {}{range}", p.name.text, types::names(ty).join(" | "))
}

#[cfg(test)]
mod tests;
