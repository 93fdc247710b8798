//! A model's text → a layer graph with every shape settled against the data set.

use std::collections::BTreeMap;

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Layer, LayerGraph, LayerNode, Shape};
use mu_syntax::ast::{Body, Kind, Node};

use crate::eval::{Evaluator, Scope};
use crate::unit::Unit;
use crate::value::{Component, Data, Value};
use crate::vocabulary::{At, LayerWord, read};

impl Evaluator<'_> {
    /// The network for images of `channels` × `canvas` × `canvas` in `classes` classes; `used` is where the program says the model.
    pub(crate) fn graph(
        &self,
        model: &Component,
        used: Span,
        channels: i64,
        canvas: i64,
        classes: i64,
    ) -> Option<LayerGraph> {
        let Body::Model(lets, chains) = &model.declaration.body else { return None };
        let mut scope = Scope::of(model.module);
        let span = model.declaration.name.span;
        for (name, number) in [("classes", classes), ("channels", channels), ("canvas", canvas)] {
            let data = Data::Number(i128::from(number).into(), Unit::Plain);
            scope.locals.insert(name.to_owned(), Value { data, span });
        }
        scope.locals.extend(model.args.clone());
        for l in lets {
            if l.params.is_empty() {
                let value = self.eval(&l.value, &scope, &[]);
                scope.locals.insert(l.name.text.clone(), value);
            } else {
                scope.functions.insert(l.name.text.clone(), std::rc::Rc::new(l.clone()));
            }
        }
        let links = Node::Chain(chains.concat());
        let chain =
            self.eval_as(&mu_syntax::ast::Expr { node: links, span }, &scope, &crate::types::of("layer"));
        let input = [channels, canvas, canvas];
        let place = Place { eval: self, used, model: &model.label, input: Shape::Image(input) };
        let mut builder = Builder::new(&place, classes);
        let mut nodes = Vec::new();
        let out = builder.add(&chain, "", Shape::Image(input), &mut nodes)?;
        builder.end();
        if !builder.broken && out != Shape::Features(classes) && out != Shape::Image(input) {
            let message = format!("`{}` gives {out}, the data set has {classes} classes", model.label);
            place.report(Diagnostic::error(Code::Shape, span, message).help(format!(
                "end a classifier with `linear(classes)`, and a denoiser in the shape of its images, {}",
                Shape::Image(input)
            )));
            return None;
        }
        if let Some((word, at)) = builder.given.filter(|_| out == Shape::Features(classes)) {
            let message =
                format!("`{word}` reads what a denoiser is given, and `{}` is a classifier", model.label);
            place.report(Diagnostic::error(Code::Shape, at, message).help(format!(
                "end the network in the shape of its images, {}, to make a denoiser of it",
                Shape::Image(input)
            )));
            return None;
        }
        let graph = LayerGraph { input, nodes };
        let mut names: Vec<String> =
            graph.parametric().iter().flat_map(|n| n.tensors()).map(|t| t.name).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|w| w[0] == w[1]) {
            let message = format!("`{}` has two tensors called `{}`", model.label, twice[0]);
            place.report(
                Diagnostic::error(Code::Shape, span, message).help("give one of the layers another label"),
            );
            return None;
        }
        (!builder.broken).then_some(graph)
    }
}

/// A network has so many layers at most, those of repetitions counted, and so many numbers in one tensor or between two layers: more
/// is a slip that would take all memory, or overflow what counts on.
const MAX_LAYERS: usize = 20_000;
const MAX_NUMBERS: f64 = 1e12;

/// Whose network is made, and of what.
struct Place<'a, 'w> {
    eval: &'a Evaluator<'w>,
    used: Span,
    model: &'a str,
    input: Shape,
}

