//! The operations of expressions.

use serde::{Deserialize, Serialize};

use super::Axis;
use crate::Diffusion;
use crate::ModuleSpec;

/// The place of a node in an expression.
pub type At = usize;

/// Nodes that use only nodes before them; the last one is the value. What is said twice is there once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expression {
    pub(super) nodes: Vec<Node>,
}

/// One operation. Its operands are nodes before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the operations' operands")]
pub enum Node {
    /// A number.
    Number { value: f64 },
    /// The sample as the network sees it: channel × row × column.
    Image,
    /// The sample's class.
    Label,
    /// The class that `add class` added.
    NewClass,
    /// How far the phase is, by epochs: 0 in the first, towards 1.
    Progress,
    /// What the whole range of pixels is in network input, by channel.
    PixelRange,
    /// The network input of pixels of value 0, by channel.
    Darkest,
    /// The network input of the greatest pixels, by channel.
    Lightest,
    /// How many training samples each class has.
    ClassCount,
    /// The mean of a number over all samples of a set, in evaluation mode and without augmentation, before an epoch's first step.
    Now { over: Whole, of: Box<Expression> },
    /// What a network makes of the sample, or of another input in its place.
    Output { of: Net, part: Part, at: Option<At> },
    /// What a denoiser makes of an input at a time, under a condition: as the input.
    Prediction { of: Net, at: At, time: At, condition: At },
    /// The condition of a denoiser that stands for none.
    NoCondition,
    /// The time of a diffusion for a number that is uniform in 0..1.
    Time { diffusion: Diffusion, of: At },
    /// An image into which noise is mixed: a(t)·x + s(t)·e.
    Noised { diffusion: Diffusion, image: At, noise: At, time: At },
    /// Where a denoiser's own way from noise to an image is at a time: so many steps of its sampler, with guidance. No gradient flows.
    Trajectory {
        of: Net,
        diffusion: Diffusion,
        noise: At,
        condition: At,
        time: At,
        steps: usize,
        guidance: f64,
    },
    /// What a denoiser is trained to tell there.
    Target { diffusion: Diffusion, image: At, noise: At },
    /// A network's parameters: entry by entry.
    Weights { of: Net },
    /// Numbers drawn for each batch in the shape of another value; with `fixed` once, for all samples.
    Draw { number: usize, law: Law, like: At, fixed: bool },
    /// A class drawn for each sample in each epoch: of all, or of all but the sample's own.
    DrawClass { number: usize, other: bool },
    /// The input that `Maximizer` looks for: as `like`.
    Variable { number: usize, like: At },
    /// The input at which `of` is great: from `from` so many steps up its gradient by the variable, no further than `within`.
    Maximizer {
        of: At,
        over: At,
        from: At,
        by: By,
        step: At,
        steps: usize,
        within: Option<At>,
        least: Option<At>,
        most: Option<At>,
    },
    /// A function of every entry.
    Unary { f: Unary, of: At },
    /// A function of two values, entry by entry.
    Binary { f: Binary, a: At, b: At },
    /// `then` where the condition is not 0, else `other`.
    Choose { condition: At, then: At, other: At },
    /// Entries taken together along axes.
    Reduce { f: Reduce, of: At, over: Vec<Axis> },
    /// exp(x) / Σ exp(x)
    Softmax { of: At, over: Axis },
    /// x − log Σ exp(x)
    LogSoftmax { of: At, over: Axis },
    /// Σ a·b along an axis.
    Dot { a: At, b: At, over: Axis },
    /// Σ p (log p − log q) over classes, 0 where p is 0.
    Divergence { p: At, log_q: At },
    /// The class of the greatest entry.
    Argmax { of: At },
    /// The entry of a class.
    Pick { of: At, class: At },
    /// 1 at a class, 0 elsewhere.
    OneHot { class: At, like: At },
    /// Minus infinity at a class.
    Without { of: At, class: At },
    /// The same number, through which no gradient flows.
    Stop { of: At },
    /// The gradient by an input.
    Gradient { of: At, by: At },
    /// A number of each sample that a TorchScript function makes of values.
    Script { of: Vec<At>, file: FunctionFile },
}

/// The file of a TorchScript function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionFile {
    /// Where it is. Not part of what is keyed: the bytes count.
    #[serde(skip)]
    pub path: String,
    /// BLAKE3 of its bytes; empty where nobody looked.
    pub digest: String,
}

impl FunctionFile {
    /// The step that brings it into the store.
    #[must_use]
    pub fn module(&self) -> ModuleSpec {
        ModuleSpec { digest: self.digest.clone() }
    }
}

/// A network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "net", rename_all = "snake_case")]
pub enum Net {
    /// The one that is measured or changed.
    Own,
    /// The original model.
    Original,
    /// A fresh initialisation.
    Scratch,
    /// The running mean of the student: moved by `share` of the way after every step.
    Average {
        /// How far.
        share: f64,
    },
    /// A model that the method made on the side.
    Aside {
        /// Its number.
        model: usize,
    },
    /// The model that was trained without the forget set.
    Reference,
    /// The student on the batch of the other stream, without a gradient.
    Beside,
}

/// What is read of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum Part {
    /// Its outputs, by class.
    Logits,
    /// What a layer makes, or, without one, what the last linear layer sees; all in one row.
    Features {
        /// The layer's name.
        layer: Option<String>,
    },
}

/// Samples that are looked at as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whole {
    /// What must be unlearned.
    Forget,
    /// The rest of the training samples.
    Retain,
    /// What the split holds out for decisions.
    Validation,
}

