//! What may stand at the cursor.

use gen_lsp_types::{CompletionItem, CompletionItemKind, Documentation, MarkupContent, MarkupKind};
use mu_check::{FUNCTIONS, Index, Role, Symbol, UNITS, VALUES, schema};
use mu_syntax::ast::Kind;

use crate::context::{Block, Context, context};
use crate::document::Document;

pub(crate) fn complete(document: &Document, at: usize) -> Vec<CompletionItem> {
    let context = context(&document.text, at);
    let index = &document.checked.index;
    let mut list = List::default();
    if let Some((alias, _)) = context.typed.rsplit_once('.') {
        list.below(document, &context, alias);
        return list.items;
    }
    if context.number {
        UNITS.iter().chain(&["%"]).for_each(|u| list.word(u, CompletionItemKind::Unit, "a unit"));
        return list.items;
    }
    if let Some(axis) = &context.compared {
        if let Some(positions) =
            experiment(document, &context).and_then(|e| e.axes.iter().find(|a| a.name == *axis))
        {
            positions.labels.iter().for_each(|l| list.word(l, CompletionItemKind::EnumMember, "a position"));
        }
        return list.items;
    }
    match &context.block {
        Block::File if !context.value => {
            let words = mu_syntax::lex::item_words();
            words.for_each(|w| list.word(w, CompletionItemKind::Keyword, "begins an item"));
        }
        Block::Fields(kind) if !context.value => {
            for field in schema(*kind) {
                let insert = format!("{} = ", field.name);
                list.push(field.name, CompletionItemKind::Property, field.ty, field.docs, Some(insert), 0);
            }
            if *kind == Kind::Experiment {
                for (word, detail) in [
                    ("tune", "choose a parameter by a metric"),
                    ("zip", "pair the positions of axes"),
                    ("except", "drop points"),
                    ("limit", "a compute budget"),
                ] {
                    list.word(word, CompletionItemKind::Keyword, detail);
                }
            }
        }
        Block::Method if !context.value => {
            for (word, detail) in [
                ("start from", "original or scratch"),
                ("update only", "which parameters move"),
                ("reinit", "draw parameters anew"),
                ("repeat", "passes over sets"),
                ("alternate", "statements in turn, so many times"),
                ("slow", "parameters whose gradients are scaled"),
                ("step", "a change of parameters at once"),
                ("add class", "an output unit for the time of the method"),
                ("let … = after", "a model made on the side"),
                ("weights =", "a sum of models"),
                ("lookahead", "rounds whose outcome is gone towards by a share"),
                ("keep best by", "end with the best of the epochs"),
                ("minimize", "a loss"),
                ("by", "an optimizer"),
            ] {
                list.word(word, CompletionItemKind::Keyword, detail);
            }
            for set in ["retain", "forget", "original", "scratch", "train"] {
                list.word(set, CompletionItemKind::Variable, "of a method");
            }
            list.values(index, &["loss", "optimizer", "parameters"]);
        }
        Block::Call(callee, argument, position) => {
            let params = parameters(index, callee);
            let at = match argument {
                Some(name) => params.iter().find(|p| p.name == *name),
                None => params.get(*position),
            };
            if argument.is_none() {
                for param in &params {
                    let insert = format!("{}: ", param.name);
                    list.push(
                        &param.name,
                        CompletionItemKind::Field,
                        &param.signature,
                        &param.docs,
                        Some(insert),
                        0,
                    );
                }
            }
            let types: Vec<&str> =
                at.map(|p| p.types.iter().map(String::as_str).collect()).unwrap_or_default();
            list.of_types(index, &types);
        }
        _ => list.of_field(document, &context),
    }
    if context.value
        && matches!(context.item, Some((Kind::Loss | Kind::Labels | Kind::Score | Kind::Metric, _)))
    {
        for word in VALUES {
            list.push(word.name, CompletionItemKind::Variable, word.form, word.doc, None, 1);
        }
        for word in FUNCTIONS {
            let insert = Some(format!("{}(", word.name));
            list.push(word.name, CompletionItemKind::Function, word.form, word.doc, insert, 1);
        }
    }
    list.items
}

/// The parameters of a callee, in order.
fn parameters<'i>(index: &'i Index, callee: &str) -> Vec<&'i Symbol> {
    let found = match callee.split_once('.') {
        Some((alias, name)) => index.members(alias).into_iter().find(|s| s.name == name).map(|s| s.span),
        None => index.globals().find(|(_, s)| s.name == callee).map(|(_, s)| s.span),
    };
    let parent = found.and_then(|span| index.symbols.iter().position(|s| s.span == span));
    let Some(parent) = parent else { return Vec::new() };
    index.symbols.iter().filter(|s| s.parent == Some(parent) && s.role == Role::Parameter).collect()
}

/// The experiment that is around the cursor, or that the table around it is from.
fn experiment<'d>(document: &'d Document, context: &Context) -> Option<&'d mu_check::Experiment> {
    let (kind, name) = context.item.as_ref()?;
    let program = &document.checked.program;
    let from = match kind {
        Kind::Experiment => name.clone(),
        _ => from_of(&document.text, kind.word(), name)?,
    };
    program.experiments.iter().find(|e| e.name == from)
}

/// What `from` says in an item; told from the text, which may be broken elsewhere.
fn from_of(text: &str, kind: &str, name: &str) -> Option<String> {
    let start = text.find(&format!("{kind} {name}"))?;
    let line = text[start..].lines().find(|l| l.trim_start().starts_with("from"))?;
    line.split('=').nth(1).map(|v| v.trim().to_owned())
}