impl Place<'_, '_> {
    /// Where the text is the library's, nobody can mend it there: what is wrong stands where the model is used.
    fn report(&self, mut diagnostic: Diagnostic) {
        if let Some(span) = diagnostic.span.filter(|span| self.eval.world.is_library(span.file)) {
            let label = std::mem::take(&mut diagnostic.label);
            let words = if label.is_empty() { "here in the library".to_owned() } else { label };
            diagnostic.message =
                format!("`{}` does not fit images of {}: {}", self.model, self.input, diagnostic.message);
            diagnostic.related.insert(0, (span, words));
            diagnostic.span = Some(self.used);
        }
        self.eval.report(diagnostic);
    }
}

struct Builder<'a, 'w> {
    place: &'a Place<'a, 'w>,
    classes: i64,
    broken: bool,
    /// Layers and repetitions so far.
    made: usize,
    /// What was remembered, by name.
    remembered: BTreeMap<String, Remembered>,
    /// The first layer that reads a sample's time or condition.
    given: Option<(&'static str, Span)>,
}

/// What was remembered.
struct Remembered {
    shape: Shape,
    /// Where its name stands.
    span: Span,
    recalled: bool,
}

impl<'a, 'w> Builder<'a, 'w> {
    fn new(place: &'a Place<'a, 'w>, classes: i64) -> Self {
        Self { place, classes, broken: false, made: 0, remembered: BTreeMap::new(), given: None }
    }

    /// Nothing is remembered in vain: no gradient would reach what makes it.
    fn end(&mut self) {
        if self.broken {
            return;
        }
        for (name, remembered) in self.remembered.iter().filter(|(_, r)| !r.recalled) {
            self.broken = true;
            let message = format!("what is remembered as `{name}` is never recalled");
            self.place.report(
                Diagnostic::error(Code::Shape, remembered.span, message)
                    .help(format!("`recall(\"{name}\")` where it is needed, or leave `remember` out")),
            );
        }
    }

    fn fail(&mut self, span: Span, message: String) -> Option<Shape> {
        self.broken = true;
        self.place.report(Diagnostic::error(Code::Shape, span, message));
        None
    }

    fn too_large(&mut self, span: Span, message: String, label: String) -> Option<Shape> {
        self.broken = true;
        self.place.report(Diagnostic::error(Code::TooDeep, span, message).label(label));
        None
    }

    /// Whether the network has room for so many more layers.
    fn has_room(&mut self, more: usize, span: Span) -> bool {
        self.made = self.made.saturating_add(more);
        let room = self.made <= MAX_LAYERS;
        if !room && !self.broken {
            let label = format!("a network has at most {MAX_LAYERS}");
            self.too_large(span, "the network has too many layers here".to_owned(), label);
        }
        room
    }

    /// Appends a value's layers; names below `prefix`. A chain within a chain is a block: it gets its
    /// position among the blocks as a name, unless it was given one.
    fn add(&mut self, value: &Value, prefix: &str, shape: Shape, out: &mut Vec<LayerNode>) -> Option<Shape> {
        match &value.data {
            Data::Chain(links) => {
                let mut shape = shape;
                let mut position = 0;
                for (_, item) in links {
                    if !self.has_room(times(item), item.span) {
                        return None;
                    }
                }
                for (label, item, copy) in links.iter().flat_map(|(l, item)| unrolled(l.as_deref(), item)) {
                    let word = word(&item);
                    let block = match &word {
                        Some(LayerWord::Repeat { .. }) => true,
                        // Copies of what has layers within must be told apart.
                        Some(
                            LayerWord::Residual { .. }
                            | LayerWord::Concat { .. }
                            | LayerWord::Remember { .. }
                            | LayerWord::Featurewise { .. },
                        ) => copy,
                        Some(LayerWord::Kernel(of)) => of(shape).is_numbered(),
                        Some(LayerWord::LabelEmbedding { .. }) => true,
                        Some(
                            LayerWord::Identity | LayerWord::PadShortcut { .. } | LayerWord::Recall { .. },
                        ) => false,
                        None => matches!(&item.data, Data::Chain(_)),
                    };
                    let name = match (label, block) {
                        (Some(label), _) => join(prefix, &label),
                        (None, true) => {
                            position += 1;
                            join(prefix, &(position - 1).to_string())
                        }
                        (None, false) => prefix.to_owned(),
                    };
                    shape = self.add(&item, &name, shape, out)?;
                }
                Some(shape)
            }
            Data::Component(c) if c.kind == Kind::Layer => self.layer(c, prefix, shape, value.span, out),
            Data::Broken => {
                self.broken = true;
                None
            }
            Data::Component(_)
            | Data::Number(..)
            | Data::Text(_)
            | Data::Bool(_)
            | Data::Word(_)
            | Data::List(_)
            | Data::Record(_)
            | Data::Sets(_)
            | Data::HeldOut(_)
            | Data::Loss(_)
            | Data::Tensor(_)
            | Data::Early(..)
            | Data::Network(_)
            | Data::Aside(_)
            | Data::Parameters(_)
            | Data::Formula(_) => {
                let message = format!("a layer is needed here, this is {}", value.what());
                self.fail(value.span, message)
            }
        }
    }

