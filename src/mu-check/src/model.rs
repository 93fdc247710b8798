//! A model's text → a layer graph with every shape settled against the data set.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Function, Init, Layer, LayerGraph, LayerNode, Script, Shape};
use mu_syntax::ast::{Body, Node};

use crate::eval::{Evaluator, Scope};
use crate::unit::Unit;
use crate::value::{Component, Data, Value};

impl Evaluator<'_> {
    /// The network for images of `channels` × `canvas` × `canvas` in `classes` classes.
    pub(crate) fn graph(
        &self,
        model: &Component,
        channels: i64,
        canvas: i64,
        classes: i64,
    ) -> Option<LayerGraph> {
        let Body::Model(lets, chains) = &model.declaration.body else { return None };
        let mut scope = Scope::of(model.module);
        let span = model.declaration.name.span;
        scope.locals.extend(model.args.clone());
        scope.locals.insert(
            "classes".to_owned(),
            Value { data: Data::Number(i128::from(classes).into(), Unit::Plain), span },
        );
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
        let mut builder = Builder { eval: self, broken: false, made: 0 };
        let input = [channels, canvas, canvas];
        let mut nodes = Vec::new();
        let out = builder.add(&chain, "", Shape::Image(input), &mut nodes)?;
        if !builder.broken && out != Shape::Features(classes) {
            let message = format!("`{}` gives {out}, the data set has {classes} classes", model.label);
            self.report(
                Diagnostic::error(Code::Shape, span, message).help("end the network with `linear(classes)`"),
            );
            return None;
        }
        let graph = LayerGraph { input, nodes };
        let mut names: Vec<String> =
            graph.parametric().iter().flat_map(|n| n.tensors()).map(|t| t.name).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|w| w[0] == w[1]) {
            let message = format!("`{}` has two tensors called `{}`", model.label, twice[0]);
            self.report(
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

struct Builder<'a, 'w> {
    eval: &'a Evaluator<'w>,
    broken: bool,
    /// Layers and repetitions so far.
    made: usize,
}

impl Builder<'_, '_> {
    fn fail(&mut self, span: Span, message: String) -> Option<Shape> {
        self.broken = true;
        self.eval.report(Diagnostic::error(Code::Shape, span, message));
        None
    }

    fn too_large(&mut self, span: Span, message: String, label: String) -> Option<Shape> {
        self.broken = true;
        self.eval.report(Diagnostic::error(Code::TooDeep, span, message).label(label));
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
                    let is =
                        |names: &[&str]| item.component().is_some_and(|c| names.contains(&c.name.as_str()));
                    let block = matches!(&item.data, Data::Chain(_)) || is(&["repeat"]);
                    // Copies of what has layers within must be told apart.
                    let block = block || copy && is(&["residual", "concat"]);
                    let name = match (label, block || parametric(&item)) {
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
            Data::Component(c) if c.name == "repeat" => {
                let body = c.arg("body")?;
                let times = times(value);
                if !self.has_room(times, value.span) {
                    return None;
                }
                let mut shape = shape;
                for i in 0..times {
                    let name = numbered(c, i).unwrap_or_else(|| i.to_string());
                    shape = self.add(body, &join(prefix, &name), shape, out)?;
                }
                Some(shape)
            }
            Data::Component(c) if c.kind == mu_syntax::ast::Kind::Layer => {
                self.layer(c, prefix, shape, value.span, out)
            }
            Data::Broken => {
                self.broken = true;
                None
            }
            _ => {
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
        let layer = match c.name.as_str() {
            "identity" => return Some(shape),
            "pad_shortcut" => match self.pad_shortcut(c, shape, span)? {
                Some(layer) => layer,
                None => return Some(shape),
            },
            "residual" => {
                let (mut body, mut shortcut) = (Vec::new(), Vec::new());
                self.add(c.arg("body")?, name, shape, &mut body)?;
                self.add(c.arg("shortcut")?, name, shape, &mut shortcut)?;
                Layer::Residual { body, shortcut }
            }
            "concat" => {
                let Data::List(items) = &c.arg("parts")?.data else { return None };
                let mut parts = Vec::new();
                for item in items {
                    let mut part = Vec::new();
                    self.add(item, name, shape, &mut part)?;
                    parts.push(part);
                }
                Layer::Concat { parts, image: matches!(shape, Shape::Image(_)) }
            }
            _ => match kernel(c, shape) {
                Some(layer) => layer,
                None => {
                    self.broken = true;
                    let diagnostic = self.eval.no_kernel(&c.declaration);
                    self.eval.report(diagnostic);
                    return None;
                }
            },
        };
        let shape = match layer.output(shape) {
            Ok(shape) => shape,
            Err(message) => {
                self.broken = true;
                let mut diagnostic = Diagnostic::error(Code::Shape, span, message);
                if matches!(layer, Layer::Linear { .. }) {
                    diagnostic = diagnostic.help("put `flatten` or `global_average_pool` before it");
                }
                self.eval.report(diagnostic);
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

    /// Nothing where nothing is to be padded.
    fn pad_shortcut(&mut self, c: &Component, shape: Shape, span: Span) -> Option<Option<Layer>> {
        let (outputs, stride) = (c.int("channels")?, c.int("stride")?);
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

/// The kernel of a layer for what comes before it; its own shape decides whether that fits.
fn kernel(c: &Component, shape: Shape) -> Option<Layer> {
    let law = |name: &str| law(c.arg(name)?.component()?);
    let is = |name: &str| c.arg(name).is_some_and(|v| matches!(v.data, Data::Bool(true)));
    let real = |name: &str| c.arg(name).and_then(Value::number);
    let channels = if let Shape::Image([channels, ..]) = shape { channels } else { 0 };
    let features = shape.rows().map_or(0, |(features, _)| features);
    let bias = || if is("bias") { law("bias_init").map(Some) } else { Some(None) };
    let window = || {
        let kernel = c.int("kernel")?;
        Some((kernel, c.int("stride").unwrap_or(kernel), c.int("padding")?))
    };
    let function = |function| Layer::Activation { function };
    Some(match c.name.as_str() {
        "conv" => {
            let (outputs, kernel, stride) = (c.int("channels")?, c.int("kernel")?, c.int("stride")?);
            let padding = c.int("padding").unwrap_or(kernel / 2);
            let (groups, weight, bias) = (c.int("groups")?, law("weight")?, bias()?);
            Layer::Conv { inputs: channels, outputs, kernel, stride, padding, groups, weight, bias }
        }
        "linear" => Layer::Linear {
            inputs: features,
            outputs: c.int("features")?,
            weight: law("weight")?,
            bias: bias()?,
        },
        "bn" => Layer::BatchNorm { channels: if let Shape::Features(f) = shape { f } else { channels } },
        "layer_norm" => Layer::LayerNorm { features, eps: real("eps")? },
        "group_norm" => Layer::GroupNorm { groups: c.int("groups")?, channels },
        "relu" => function(Function::Relu),
        "leaky_relu" => function(Function::LeakyRelu),
        "gelu" => function(Function::Gelu),
        "silu" => function(Function::Silu),
        "tanh" => function(Function::Tanh),
        "sigmoid" => function(Function::Sigmoid),
        "dropout" => Layer::Dropout { share: real("p")?, whole: false },
        "drop_path" => Layer::Dropout { share: real("p")?, whole: true },
        "max_pool" => {
            let (kernel, stride, padding) = window()?;
            Layer::MaxPool { kernel, stride, padding }
        }
        "average_pool" => {
            let (kernel, stride, padding) = window()?;
            Layer::AveragePool { kernel, stride, padding }
        }
        "adaptive_average_pool" => Layer::AdaptiveAveragePool { side: c.int("side")? },
        "global_average_pool" => Layer::GlobalAveragePool { image: matches!(shape, Shape::Image(_)) },
        "flatten" => Layer::Flatten,
        "to_tokens" => Layer::ToTokens,
        "to_grid" => Layer::ToGrid,
        "to_image" => Layer::ToImage,
        "patches" => Layer::Patches { side: c.int("side")? },
        "merge_patches" => Layer::MergePatches,
        "class_token" => Layer::ClassToken { features },
        "position_embedding" => {
            let tokens = if let Shape::Tokens([n, _]) = shape { n } else { 0 };
            Layer::PositionEmbedding { tokens, features, std: real("std")? }
        }
        "take_token" => Layer::TakeToken { at: c.int("at")? },
        "attention" => Layer::Attention { heads: c.int("heads")? },
        "window_attention" => {
            let window = c.int("window")?;
            let one = matches!(shape, Shape::Grid([h, w, _]) if h <= window && w <= window);
            let shift = if one && !is("always") { 0 } else { c.int("shift")? };
            Layer::WindowAttention { heads: c.int("heads")?, window, shift, shared: is("shared") }
        }
        "torchscript" => {
            let Data::Text(path) = &c.arg("path")?.data else { return None };
            let (outputs, keep) = (c.int("features")?, is("keep"));
            Layer::Script(Script { path: path.clone(), outputs, keep, ..Script::default() })
        }
        _ => return None,
    })
}

/// The law of fresh parameters.
fn law(c: &Component) -> Option<Init> {
    Some(match c.name.as_str() {
        "he_normal" => match &c.arg("fan")?.data {
            Data::Word(fan) if fan == "inputs" => Init::HeFanIn,
            Data::Word(fan) if fan == "outputs" => Init::HeFanOut,
            _ => return None,
        },
        "lecun_normal" => Init::Lecun,
        "glorot_uniform" => Init::Xavier,
        "torch_default" => Init::FanIn,
        "normal" => Init::Normal { std: c.arg("std").and_then(Value::number)? },
        "zeros" => Init::Zeros,
        _ => return None,
    })
}

/// How often a layer stands in a row.
fn times(item: &Value) -> usize {
    let repeat = item.component().filter(|c| c.name == "repeat");
    repeat.map_or(1, |c| c.int("times").and_then(|n| usize::try_from(n).ok()).unwrap_or(0))
}

/// An unlabelled `repeat` in a chain stands for its copies: a label, a value, and whether it is one of them.
fn unrolled(label: Option<&str>, item: &Value) -> Vec<(Option<String>, Value, bool)> {
    match item.component() {
        Some(c) if c.name == "repeat" && label.is_none() => (0..times(item))
            .filter_map(|i| c.arg("body").map(|b| (numbered(c, i), b.clone(), true)))
            .collect(),
        _ => vec![(label.map(str::to_owned), item.clone(), false)],
    }
}

/// What the i-th copy of a `repeat` is called, where it says so.
fn numbered(c: &Component, i: usize) -> Option<String> {
    match &c.arg("prefix")?.data {
        Data::Text(prefix) if !prefix.is_empty() => Some(format!("{prefix}{i}")),
        _ => None,
    }
}

/// Layers that take a number for a name where they have no label.
fn parametric(value: &Value) -> bool {
    const NAMED: [&str; 8] = [
        "conv",
        "bn",
        "linear",
        "layer_norm",
        "group_norm",
        "class_token",
        "position_embedding",
        "window_attention",
    ];
    value.component().is_some_and(|c| NAMED.contains(&c.name.as_str()))
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}
