//! What every name that is used means.

use std::collections::HashMap;

use mu_diag::Span;
use mu_step::expression::VALUES;
use mu_syntax::ast::{
    Argument, Block, Body, Claim, Declaration, Expr, Item, Kind, Let, Link, Name, Node, Param, Statement,
    TextPart,
};

use super::Role;
use super::symbols::{Walk, shorten};
use crate::definition::Definition;
use crate::eval::{FUNCTIONS, TENSOR_OPERANDS};
use crate::program::may_be_axis;
use crate::schema::schema;
use crate::wanted::Wanted;
use crate::world::World;

pub(super) struct Walker<'a, 'w> {
    walk: &'a mut Walk,
    world: &'w World,
    sources: &'a mu_diag::Sources,
    module: usize,
    /// The declaration that is walked.
    around: Option<usize>,
    /// Names of the declarations around, innermost last; `None` for one that has no place of its own.
    scopes: Vec<HashMap<String, Option<usize>>>,
}

/// Names that a method's text may use besides its parameters.
const METHOD_WORDS: &[&str] = &["retain", "forget", "validation", "test", "train", "original"];
/// Names that a model's text may use besides its parameters.
const MODEL_WORDS: &[&str] = &["classes", "channels", "canvas"];

impl<'a, 'w> Walker<'a, 'w> {
    pub(super) fn new(
        walk: &'a mut Walk,
        world: &'w World,
        sources: &'a mu_diag::Sources,
        module: usize,
    ) -> Self {
        Self { walk, world, sources, module, around: None, scopes: Vec::new() }
    }

    pub(super) fn item(&mut self, item: &Item) {
        match item {
            Item::Use(_) => {}
            Item::Let(l) => self.function(l),
            Item::Claim(c) => self.claim(c),
            Item::Declaration(d) => self.declaration(d),
        }
    }

    fn function(&mut self, l: &Let) {
        self.params(&l.params, &[]);
        self.expr(&l.value, &[]);
        self.scopes.pop();
    }

    /// Opens a scope with parameters; their types and defaults are walked.
    fn params(&mut self, params: &[Param], words: &[&str]) {
        let mut scope: HashMap<String, Option<usize>> =
            words.iter().map(|w| ((*w).to_owned(), None)).collect();
        self.scopes.push(HashMap::new());
        for param in params {
            let ty = param.ty.as_ref();
            let own: Vec<&str> = ty.map(crate::types::words).unwrap_or_default();
            if let Some(default) = &param.default {
                self.expr(default, &own);
            }
            let at = self.walk.index.by_place.get(&param.name.span).copied();
            scope.insert(param.name.text.clone(), at);
            if let Some(last) = self.scopes.last_mut() {
                last.insert(param.name.text.clone(), at);
            }
        }
        if let Some(last) = self.scopes.last_mut() {
            *last = scope;
        }
    }

    fn declaration(&mut self, d: &Declaration) {
        self.around = self.walk.index.by_place.get(&d.name.span).copied();
        let tensors: Vec<&str> = VALUES.iter().map(|word| word.name).collect();
        let both = [METHOD_WORDS, &tensors].concat();
        let parts = mu_step::On::ALL.iter().map(|(_, word)| *word);
        let measured: Vec<&str> = tensors.iter().copied().chain(parts).chain(["retrained"]).collect();
        let words: &[&str] = match d.kind {
            Kind::Method => &both,
            Kind::Model => MODEL_WORDS,
            Kind::Loss | Kind::Labels | Kind::Score => &tensors,
            Kind::Metric => &measured,
            _ => &[],
        };
        self.params(&d.params, words);
        if let Some(towards) = &d.towards {
            self.expr(towards, &["higher", "lower", "reference"]);
        }
        match &d.body {
            Body::Builtin => {}
            Body::Value(value) => self.expr(value, &[]),
            Body::Fields(block) => self.block(block, d, None),
            Body::Derived(base, block) => {
                self.name(&base.text, base.span, &[]);
                self.block(block, d, Some(&base.text));
            }
            Body::Method(statements) => statements.iter().for_each(|s| self.statement(s)),
            Body::Model(lets, chains) => {
                for l in lets {
                    let whole = Span { end: l.value.span.end, ..l.name.span };
                    let text = self.sources.text(whole.file).get(whole.start as usize..whole.end as usize);
                    let signature =
                        shorten(&text.unwrap_or("").split_whitespace().collect::<Vec<_>>().join(" "));
                    let parent = self.walk.index.by_place.get(&d.name.span).copied();
                    let at = self.walk.add(
                        &l.name.text,
                        Role::Local,
                        l.name.span,
                        whole,
                        l.docs.clone(),
                        format!("let {signature}"),
                        parent,
                        self.module,
                    );
                    for param in &l.params {
                        let span = param.name.span;
                        self.walk.add(
                            &param.name.text,
                            Role::Parameter,
                            span,
                            span,
                            String::new(),
                            param.name.text.clone(),
                            Some(at),
                            self.module,
                        );
                    }
                    self.params(&l.params, &[]);
                    self.expr(&l.value, &[]);
                    self.scopes.pop();
                    if let Some(scope) = self.scopes.last_mut() {
                        scope.insert(l.name.text.clone(), Some(at));
                    }
                }
                chains.iter().flatten().for_each(|l| self.expr(&l.layer, &[]));
            }
        }
        self.scopes.pop();
    }