    fn layer(
        &mut self,
        c: &Component,
        name: &str,
        shape: Shape,
        span: Span,
        out: &mut Vec<LayerNode>,
    ) -> Option<Shape> {
        let Some(word) = read::<LayerWord>(c) else {
            self.broken = true;
            return None;
        };
        let layer = match word {
            LayerWord::Kernel(of) => of(shape),
            LayerWord::Identity => return Some(shape),
            LayerWord::PadShortcut { channels, stride } => {
                match self.pad_shortcut(channels, stride, shape, span)? {
                    Some(layer) => layer,
                    None => return Some(shape),
                }
            }
            LayerWord::Residual { body: of, shortcut: beside } => {
                let (mut body, mut shortcut) = (Vec::new(), Vec::new());
                self.add(&of.0, name, shape, &mut body)?;
                self.add(&beside.0, name, shape, &mut shortcut)?;
                Layer::Residual { body, shortcut }
            }
            LayerWord::Concat { parts: items } => {
                let mut parts = Vec::new();
                for item in items {
                    let mut part = Vec::new();
                    self.add(&item.0, name, shape, &mut part)?;
                    parts.push(part);
                }
                Layer::Concat { parts, image: matches!(shape, Shape::Image(_)) }
            }
            LayerWord::LabelEmbedding { features, apart } => {
                Layer::LabelEmbedding { conditions: self.classes, features, apart }
            }
            LayerWord::Remember { name: At { value: own, span }, of: item } => {
                let mut of = Vec::new();
                let made = self.add(&item.0, name, shape, &mut of)?;
                self.remember(&own, made, span)?;
                Layer::Remember { name: own, of }
            }
            LayerWord::Recall { name: At { value: own, span } } => {
                Layer::Recall { shape: self.recall(&own, span)?, name: own }
            }
            LayerWord::Featurewise { how, of: item } => {
                let mut of = Vec::new();
                self.add(&item.0, name, shape, &mut of)?;
                Layer::Featurewise { how, of, image: matches!(shape, Shape::Image(_)) }
            }
            LayerWord::Repeat { times, body, prefix } => {
                if !self.has_room(times, span) {
                    return None;
                }
                let mut shape = shape;
                for i in 0..times {
                    let copy = numbered(&prefix, i).unwrap_or_else(|| i.to_string());
                    shape = self.add(&body.0, &join(name, &copy), shape, out)?;
                }
                return Some(shape);
            }
        };
        if layer.reads_given() {
            self.given.get_or_insert((layer.word(), span));
        }
        if let Some(last) = out.last().filter(|last| {
            (layer.reads_given() || matches!(layer, Layer::Recall { .. }))
                && !matches!(last.layer, Layer::Remember { .. })
        }) {
            self.broken = true;
            let message =
                format!("nothing uses what `{}` gives: `{}` takes its place", last.layer.word(), c.name);
            self.place.report(
                Diagnostic::error(Code::Shape, span, message)
                    .help("begin a chain with it: that of `remember`, `concat`, `residual`, `shift`, `modulate` or `gate`"),
            );
            return None;
        }
        let shape = match layer.output(shape) {
            Ok(shape) => shape,
            Err(message) => {
                self.broken = true;
                let mut diagnostic = Diagnostic::error(Code::Shape, span, message);
                if matches!(layer, Layer::Linear { .. }) {
                    diagnostic = diagnostic.help("put `flatten` or `global_average_pool` before it");
                }
                if matches!(layer, Layer::Concat { image: true, .. }) {
                    diagnostic =
                        diagnostic.help("halving an odd side rounds: `upsample` does not give it back");
                }
                self.place.report(diagnostic);
                return None;
            }
        };
        let name = if layer.is_parametric() { name.to_owned() } else { String::new() };
        let node = LayerNode { name, layer };
        let product = |sides: &[i64]| sides.iter().map(|s| *s as f64).product::<f64>();
        let tensors = node.tensors().iter().map(|t| product(&t.shape)).sum::<f64>();
        if tensors > MAX_NUMBERS || shape.size() as f64 > MAX_NUMBERS {
            let message = format!("`{}` is too large", c.name);
            let label = format!(
                "it has {tensors:.0} weights and gives {shape}; {MAX_NUMBERS:.0} numbers are the most"
            );
            return self.too_large(span, message, label);
        }
        out.push(node);
        Some(shape)
    }

