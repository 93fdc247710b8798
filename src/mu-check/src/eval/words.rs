//! The words of expressions, and tensors made of them.

use std::rc::Rc;

use indexmap::IndexMap;
use mu_diag::Span;
use mu_step::expression::{Axis, Expression, Net, Node, Part, VALUES};

use crate::value::{Data, Tensor, Value};

/// Expressions have at most so many operations.
const MAX_NODES: usize = 1000;

/// Words that operands of functions stand for.
pub(crate) const OPERANDS: &[&str] = &[
    "class",
    "channel",
    "row",
    "column",
    "other",
    "feature",
    "normal",
    "uniform",
    "sign",
    "gradient",
    "augmented",
    "clean",
    "train",
    "eval",
    "mean",
    "sum",
];

/// Whether a word is a function of expressions.
pub(crate) fn is_function(word: &str) -> bool {
    mu_step::expression::FUNCTIONS.iter().any(|f| f.name == word)
        || matches!(word, "logits" | "probabilities" | "features")
}

/// The values that the text of a loss may speak of.
pub(crate) fn words(span: Span) -> IndexMap<String, Value> {
    let leaf = |node| Some(Data::Tensor(Rc::new(tensor_of(Expression::leaf(node)).ok()?)));
    let found = |name: &str| match name {
        "image" => leaf(Node::Image),
        "label" => leaf(Node::Label),
        "progress" => leaf(Node::Progress),
        "pixel_range" => leaf(Node::PixelRange),
        "darkest" => leaf(Node::Darkest),
        "lightest" => leaf(Node::Lightest),
        "class_count" => leaf(Node::ClassCount),
        "new_class" => leaf(Node::NewClass),
        "no_condition" => leaf(Node::NoCondition),
        "pi" => leaf(Node::Number { value: std::f64::consts::PI }),
        "beside" => Some(Data::Network(Net::Beside)),
        "validation" => Some(Data::HeldOut("validation")),
        name => output(&Net::Own, name, None, None).map(|t| Data::Tensor(Rc::new(t))),
    };
    let values =
        VALUES.iter().filter_map(|w| Some((w.name.to_owned(), Value { data: found(w.name)?, span })));
    values.collect()
}

/// A network's quantity by its word.
pub(super) fn output(
    net: &Net,
    word: &str,
    layer: Option<String>,
    at: Option<&Expression>,
) -> Option<Tensor> {
    let part = match word {
        "logits" | "probabilities" => Part::Logits,
        "features" => Part::Features { layer },
        _ => return None,
    };
    let made = match at {
        Some(at) => Expression::of([at], |[at]| Node::Output { of: net.clone(), part, at: Some(at) }),
        None => Expression::leaf(Node::Output { of: net.clone(), part, at: None }),
    };
    let made = match word {
        "probabilities" => Expression::of([&made], |[of]| Node::Softmax { of, over: Axis::Class }),
        _ => made,
    };
    tensor_of(made).ok()
}

/// An expression with its type; what does not fit, in words.
pub(super) fn tensor_of(of: Expression) -> Result<Tensor, String> {
    if of.nodes().len() > MAX_NODES {
        return Err(format!("an expression has at most {MAX_NODES} operations"));
    }
    let ty = of.types()?.pop().ok_or_else(|| "an expression is empty".to_owned())?;
    Ok(Tensor { of, ty, parameters: None })
}