    fn block(&mut self, block: &Block, d: &Declaration, base: Option<&str>) {
        match d.kind {
            Kind::Experiment => {
                for field in &block.fields {
                    match (field.name.text.as_str(), &field.value.node) {
                        ("reference", Node::Path(path)) => self.maybe(path, field.value.span),
                        _ => self.expr(&field.value, &[]),
                    }
                }
                let own = self.walk.index.by_place.get(&d.name.span).copied();
                for except in &block.excepts {
                    self.condition(except, own);
                }
                for name in block.zips.iter().flat_map(|(names, _)| names) {
                    self.axis(&name.text, name.span, own);
                }
                for limit in &block.limits {
                    self.expr(&limit.most, &[]);
                    if let Some(of) = &limit.of {
                        self.maybe(&of.text, of.span);
                    }
                }
                for tune in &block.tunes {
                    self.axis(&tune.what.text, tune.what.span, own);
                    self.expr(&tune.over, &[]);
                    for field in &tune.block.fields {
                        if field.name.text == "on" {
                            self.condition(&field.value, own);
                        } else {
                            self.expr(&field.value, &[]);
                        }
                    }
                }
            }
            Kind::Table | Kind::Figure => self.view(block, base),
            kind => {
                for field in &block.fields {
                    let own = schema(kind).iter().find(|s| s.name == field.name.text);
                    let ty = own.map(|s| crate::types::of(s.ty));
                    self.expr(&field.value, &ty.as_ref().map(crate::types::words).unwrap_or_default());
                }
            }
        }
    }

    /// The fields of a table or figure, whose names are axes of the experiment it is from.
    fn view(&mut self, block: &Block, base: Option<&str>) {
        let from = block.fields.iter().find(|f| f.name.text == "from").or_else(|| {
            let Some((Definition::Declaration(d), _)) = self.world.find(self.module, base?) else {
                return None;
            };
            let Body::Fields(block) = &d.body else { return None };
            block.fields.iter().find(|f| f.name.text == "from")
        });
        let experiment = from.and_then(|f| match &f.value.node {
            Node::Path(path) => self.definition(path),
            _ => None,
        });
        for field in &block.fields {
            match field.name.text.as_str() {
                "from" => {
                    if let (Node::Path(_), Some(at)) = (&field.value.node, experiment) {
                        self.walk.index.uses.push((field.value.span, at));
                    }
                }
                "where" => self.condition(&field.value, experiment),
                "rows" | "columns" | "x" | "line" => self.dimensions(&field.value, experiment),
                "cell" | "highlight" | "draw" => {}
                "test" => {
                    if let Node::Call(_, arguments) = &field.value.node {
                        let methods = self.member(experiment, "unlearn");
                        arguments.iter().for_each(|a| self.position(&a.value, methods));
                    }
                }
                "expect" => self.references(&field.value, experiment),
                _ => self.expr(&field.value, &[]),
            }
            if let Some(over) = &field.over {
                self.axis(&over.text, over.span, experiment);
            }
        }
    }

