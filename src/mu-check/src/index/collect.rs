//! Everything that has a name, and what is to be said of names that nothing uses.

use mu_diag::{Code, Diagnostic, Sink, Span};
use mu_syntax::ast::{Body, Declaration, Item, Kind, Node};

use super::symbols::{Walk, shorten};
use super::walk::Walker;
use super::{Role, Symbol};
use crate::definition::Definition;
use crate::wanted::Wanted;
use crate::world::{ROOT, STD, World};

/// Indexes a world.
pub(crate) fn index(world: &World, sources: &mu_diag::Sources) -> Walk {
    let mut walk = Walk::default();
    for module in 0..world.modules() {
        for (alias, span) in world.aliases(module) {
            let used = world.used(module, alias).map(|(m, _)| m);
            let at = walk.add(
                alias,
                Role::Module,
                span,
                span,
                String::new(),
                format!("use … as {alias}"),
                None,
                module,
            );
            // The parent of an alias is the module that it means; nothing else has a parent in another space.
            walk.index.symbols[at].parent = used;
        }
        for (_, file) in &world.module(module).files {
            for item in &file.items {
                walk.define(item, module, sources);
            }
        }
    }
    for module in 0..world.modules() {
        for (_, file) in &world.module(module).files {
            let mut walker = Walker::new(&mut walk, world, sources, module);
            for item in &file.items {
                walker.item(item);
            }
        }
    }
    walk
}

impl Walk {
    fn define(&mut self, item: &Item, module: usize, sources: &mu_diag::Sources) {
        let cut = |start: u32, end: u32, of: Span| {
            let text = sources.text(of.file).get(start as usize..end as usize).unwrap_or("");
            let lines = text.lines().map(str::trim).filter(|l| !l.starts_with("//"));
            lines.collect::<Vec<_>>().join(" ").trim_end_matches(['=', '{', ' ']).to_owned()
        };
        let (name, role, whole, docs, params, signature) = match item {
            Item::Let(l) => {
                let whole = Span { end: l.value.span.end, ..l.name.span };
                let signature = cut(l.name.span.start, l.value.span.end, l.name.span);
                (&l.name, Role::Let, whole, &l.docs, &l.params, format!("let {}", shorten(&signature)))
            }
            Item::Declaration(d) => {
                let start = d.span.start;
                let end = body_start(d).unwrap_or(d.span.end);
                (&d.name, Role::Declaration(d.kind), d.span, &d.docs, &d.params, cut(start, end, d.span))
            }
            Item::Use(_) | Item::Claim(_) => return,
        };
        let at = self.add(&name.text, role, name.span, whole, docs.clone(), signature, None, module);
        for param in params {
            let end = param.default.as_ref().map(|d| d.span.end).or(param.ty.as_ref().map(|t| t.span.end));
            let end = end.unwrap_or(param.name.span.end);
            let whole = Span { end, ..param.name.span };
            let signature = cut(whole.start, end, whole);
            let docs = param.docs.clone();
            let at = self.add(
                &param.name.text,
                Role::Parameter,
                param.name.span,
                whole,
                docs,
                signature,
                Some(at),
                module,
            );
            self.index.symbols[at].types = param.ty.as_ref().map(crate::types::names).unwrap_or_default();
        }
        let Item::Declaration(d) = item else { return };
        if let (Kind::Experiment, Body::Fields(block) | Body::Derived(_, block)) = (d.kind, &d.body) {
            for field in &block.fields {
                let whole = Span { end: field.value.span.end, ..field.name.span };
                let signature = shorten(&cut(whole.start, whole.end, whole));
                let field_at = self.add(
                    &field.name.text,
                    Role::Field,
                    field.name.span,
                    whole,
                    String::new(),
                    signature,
                    Some(at),
                    module,
                );
                if let Node::EachNamed(entries) = &field.value.node {
                    for (name, value) in entries {
                        let whole = Span { end: value.span.end, ..name.span };
                        let signature = shorten(&cut(whole.start, whole.end, whole));
                        self.add(
                            &name.text,
                            Role::Position,
                            name.span,
                            whole,
                            String::new(),
                            signature,
                            Some(field_at),
                            module,
                        );
                    }
                }
            }
        }
    }

    /// Reports what evaluation could not see: names in what nothing calls, definitions that nothing uses,
    /// parameters that nothing reads.
    pub(crate) fn report(&self, world: &World, sink: &mut Sink) {
        let lost = |name: &str, module: usize| world.is_lost(module, name);
        for (name, span, module) in self.unresolved.iter().filter(|(n, _, m)| *m != STD && !lost(n, *m)) {
            sink.push(world.unknown(*module, name, *span, &[], Wanted::Anything));
        }
        let mut used = vec![false; self.index.symbols.len()];
        self.index.uses.iter().for_each(|(_, s)| used[*s] = true);
        // A file without experiments is there to be used by others.
        let is_study = world
            .definitions(ROOT)
            .any(|d| matches!(d, Definition::Declaration(d) if d.kind == Kind::Experiment));
        for (symbol, used) in self.index.symbols.iter().zip(&used) {
            if *used || symbol.module == STD {
                continue;
            }
            match symbol.role {
                Role::Let | Role::Module if symbol.module == ROOT && is_study => sink.push(
                    Diagnostic::warning(
                        Code::Unused,
                        symbol.span,
                        format!("`{}` is never used", symbol.name),
                    )
                    .help("remove it, or use it"),
                ),
                Role::Parameter => {
                    let Some(parent) = symbol.parent.map(|p| &self.index.symbols[p]) else { continue };
                    if has_no_body(world, parent) {
                        continue;
                    }
                    let message = format!("nothing in `{}` reads `{}`", parent.name, symbol.name);
                    sink.push(
                        Diagnostic::error(Code::UnreadParameter, symbol.span, message)
                            .label("setting it would change nothing")
                            .help("use it in the body, or remove it"),
                    );
                }
                _ => {}
            }
        }
    }
}

/// Whether a declaration's body is the engine's, or could not be read: what it reads is then unknown.
fn has_no_body(world: &World, symbol: &Symbol) -> bool {
    let Some((Definition::Declaration(d), _)) = world.find(symbol.module, &symbol.name) else { return false };
    match &d.body {
        Body::Builtin => true,
        Body::Fields(block) => block.damaged,
        _ => false,
    }
}

/// Where a declaration's body begins.
fn body_start(d: &Declaration) -> Option<u32> {
    match &d.body {
        Body::Builtin => None,
        Body::Value(e) => Some(e.span.start),
        Body::Derived(name, _) => Some(name.span.start),
        Body::Fields(block) => block.fields.first().map(|f| f.name.span.start),
        Body::Method(statements) => statements.first().map(|s| s.span().start),
        Body::Model(lets, chains) => lets
            .first()
            .map(|l| l.name.span.start.saturating_sub(4))
            .into_iter()
            .chain(
                chains
                    .first()
                    .and_then(|c| c.first())
                    .map(|l| l.label.as_ref().map_or(l.layer.span.start, |n| n.span.start)),
            )
            .min(),
    }
}
