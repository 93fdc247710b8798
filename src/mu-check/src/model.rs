//! A model's text → a layer graph with every shape settled against the data set.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{Layer, LayerGraph, LayerNode};
use mu_syntax::ast::{Body, Node};

use crate::eval::{Evaluator, Scope};
use crate::value::{Component, Data, Unit, Value};

/// [channels, height, width] or [features].
type Shape = Vec<i64>;

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
        scope
            .locals
            .insert("classes".to_owned(), Value { data: Data::Number(classes as f64, Unit::Plain), span });
        for l in lets {
            if l.params.is_empty() {
                let value = self.eval(&l.value, &scope, &[]);
                scope.locals.insert(l.name.text.clone(), value);
            } else {
                scope.functions.insert(l.name.text.clone(), std::rc::Rc::new(l.clone()));
            }
        }
        let links = Node::Chain(chains.concat());
        let chain = self.eval(&mu_syntax::ast::Expr { node: links, span }, &scope, &[]);
        let mut builder = Builder { eval: self, broken: false };
        let input = [channels, canvas, canvas];
        let mut nodes = Vec::new();
        let out = builder.add(&chain, "", input.to_vec(), &mut nodes)?;
        if !builder.broken && out != [classes] {
            let message =
                format!("`{}` gives {}, the data set has {classes} classes", model.label, shape_words(&out));
            self.report(
                Diagnostic::error(Code::Shape, span, message).help("end the network with `linear(classes)`"),
            );
            return None;
        }
        (!builder.broken).then_some(LayerGraph { input, nodes })
    }
}

struct Builder<'a, 'w> {
    eval: &'a Evaluator<'w>,
    broken: bool,
}

impl Builder<'_, '_> {
    fn fail(&mut self, span: Span, message: String) -> Option<Shape> {
        self.broken = true;
        self.eval.report(Diagnostic::error(Code::Shape, span, message));
        None
    }