    fn dimensions(&mut self, expr: &Expr, experiment: Option<usize>) {
        match &expr.node {
            Node::Binary(_, a, b) => {
                self.dimensions(a, experiment);
                self.dimensions(b, experiment);
            }
            Node::Path(path) => self.axis(path, expr.span, experiment),
            _ => self.expr(expr, &[]),
        }
    }

    /// `[at(forget: worst, ua: 1%), …]`
    fn references(&mut self, expr: &Expr, experiment: Option<usize>) {
        let Node::List(items) = &expr.node else { return };
        for item in items {
            let Node::Call(_, arguments) = &item.node else { continue };
            for argument in arguments {
                let Some(label) = &argument.label else { continue };
                match self.member(experiment, &label.text) {
                    Some(field) => {
                        self.walk.index.uses.push((label.span, field));
                        self.position(&argument.value, Some(field));
                    }
                    None => {
                        self.maybe(&label.text, label.span);
                        self.expr(&argument.value, &[]);
                    }
                }
            }
        }
    }

    /// A use, where the name means something; no complaint where it does not.
    fn maybe(&mut self, name: &str, span: Span) {
        if let Some(at) = self.definition(name) {
            self.walk.index.uses.push((span, at));
        }
    }

    fn claim(&mut self, claim: &Claim) {
        self.amount(&claim.condition);
    }

    fn amount(&mut self, expr: &Expr) {
        match &expr.node {
            Node::Binary(_, a, b) => {
                self.amount(a);
                self.amount(b);
            }
            Node::Not(a) | Node::Negate(a) => self.amount(a),
            Node::Call(_, arguments) => {
                for argument in arguments {
                    let mut experiment = None;
                    if let Node::Path(path) = &argument.value.node
                        && let Some((name, metric)) = path.split_once('.')
                    {
                        experiment = self.definition(name);
                        let span = argument.value.span;
                        let dot = span.start + name.len() as u32;
                        self.maybe(name, Span { end: dot, ..span });
                        self.maybe(metric, Span { start: dot + 1, ..span });
                    } else {
                        self.amount(&argument.value);
                    }
                    if let Some(filter) = &argument.filter {
                        self.condition(filter, experiment);
                    }
                    if let Some(over) = &argument.over {
                        self.axis(&over.text, over.span, experiment);
                    }
                }
            }
            Node::Path(path) => self.maybe(path, expr.span),
            _ => {}
        }
    }

    fn condition(&mut self, expr: &Expr, experiment: Option<usize>) {
        match &expr.node {
            Node::Not(a) => self.condition(a, experiment),
            Node::Binary(operator, a, b) => {
                use mu_syntax::ast::Operator::{And, Or};
                if matches!(operator, And | Or) {
                    self.condition(a, experiment);
                    self.condition(b, experiment);
                } else if let Node::Path(path) = &a.node {
                    self.axis(path, a.span, experiment);
                    let field = self.member(experiment, path);
                    self.position(b, field);
                }
            }
            _ => {}
        }
    }

    fn position(&mut self, expr: &Expr, field: Option<usize>) {
        match &expr.node {
            Node::Path(path) => match self.member(field, path) {
                Some(at) => self.walk.index.uses.push((expr.span, at)),
                None => self.maybe(path, expr.span),
            },
            Node::List(items) => items.iter().for_each(|i| self.position(i, field)),
            _ => self.expr(expr, &[]),
        }
    }

    /// An axis: `forget`, or `forget.budget`, whose first part is a field.
    fn axis(&mut self, path: &str, span: Span, experiment: Option<usize>) {
        let field = path.split('.').next().unwrap_or(path);
        if let Some(at) = self.member(experiment, field) {
            self.walk.index.uses.push((Span { end: span.start + field.len() as u32, ..span }, at));
        }
    }