#[derive(Default)]
struct List {
    items: Vec<CompletionItem>,
}

impl List {
    fn push(
        &mut self,
        label: &str,
        kind: CompletionItemKind,
        detail: &str,
        docs: &str,
        insert: Option<String>,
        order: u8,
    ) {
        if self.items.iter().any(|i| i.label == label) {
            return;
        }
        let markup = MarkupContent { kind: MarkupKind::Markdown, value: docs.to_owned() };
        self.items.push(CompletionItem {
            label: label.to_owned(),
            kind: Some(kind),
            detail: Some(detail.to_owned()).filter(|d| !d.is_empty()),
            documentation: Some(Documentation::MarkupContent(markup)).filter(|_| !docs.is_empty()),
            insert_text: insert,
            sort_text: Some(format!("{order}{label}")),
            ..CompletionItem::default()
        });
    }

    fn word(&mut self, label: &str, kind: CompletionItemKind, detail: &str) {
        self.push(label, kind, detail, "", None, 0);
    }

    fn symbol(&mut self, symbol: &Symbol, order: u8) {
        let kind = match symbol.role {
            Role::Declaration(Kind::Metric) => CompletionItemKind::Value,
            Role::Declaration(Kind::Method) => CompletionItemKind::Method,
            Role::Declaration(_) => CompletionItemKind::Class,
            Role::Module => CompletionItemKind::Module,
            _ => CompletionItemKind::Variable,
        };
        self.push(&symbol.name, kind, &symbol.signature, &symbol.docs, None, order);
    }

    /// Values of some kinds first, then what may stand for one.
    fn values(&mut self, index: &Index, kinds: &[&str]) {
        for (_, symbol) in index.globals() {
            match symbol.role {
                Role::Declaration(kind) if kinds.contains(&kind.word()) => self.symbol(symbol, 0),
                Role::Let | Role::Module => self.symbol(symbol, 1),
                _ => {}
            }
        }
    }

    /// What fits a type: its words, values of its kinds.
    fn of_types(&mut self, index: &Index, types: &[&str]) {
        for name in types {
            let other = Kind::of(name).is_some() || UNITS.contains(name);
            let plain = ["int", "real", "percent", "path", "text", "bool", "set"].contains(name);
            match *name {
                "bool" => {
                    ["true", "false"].iter().for_each(|w| self.word(w, CompletionItemKind::Keyword, ""))
                }
                "set" => ["retain", "forget"]
                    .iter()
                    .for_each(|w| self.word(w, CompletionItemKind::Variable, "a set")),
                word if !other && !plain => self.word(word, CompletionItemKind::EnumMember, "a value"),
                _ => {}
            }
        }
        self.values(index, types);
    }

    /// What fits the field that is being written.
    fn of_field(&mut self, document: &Document, context: &Context) {
        let index = &document.checked.index;
        let kind = context.item.as_ref().map(|(k, _)| *k);
        let field = context.field.as_deref().unwrap_or("");
        match (kind, field) {
            (Some(Kind::Table | Kind::Figure), "from") => self.values(index, &["experiment"]),
            (Some(Kind::Table | Kind::Figure), "rows" | "columns" | "x" | "line" | "where") => {
                if let Some(experiment) = experiment(document, context) {
                    for axis in &experiment.axes {
                        self.word(
                            &axis.name,
                            CompletionItemKind::Field,
                            &format!("an axis of {}", axis.labels.len()),
                        );
                    }
                }
                self.values(index, &["metric"]);
            }
            (Some(Kind::Table | Kind::Figure), "cell") => {
                for word in ["mean", "median", "min", "max", "best", "std", "ci95", "over"] {
                    self.word(word, CompletionItemKind::EnumMember, "");
                }
            }
            (Some(kind), _) => {
                let found = schema(kind).iter().find(|f| f.name == field);
                let types: Vec<&str> = found
                    .map(|f| f.ty.split('|').map(|t| t.trim().trim_matches(['[', ']'])).collect())
                    .unwrap_or_default();
                if kind == Kind::Experiment {
                    self.word("each", CompletionItemKind::Keyword, "an axis");
                }
                if kind == Kind::Model {
                    self.values(index, &["layer"]);
                }
                self.of_types(index, &types);
                if types.is_empty() {
                    self.everything(index);
                }
            }
            (None, _) => self.everything(index),
        }
    }

    fn everything(&mut self, index: &Index) {
        let values = index.globals().filter(|(_, s)| {
            !matches!(s.role, Role::Declaration(Kind::Experiment | Kind::Table | Kind::Figure))
        });
        values.for_each(|(_, symbol)| self.symbol(symbol, 2));
    }

    /// What stands below a name: a used file's definitions, an experiment's metrics.
    fn below(&mut self, document: &Document, _: &Context, alias: &str) {
        let index = &document.checked.index;
        index.members(alias).into_iter().for_each(|s| self.symbol(s, 0));
        if let Some(experiment) = document.checked.program.experiments.iter().find(|e| e.name == alias) {
            for metric in &experiment.measure {
                self.word(&metric.name, CompletionItemKind::Value, "measured at every point");
            }
        }
        if self.items.is_empty() {
            for param in parameters(index, alias) {
                self.push(&param.name, CompletionItemKind::Field, &param.signature, &param.docs, None, 0);
            }
        }
    }
}