    fn remember(&mut self, name: &str, shape: Shape, span: Span) -> Option<()> {
        let made = Remembered { shape, span, recalled: false };
        if let Some(before) = self.remembered.insert(name.to_owned(), made) {
            self.broken = true;
            self.place.report(
                Diagnostic::error(Code::Shape, span, format!("`{name}` is remembered twice"))
                    .related(before.span, "here first")
                    .help("give one of them another name"),
            );
            return None;
        }
        Some(())
    }

    fn recall(&mut self, name: &str, span: Span) -> Option<Shape> {
        let Some(found) = self.remembered.get_mut(name) else {
            self.broken = true;
            let names: Vec<&str> = self.remembered.keys().map(String::as_str).collect();
            let label = match names.as_slice() {
                [] => "`remember` comes before `recall`".to_owned(),
                names => format!("there are {}", names.join(", ")),
            };
            self.place.report(
                Diagnostic::error(
                    Code::Shape,
                    span,
                    format!("nothing is remembered as `{name}` before this"),
                )
                .label(label),
            );
            return None;
        };
        found.recalled = true;
        Some(found.shape)
    }

    /// Nothing where nothing is to be padded.
    fn pad_shortcut(&mut self, outputs: i64, stride: i64, shape: Shape, span: Span) -> Option<Option<Layer>> {
        let channels = if let Shape::Image([channels, ..]) = shape { channels } else { outputs };
        let more = outputs - channels;
        if more < 0 {
            self.fail(span, format!("`pad_shortcut` cannot make {outputs} channels out of {channels}"));
            return None;
        }
        let layer = Layer::PadShortcut { stride, before: more / 2, after: more - more / 2 };
        Some((more > 0 || stride > 1).then_some(layer))
    }
}

/// The word of a layer.
fn word(item: &Value) -> Option<LayerWord> {
    read(item.component()?)
}

/// How often a layer stands in a row.
fn times(item: &Value) -> usize {
    if let Some(LayerWord::Repeat { times, .. }) = word(item) { times } else { 1 }
}

/// An unlabelled `repeat` in a chain stands for its copies: a label, a value, and whether it is one of them.
fn unrolled(label: Option<&str>, item: &Value) -> Vec<(Option<String>, Value, bool)> {
    match (label, word(item)) {
        (None, Some(LayerWord::Repeat { times, body, prefix })) => {
            (0..times).map(|i| (numbered(&prefix, i), body.0.clone(), true)).collect()
        }
        (label, _) => vec![(label.map(str::to_owned), item.clone(), false)],
    }
}

/// What the i-th copy of a `repeat` is called, where it says so.
fn numbered(prefix: &str, i: usize) -> Option<String> {
    (!prefix.is_empty()).then(|| format!("{prefix}{i}"))
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}