    /// A part of a symbol by name; an experiment has its base's parts as well.
    fn member(&self, of: Option<usize>, name: &str) -> Option<usize> {
        let mut of = of?;
        for _ in 0..64 {
            if let Some(at) = self.walk.index.parts.get(&(of, name.to_owned())) {
                return Some(*at);
            }
            let symbol = &self.walk.index.symbols[of];
            let (Definition::Declaration(d), _) = self.world.find(symbol.module, &symbol.name)? else {
                return None;
            };
            let Body::Derived(base, _) = &d.body else { return None };
            of = self.definition(&base.text)?;
        }
        None
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Aside(name, inner, span) => {
                inner.iter().for_each(|s| self.statement(s));
                let signature = format!("let {} = after {{ … }}", name.text);
                let parent = self.around;
                let docs = String::new();
                let at = self.walk.add(
                    &name.text,
                    Role::Local,
                    name.span,
                    *span,
                    docs,
                    signature,
                    parent,
                    self.module,
                );
                if let Some(scope) = self.scopes.last_mut() {
                    scope.insert(name.text.clone(), Some(at));
                }
            }
            Statement::Alternate(rounds, inner, _) => {
                self.expr(rounds, &[]);
                inner.iter().for_each(|s| self.statement(s));
            }
            Statement::Lookahead(arguments, inner, _) => {
                arguments.iter().for_each(|a| self.expr(&a.value, &[]));
                inner.iter().for_each(|s| self.statement(s));
            }
            Statement::Weights(sum, _) => self.sum(sum),
            plain => plain.values().into_iter().for_each(|e| self.expr(e, &[])),
        }
    }

    /// Arithmetic of weights.
    fn sum(&mut self, expr: &Expr) {
        match &expr.node {
            Node::Binary(_, a, b) => {
                self.sum(a);
                self.sum(b);
            }
            Node::Negate(a) => self.sum(a),
            Node::Call(callee, arguments) if callee.text == "consensus" => {
                arguments.iter().for_each(|a| self.sum(&a.value));
            }
            _ => self.expr(expr, &["weights"]),
        }
    }

    fn expr(&mut self, expr: &Expr, words: &[&str]) {
        match &expr.node {
            Node::Number(..) | Node::Broken | Node::Text(_) | Node::Bool(_) => {}
            Node::Format(parts) => {
                for part in parts {
                    if let TextPart::Value(name) = part
                        && !self.is_axis(&name.text)
                    {
                        self.name(&name.text, name.span, &[]);
                    }
                }
            }
            Node::Path(path) => self.name(path, expr.span, words),
            Node::Call(callee, arguments) => self.call(callee, arguments),
            Node::List(items) => items.iter().for_each(|i| self.expr(i, words)),
            Node::Record(entries) => entries.iter().for_each(|(_, e)| self.expr(e, &[])),
            Node::EachNamed(entries) => entries.iter().for_each(|(_, e)| self.expr(e, words)),
            Node::Each(a) => self.expr(a, words),
            Node::Not(a) | Node::Negate(a) => self.expr(a, &[]),
            Node::Binary(_, a, b) => {
                self.expr(a, words);
                self.expr(b, words);
            }
            Node::At(a, _, label) => {
                self.expr(a, &[]);
                self.maybe(&label.text, label.span);
            }
            Node::Pick(a, class) => {
                self.expr(a, &[]);
                self.expr(class, &[]);
            }
            Node::Member(a, _, arguments) => {
                self.expr(a, &[]);
                arguments.iter().flatten().for_each(|a| self.expr(&a.value, TENSOR_OPERANDS));
            }
            Node::Where(value, bindings) => {
                self.scopes.push(HashMap::new());
                for (name, bound) in bindings {
                    self.expr(bound, &[]);
                    if let Some(scope) = self.scopes.last_mut() {
                        scope.insert(name.text.clone(), None);
                    }
                }
                self.expr(value, words);
                self.scopes.pop();
            }
            Node::Chain(links) => links.iter().for_each(|Link { layer, .. }| self.expr(layer, &[])),
        }
    }

    fn call(&mut self, callee: &Name, arguments: &[Argument]) {
        let world = self.world;
        let params: Option<&[Param]> = match world.find(self.module, &callee.text) {
            Some((Definition::Declaration(d), _)) => Some(&d.params),
            Some((Definition::Let(l), _)) => Some(&l.params),
            None => None,
        };
        let functions = crate::eval::is_tensor_function(callee.text.rsplit('.').next().unwrap_or(""));
        if !functions || self.definition(&callee.text).is_some() {
            self.name(&callee.text, callee.span, FUNCTIONS);
        }
        let labels = arguments.iter().filter_map(|a| a.label.as_ref()).map(|l| l.text.as_str());
        // `argmax(e, over: x, …)`: a name of its own.
        let over = arguments.iter().find(|a| a.label.as_ref().is_some_and(|l| l.text == "over"));
        let variable =
            over.and_then(|a| if let Node::Path(path) = &a.value.node { Some(path.clone()) } else { None });
        self.scopes.push(variable.into_iter().map(|name| (name, None)).collect());
        for (at, argument) in arguments.iter().enumerate() {
            let param = params.and_then(|params| match &argument.label {
                Some(label) => params.iter().find(|p| p.name.text == label.text),
                None => params.get(at),
            });
            if let (Some(label), Some(param)) = (&argument.label, param)
                && let Some(symbol) = self.walk.index.by_place.get(&param.name.span)
            {
                let symbol = *symbol;
                self.walk.named.push((label.span, symbol));
            }
            let words = match param.and_then(|p| p.ty.as_ref()) {
                Some(ty) => crate::types::words(ty),
                None if functions => {
                    // `steps: steps` reads a parameter of that name.
                    let is_own = |label: &&str| self.scopes.iter().any(|s| s.contains_key(*label));
                    let labels = labels.clone().filter(|label| !is_own(label));
                    TENSOR_OPERANDS.iter().copied().chain(labels).collect()
                }
                None => Vec::new(),
            };
            match &argument.each {
                Some((name, list)) => {
                    self.expr(list, &[]);
                    self.scopes.push(HashMap::from([(name.text.clone(), None)]));
                    self.expr(&argument.value, &words);
                    self.scopes.pop();
                }
                // A loss outside a method is of what is trained on.
                None if param
                    .and_then(|p| p.ty.as_ref())
                    .is_some_and(|ty| Wanted::of(ty).only() == Some(Kind::Loss)) =>
                {
                    self.scopes.insert(0, HashMap::from([("retain".to_owned(), None)]));
                    self.expr(&argument.value, &words);
                    self.scopes.remove(0);
                }
                None => self.expr(&argument.value, &words),
            }
        }
        self.scopes.pop();
    }

    /// Whether a name in a text can only be that of an axis, as in `checkpoint("npo_{seed}.pth")`.
    fn is_axis(&self, name: &str) -> bool {
        let first = name.split('.').next().unwrap_or(name);
        let known = self.scopes.iter().any(|s| s.contains_key(first)) || self.definition(first).is_some();
        may_be_axis(name) && !known
    }

    /// The definition that a path means in this module.
    fn definition(&self, path: &str) -> Option<usize> {
        let (definition, _) = self.world.find(self.module, path)?;
        self.walk.index.by_place.get(&definition.name().span).copied()
    }

    fn name(&mut self, path: &str, span: Span, words: &[&str]) {
        if words.contains(&path) {
            return;
        }
        let first = path.split('.').next().unwrap_or(path);
        let first_span = Span { end: span.start + first.len() as u32, ..span };
        if let Some(found) = self.scopes.iter().rev().find_map(|s| s.get(first)) {
            if let Some(at) = *found {
                self.walk.index.uses.push((first_span, at));
            }
            return;
        }
        if let Some(at) = self.definition(first) {
            self.walk.index.uses.push((first_span, at));
            return;
        }
        if let Some((_, place)) = self.world.used(self.module, first) {
            if let Some(at) = self.walk.index.by_place.get(&place).copied() {
                self.walk.index.uses.push((first_span, at));
            }
            let mut parts = path.splitn(3, '.');
            let member = (parts.next(), parts.next());
            if let (Some(alias), Some(name)) = member
                && let Some(at) = self.definition(&format!("{alias}.{name}"))
            {
                let start = first_span.end + 1;
                self.walk.index.uses.push((Span { start, end: start + name.len() as u32, ..span }, at));
                return;
            }
        }
        if !FUNCTIONS.contains(&path) {
            self.walk.unresolved.push((path.to_owned(), span, self.module));
        }
    }
}
