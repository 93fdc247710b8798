//! Blocks of `name = value`: data sets, experiments, tables.

use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::ast::{Block, Body, Declaration, Expr, Field, Kind, Limit, Name, Tune};

use crate::definition::Definition;
use crate::eval::{Evaluator, Scope};
use crate::types;
use crate::value::Value;
use crate::wanted::Wanted;
use crate::words::article;
use crate::world::ROOT;

/// A field that a block may have.
#[derive(Clone, Copy, Debug)]
pub struct FieldType {
    /// Its name.
    pub name: &'static str,
    /// Its type, as it would be written for a parameter.
    pub ty: &'static str,
    /// Whether it must be set.
    pub required: bool,
    /// What it says.
    pub docs: &'static str,
}

pub(crate) const fn required(name: &'static str, ty: &'static str, docs: &'static str) -> FieldType {
    FieldType { name, ty, required: true, docs }
}

pub(crate) const fn optional(name: &'static str, ty: &'static str, docs: &'static str) -> FieldType {
    FieldType { name, ty, required: false, docs }
}

/// A block with what it was derived from: each field once, the derived one's before its base's.
pub(crate) struct Fields<'a> {
    fields: Vec<&'a Field>,
    pub(crate) tunes: Vec<&'a Tune>,
    pub(crate) zips: Vec<&'a (Vec<Name>, Span)>,
    pub(crate) excepts: Vec<&'a Expr>,
    pub(crate) limits: Vec<&'a Limit>,
    pub(crate) complete: bool,
    /// Whether parts of it could not be read.
    damaged: bool,
    name: Span,
}

/// Blocks may be derived from one another this often.
const MAX_BASES: usize = 64;

impl<'a> Fields<'a> {
    /// Reads a block; what is wrong is reported.
    pub(crate) fn read(
        eval: &'a Evaluator<'_>,
        declaration: &'a Declaration,
        schema: &[FieldType],
    ) -> Option<Self> {
        let mut blocks: Vec<&Block> = Vec::new();
        let mut current = declaration;
        loop {
            match &current.body {
                Body::Fields(block) => {
                    blocks.push(block);
                    break;
                }
                Body::Derived(base, block) => {
                    blocks.push(block);
                    if blocks.len() > MAX_BASES {
                        let message = format!("`{}` is derived from itself", declaration.name.text);
                        eval.report(Diagnostic::error(Code::Cycle, base.span, message));
                        return None;
                    }
                    current = eval.base(base, declaration.kind)?;
                }
                _ => {
                    let kind = declaration.kind.word();
                    let message = format!("{} {kind} is a block of fields", article(kind));
                    eval.report(
                        Diagnostic::error(Code::WrongType, current.name.span, message)
                            .help(format!("write `{kind} {} {{ … }}`", current.name.text)),
                    );
                    return None;
                }
            }
        }
        let mut found: Vec<&Field> = Vec::new();
        for block in &blocks {
            let below = found.len();
            for field in &block.fields {
                if let Some(field) =
                    check_field(eval, declaration.kind.word(), field, schema, &found[below..])
                    && !found[..below].iter().any(|f| f.name.text == field.name.text)
                {
                    found.push(field);
                }
            }
        }
        let damaged = blocks.iter().any(|b| b.damaged);
        let mut complete = true;
        for field in schema.iter().filter(|s| s.required && !found.iter().any(|f| f.name.text == s.name)) {
            complete = false;
            if !damaged {
                missing(eval, declaration, field);
            }
        }
        // A derived block's own clauses replace its base's of the same sort.
        fn first<'b, T>(blocks: &[&'b Block], of: impl Fn(&'b Block) -> &'b [T]) -> Vec<&'b T> {
            blocks
                .iter()
                .map(|b| of(b))
                .find(|c| !c.is_empty())
                .map(|c| c.iter().collect())
                .unwrap_or_default()
        }
        Some(Self {
            fields: found,
            tunes: first(&blocks, |b| &b.tunes),
            zips: first(&blocks, |b| &b.zips),
            excepts: first(&blocks, |b| &b.excepts),
            limits: first(&blocks, |b| &b.limits),
            complete,
            damaged,
            name: declaration.name.span,
        })
    }

    /// Reports which of some fields are missing that a block of this sort must have, though not every block of its kind.
    pub(crate) fn needs(
        &self,
        eval: &Evaluator<'_>,
        declaration: &Declaration,
        schema: &[FieldType],
        names: &[&str],
    ) -> Option<()> {
        let lacks = |f: &&FieldType| names.contains(&f.name) && self.get(f.name).is_none();
        let lacking: Vec<&FieldType> = schema.iter().filter(lacks).collect();
        if !self.damaged {
            lacking.iter().for_each(|field| missing(eval, declaration, field));
        }
        lacking.is_empty().then_some(())
    }

    /// Reports clauses that only an experiment has.
    pub(crate) fn no_clauses(&self, eval: &Evaluator<'_>, kind: &str) {
        let places = self.tunes.iter().map(|t| t.span);
        for span in places
            .chain(self.zips.iter().map(|z| z.1))
            .chain(self.excepts.iter().map(|e| e.span))
            .chain(self.limits.iter().map(|l| l.span))
        {
            let message = format!("{} {kind} has no `tune`, `zip`, `except` or `limit`", article(kind));
            eval.report(
                Diagnostic::error(Code::UnknownField, span, message).help("move it into an experiment"),
            );
        }
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
        let value = eval.eval_as(&field.value, scope, &ty);
        match types::check(&value, &ty, name) {
            Err(problem) => eval.report(*problem),
            Ok(()) if !value.is_broken() => return Some(value),
            Ok(()) => {}
        }
        None
    }
}