impl Whole {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Whole::Forget => "forget",
            Whole::Retain => "retain",
            Whole::Validation => "validation",
        }
    }
}

/// What numbers are drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Law {
    /// N(0, 1).
    Normal,
    /// Uniform in [0, 1).
    Uniform,
    /// −1 or 1, each with probability ½.
    Sign,
}

/// How a step up a gradient goes, and what a distance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// step · sign(g); the greatest difference of an entry.
    Sign,
    /// step · g/‖g‖₂; the L2 norm of the difference.
    Gradient,
}

/// Functions of one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the field's terms")]
pub enum Unary {
    Negate,
    Exp,
    Log,
    Sqrt,
    Abs,
    Sign,
    Square,
    Sigmoid,
    LogSigmoid,
    Relu,
    Softplus,
    Cos,
}

/// Functions of two numbers; comparisons are 1 or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the field's terms")]
pub enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Min,
    Max,
    Equal,
    Unequal,
    Above,
    AtLeast,
    Below,
    AtMost,
}

/// Ways to take entries together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the field's terms")]
pub enum Reduce {
    Sum,
    Mean,
    Max,
    Min,
    /// The root of the sum of squares.
    Norm,
    LogSumExp,
}

impl Unary {
    /// Each with its word.
    pub const ALL: &[(Unary, &str)] = &[
        (Unary::Negate, "-"),
        (Unary::Exp, "exp"),
        (Unary::Log, "log"),
        (Unary::Sqrt, "sqrt"),
        (Unary::Abs, "abs"),
        (Unary::Sign, "sign"),
        (Unary::Square, "square"),
        (Unary::Sigmoid, "sigmoid"),
        (Unary::LogSigmoid, "log_sigmoid"),
        (Unary::Relu, "relu"),
        (Unary::Softplus, "softplus"),
        (Unary::Cos, "cos"),
    ];
}

impl Binary {
    /// Each with its sign or word.
    pub const ALL: &[(Binary, &str)] = &[
        (Binary::Add, "+"),
        (Binary::Subtract, "-"),
        (Binary::Multiply, "*"),
        (Binary::Divide, "/"),
        (Binary::Power, "power"),
        (Binary::Min, "min"),
        (Binary::Max, "max"),
        (Binary::Equal, "=="),
        (Binary::Unequal, "!="),
        (Binary::Above, ">"),
        (Binary::AtLeast, ">="),
        (Binary::Below, "<"),
        (Binary::AtMost, "<="),
    ];
}

impl Reduce {
    /// Each with its word.
    pub const ALL: &[(Reduce, &str)] = &[
        (Reduce::Sum, "sum"),
        (Reduce::Mean, "mean"),
        (Reduce::Max, "max"),
        (Reduce::Min, "min"),
        (Reduce::Norm, "norm"),
        (Reduce::LogSumExp, "logsumexp"),
    ];
}

impl Node {
    /// The same operation on other operands.
    #[must_use]
    pub fn map(mut self, mut f: impl FnMut(At) -> At) -> Self {
        self.visit(&mut |at| *at = f(*at));
        self
    }

    /// The places of its operands.
    #[must_use]
    pub fn operands(&self) -> Vec<At> {
        let mut all = Vec::new();
        self.clone().visit(&mut |at| all.push(*at));
        all
    }

    fn visit(&mut self, f: &mut dyn FnMut(&mut At)) {
        match self {
            Node::Number { .. }
            | Node::Image
            | Node::Label
            | Node::NewClass
            | Node::NoCondition
            | Node::Progress
            | Node::PixelRange
            | Node::Darkest
            | Node::Lightest
            | Node::ClassCount
            | Node::Now { .. }
            | Node::DrawClass { .. }
            | Node::Weights { .. } => {}
            Node::Output { at, .. } => at.iter_mut().for_each(f),
            Node::Draw { like: of, .. }
            | Node::Variable { like: of, .. }
            | Node::Unary { of, .. }
            | Node::Reduce { of, .. }
            | Node::Softmax { of, .. }
            | Node::LogSoftmax { of, .. }
            | Node::Argmax { of }
            | Node::Time { of, .. }
            | Node::Stop { of } => f(of),
            Node::Binary { a, b, .. } | Node::Dot { a, b, .. } => [a, b].into_iter().for_each(f),
            Node::Divergence { p, log_q } => [p, log_q].into_iter().for_each(f),
            Node::Pick { of, class } | Node::Without { of, class } => [of, class].into_iter().for_each(f),
            Node::OneHot { class, like } => [class, like].into_iter().for_each(f),
            Node::Gradient { of, by } => [of, by].into_iter().for_each(f),
            Node::Target { image, noise, .. } => [image, noise].into_iter().for_each(f),
            Node::Trajectory { noise, condition, time, .. } => {
                [noise, condition, time].into_iter().for_each(f);
            }
            Node::Noised { image, noise, time, .. } => [image, noise, time].into_iter().for_each(f),
            Node::Prediction { at, time, condition, .. } => [at, time, condition].into_iter().for_each(f),
            Node::Script { of, .. } => of.iter_mut().for_each(f),
            Node::Choose { condition, then, other } => [condition, then, other].into_iter().for_each(f),
            Node::Maximizer { of, over, from, step, within, least, most, .. } => {
                let given = [within, least, most].into_iter().flatten();
                [of, over, from, step].into_iter().chain(given).for_each(f);
            }
        }
    }
}