    /// Appends a value's layers; names below `prefix`. A chain within a chain is a block: it gets its
    /// position among the blocks as a name, unless it was given one.
    fn add(&mut self, value: &Value, prefix: &str, shape: Shape, out: &mut Vec<LayerNode>) -> Option<Shape> {
        match &value.data {
            Data::Chain(links) => {
                let mut shape = shape;
                let mut position = 0;
                for (label, item) in links.iter().flat_map(|(label, item)| unrolled(label.as_deref(), item)) {
                    let repeated = matches!(&item.data, Data::Component(c) if c.name == "repeat");
                    let block = matches!(&item.data, Data::Chain(_)) || repeated;
                    let name = match (label, block || parametric(&item)) {
                        (Some(label), _) => join(prefix, label),
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
                let times = c.int("times")? as usize;
                let links = (0..times).map(|_| (None, body.clone())).collect();
                let chain = Value { data: Data::Chain(links), span: value.span };
                self.add(&chain, prefix, shape, out)
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
        let what = c.label.as_str();
        let image = <[i64; 3]>::try_from(shape.as_slice()).ok();
        let needs_image = !matches!(what, "relu" | "linear" | "identity" | "residual" | "flatten");
        if needs_image && image.is_none() {
            return self.fail(
                span,
                format!("`{what}` needs an image, what comes before gives {}", shape_words(&shape)),
            );
        }
        let [channels, height, width] = image.unwrap_or([0, 0, 0]);
        let (layer, shape) = match what {
            "conv" => {
                let (kernel, stride) = (c.int("kernel")?, c.int("stride")?);
                let padding = c.int("padding").unwrap_or(kernel / 2);
                let side = |n: i64| (n + 2 * padding - kernel) / stride + 1;
                if height + 2 * padding < kernel || width + 2 * padding < kernel {
                    return self.fail(
                        span,
                        format!("a kernel of {kernel} px does not fit into {height} × {width} px"),
                    );
                }
                let outputs = c.int("channels")?;
                let bias = matches!(c.arg("bias")?.data, Data::Bool(true));
                let layer = Layer::Conv { inputs: channels, outputs, kernel, stride, padding, bias };
                (layer, vec![outputs, side(height), side(width)])
            }
            "bn" => (Layer::BatchNorm { channels }, shape),
            "relu" => (Layer::Relu, shape),
            "identity" => return Some(shape),
            "max_pool" => {
                let kernel = c.int("kernel")?;
                if height < kernel || width < kernel {
                    return self.fail(
                        span,
                        format!("a window of {kernel} px does not fit into {height} × {width} px"),
                    );
                }
                (Layer::MaxPool { kernel }, vec![channels, height / kernel, width / kernel])
            }
            "global_average_pool" => (Layer::GlobalAveragePool, vec![channels]),
            "flatten" => {
                let features = shape.iter().product();
                (Layer::Flatten, vec![features])
            }
            "linear" => {
                let &[inputs] = shape.as_slice() else {
                    let message = format!(
                        "`linear` needs a row of numbers, what comes before gives {}",
                        shape_words(&shape)
                    );
                    self.broken = true;
                    self.eval.report(
                        Diagnostic::error(Code::Shape, span, message)
                            .help("put `flatten` or `global_average_pool` before it"),
                    );
                    return None;
                };
                let outputs = c.int("features")?;
                (Layer::Linear { inputs, outputs }, vec![outputs])
            }
            "pad_shortcut" => {
                let (outputs, stride) = (c.int("channels")?, c.int("stride")?);
                let more = outputs - channels;
                if more < 0 {
                    return self.fail(
                        span,
                        format!("`pad_shortcut` cannot make {outputs} channels out of {channels}"),
                    );
                }
                if more == 0 && stride == 1 {
                    return Some(shape);
                }
                let side = |n: i64| (n + stride - 1) / stride;
                let layer = Layer::PadShortcut { stride, before: more / 2, after: more - more / 2 };
                (layer, vec![outputs, side(height), side(width)])
            }
            "residual" => {
                let (mut body, mut shortcut) = (Vec::new(), Vec::new());
                let one = self.add(c.arg("body")?, name, shape.clone(), &mut body)?;
                let other = self.add(c.arg("shortcut")?, name, shape, &mut shortcut)?;
                if one != other {
                    let (one, other) = (shape_words(&one), shape_words(&other));
                    return self.fail(span, format!("the body gives {one}, the shortcut {other}"));
                }
                (Layer::Residual { body, shortcut }, one)
            }
            _ => {
                self.broken = true;
                let diagnostic = self.eval.no_kernel(&c.declaration);
                self.eval.report(diagnostic);
                return None;
            }
        };
        let name = if parametric_layer(&layer) { name.to_owned() } else { String::new() };
        out.push(LayerNode { name, layer });
        Some(shape)
    }
}

/// An unlabelled `repeat` in a chain stands for its copies.
fn unrolled<'a>(label: Option<&'a str>, item: &Value) -> Vec<(Option<&'a str>, Value)> {
    match item.component() {
        Some(c) if c.name == "repeat" && label.is_none() => {
            let times = c.int("times").unwrap_or(0) as usize;
            (0..times).filter_map(|_| c.arg("body").map(|b| (None, b.clone()))).collect()
        }
        _ => vec![(label, item.clone())],
    }
}

fn parametric(value: &Value) -> bool {
    value.component().is_some_and(|c| matches!(c.name.as_str(), "conv" | "bn" | "linear"))
}

fn parametric_layer(layer: &Layer) -> bool {
    matches!(layer, Layer::Conv { .. } | Layer::BatchNorm { .. } | Layer::Linear { .. })
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

fn shape_words(shape: &[i64]) -> String {
    let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    if shape.len() == 1 { format!("{} features", sizes[0]) } else { sizes.join(" × ") }
}