/// Reports a field that a block must have.
fn missing(eval: &Evaluator<'_>, declaration: &Declaration, field: &FieldType) {
    let (kind, name) = (declaration.kind.word(), field.name);
    let message = format!("{kind} `{}` has no `{name}`", declaration.name.text);
    eval.report(
        Diagnostic::error(Code::MissingField, declaration.name.span, message)
            .label(format!("`{name}` is required: {}", types::describe(&types::of(field.ty))))
            .help(format!("add `{name} = …`")),
    );
}

/// A field that the block may have and has not yet.
fn check_field<'a>(
    eval: &Evaluator<'_>,
    kind: &str,
    field: &'a Field,
    schema: &[FieldType],
    before: &[&Field],
) -> Option<&'a Field> {
    let name = &field.name;
    if !schema.iter().any(|s| s.name == name.text) {
        let names: Vec<&str> = schema.iter().map(|s| s.name).collect();
        let message = format!("{} {kind} has no field `{}`", article(kind), name.text);
        eval.report(
            Diagnostic::error(Code::UnknownField, name.span, message)
                .label(format!("it has {}", names.join(", ")))
                .meant(name.span, &name.text, names.iter().copied()),
        );
        return None;
    }
    if let Some(first) = before.iter().find(|f| f.name.text == name.text) {
        let message = format!("`{}` is set twice", name.text);
        eval.report(
            Diagnostic::error(Code::Duplicate, name.span, message)
                .related(first.name.span, "it is first set here")
                .help("remove one of them"),
        );
        return None;
    }
    Some(field)
}

impl Evaluator<'_> {
    /// The block that another is derived from.
    fn base(&self, name: &Name, kind: Kind) -> Option<&Declaration> {
        match self.world.find(ROOT, &name.text) {
            Some((Definition::Declaration(d), _)) if d.kind == kind => Some(d),
            Some(_) => {
                let message = format!("`{}` is not {} {}", name.text, article(kind.word()), kind.word());
                self.report(Diagnostic::error(Code::WrongType, name.span, message));
                None
            }
            None => {
                self.report(self.world.unknown(ROOT, &name.text, name.span, &[], Wanted::kind(kind)));
                None
            }
        }
    }
}
