//! Blocks of `name = value`: data sets, experiments, tables.

use mu_diag::{Code, Diagnostic, Span, did_you_mean};
use mu_syntax::ast::{Body, Declaration, Field};

use crate::eval::{Evaluator, Scope};
use crate::types;
use crate::value::Value;

/// A field that a block may have.
pub(crate) struct FieldType {
    pub(crate) name: &'static str,
    /// Its type, as it would be written for a parameter.
    pub(crate) ty: &'static str,
    pub(crate) required: bool,
}

pub(crate) const fn required(name: &'static str, ty: &'static str) -> FieldType {
    FieldType { name, ty, required: true }
}

pub(crate) const fn optional(name: &'static str, ty: &'static str) -> FieldType {
    FieldType { name, ty, required: false }
}

/// The fields of a block, each known and given once; what is wrong is reported.
pub(crate) struct Fields<'a> {
    fields: Vec<&'a Field>,
    pub(crate) complete: bool,
    name: Span,
}

impl<'a> Fields<'a> {
    pub(crate) fn read(
        eval: &Evaluator<'_>,
        declaration: &'a Declaration,
        schema: &[FieldType],
    ) -> Option<Self> {
        let Body::Fields { fields: all, damaged } = &declaration.body else {
            let kind = declaration.kind.word();
            let message = format!("a {kind} is a block of fields");
            eval.report(
                Diagnostic::error(Code::WrongType, declaration.name.span, message)
                    .help(format!("write `{kind} {} {{ … }}`", declaration.name.text)),
            );
            return None;
        };
        let mut found: Vec<&Field> = Vec::new();
        let mut complete = true;
        for field in all {
            let name = &field.name;
            if !schema.iter().any(|s| s.name == name.text) {
                let names: Vec<&str> = schema.iter().map(|s| s.name).collect();
                let kind = declaration.kind.word();
                let article = if kind.starts_with(['a', 'e', 'o']) { "an" } else { "a" };
                let message = format!("{article} {kind} has no field `{}`", name.text);
                eval.report(
                    Diagnostic::error(Code::UnknownField, name.span, message)
                        .label(format!("it has {}", names.join(", ")))
                        .maybe_help(did_you_mean(&name.text, names.iter().copied())),
                );
            } else if found.iter().any(|f| f.name.text == name.text) {
                let message = format!("`{}` is set twice", name.text);
                eval.report(
                    Diagnostic::error(Code::Duplicate, name.span, message).help("remove one of them"),
                );
            } else {
                found.push(field);
            }
        }
        for field in schema.iter().filter(|s| s.required && !found.iter().any(|f| f.name.text == s.name)) {
            complete = false;
            if *damaged {
                continue;
            }
            let (kind, name) = (declaration.kind.word(), field.name);
            let message = format!("{kind} `{}` has no `{name}`", declaration.name.text);
            eval.report(
                Diagnostic::error(Code::MissingField, declaration.name.span, message)
                    .label(format!("`{name}` is required: {}", types::describe(&types::of(field.ty))))
                    .help(format!("add `{name} = …`")),
            );
        }
        Some(Self { fields: found, complete, name: declaration.name.span })
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Field> {
        self.fields.iter().copied().find(|f| f.name.text == name)
    }

    /// The block's own name, where a field has no place of its own.
    pub(crate) fn name(&self) -> Span {
        self.name
    }

    /// A field's value, of its type.
    pub(crate) fn value(
        &self,
        eval: &Evaluator<'_>,
        scope: &Scope,
        schema: &[FieldType],
        name: &str,
    ) -> Option<Value> {
        let field = self.get(name)?;
        let ty = types::of(schema.iter().find(|s| s.name == name)?.ty);
        let value = eval.eval(&field.value, scope, &types::words(&ty));
        match types::check(&value, &ty, name) {
            Err(problem) => eval.report(*problem),
            Ok(()) if !value.is_broken() => return Some(value),
            Ok(()) => {}
        }
        None
    }
}
