//! Recipes, optimizers and schedules.

use mu_step::{Clip, Course, Keep, Mix, Optimizer, ParameterSet, Precision, Recipe, Rule, Sam, Schedule};

use super::argument::{At, DatasetPart, KeptPart, LossPart, MetricPart, PathOfPoint, RecipePart};
use super::word::{vocabulary, words};
use crate::program::{Unseen, Weights};
use crate::term::Term;

/// How the original model comes about.
#[allow(clippy::large_enum_variant, reason = "it is made and taken apart at once")]
pub(crate) enum RecipeWord {
    /// It is trained.
    Training {
        /// Without its loss, and without what it keeps.
        recipe: Recipe,
        /// On what, where that is said.
        on: Option<At<DatasetPart>>,
        /// The recipe whose weights it starts from.
        from: Option<At<RecipePart>>,
        reinit: Option<At<ParameterSet>>,
        /// What is minimised.
        loss: LossPart,
        label_smoothing: At<f64>,
        /// Which weights it ends with, where they are not those of the last step.
        keep: Option<KeptPart>,
    },
    /// It is in a file.
    Checkpoint {
        weights: Weights,
        /// How Retrain is trained, where that is said.
        retrain: Option<RecipePart>,
        precision: Precision,
    },
}

vocabulary! { Recipe: RecipeWord {
    "training"(
        epochs: usize,
        optimizer: Optimizer,
        batch: usize,
        precision: Precision,
        on: Option<At<DatasetPart>>,
        from: Option<At<RecipePart>>,
        reinit: Option<At<ParameterSet>>,
        loss: LossPart,
        label_smoothing: At<f64>,
        mixup: Option<f64>,
        cutmix: Option<f64>,
        keep: Option<KeptPart>,
        patience: Option<usize>
    ) => {
        let mix = (mixup.is_some() || cutmix.is_some()).then_some(Mix { mixup, cutmix });
        let course = Course { mix, keep: Keep::Last, patience };
        let recipe = Recipe { epochs, batch, optimizer, precision, loss: Vec::new(), course };
        RecipeWord::Training { recipe, on, from, reinit, loss, label_smoothing, keep }
    },
    "checkpoint"(
        path: PathOfPoint,
        retrain: Option<RecipePart>,
        precision: Precision,
        unseen: Unseen,
        weights: Option<String>
    ) => {
        let weights = Weights { path: path.0, table: weights, drawn: None, unseen };
        RecipeWord::Checkpoint { weights, retrain, precision }
    },
} }

/// Which weights a training ends with.
pub(crate) enum KeptWord {
    /// Those of the epoch that a metric finds best.
    Best { of: MetricPart },
    /// The exponential mean over the steps.
    Average { decay: f64 },
}

vocabulary! { Kept: KeptWord {
    "best"(of: MetricPart) => KeptWord::Best { of },
    "ema"(decay: f64) => KeptWord::Average { decay },
} }

words! { Precision { Auto = "auto", Float32 = "float32", Bf16 = "bf16", Float64 = "float64" } }
words! { Unseen { Unknown = "unknown", Validation = "validation", All = "all" } }

vocabulary! { Optimizer: Optimizer {
    "sgd"(
        lr: f64,
        momentum: f64,
        weight_decay: f64,
        dampening: f64,
        nesterov: bool,
        schedule: Schedule
    ) => Optimizer::of(Rule::Sgd { momentum, weight_decay, dampening, nesterov }, lr, schedule),
    "sign_sgd"(lr: f64, schedule: Schedule) => Optimizer::of(Rule::SignSgd, lr, schedule),
    "adam"(lr: f64, beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64, schedule: Schedule) =>
        Optimizer::of(Rule::Adam { beta1, beta2, epsilon, weight_decay, decoupled: false }, lr, schedule),
    "adamw"(lr: f64, beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64, schedule: Schedule) =>
        Optimizer::of(Rule::Adam { beta1, beta2, epsilon, weight_decay, decoupled: true }, lr, schedule),
    "rmsprop"(
        lr: f64,
        alpha: f64,
        epsilon: f64,
        momentum: f64,
        weight_decay: f64,
        centered: bool,
        schedule: Schedule
    ) => Optimizer::of(Rule::Rmsprop { alpha, epsilon, momentum, weight_decay, centered }, lr, schedule),
    "adagrad"(lr: f64, lr_decay: f64, epsilon: f64, weight_decay: f64, initial: f64, schedule: Schedule) =>
        Optimizer::of(Rule::Adagrad { lr_decay, epsilon, weight_decay, initial }, lr, schedule),
    "lion"(lr: f64, beta1: f64, beta2: f64, weight_decay: f64, schedule: Schedule) =>
        Optimizer::of(Rule::Lion { beta1, beta2, weight_decay }, lr, schedule),
    "clip_norm"(of: Optimizer, max: f64) => Optimizer { clip: Some(Clip::Norm(max)), ..of },
    "clip_value"(of: Optimizer, max: f64) => Optimizer { clip: Some(Clip::Value(max)), ..of },
    "accumulate"(of: Optimizer, steps: usize) => Optimizer { accumulate: Some(steps), ..of },
    "sam"(of: Optimizer, rho: f64, along: Option<Vec<Term>>) => {
        let along = along.map(|terms| terms.into_iter().map(|t| t.term).collect());
        Optimizer { sam: Some(Sam { rho, along }), ..of }
    },
} }

vocabulary! { Schedule: Schedule {
    "constant" => Schedule::Constant,
    "steps"(at: Vec<usize>, factor: f64) => Schedule::Steps { at, factor },
    "cosine"(epochs: Option<usize>) => Schedule::Cosine { over: epochs },
    "triangle"(up: usize) => Schedule::Triangle { up },
    "linear_decay"(to: f64, epochs: Option<usize>) => Schedule::Linear { to, over: epochs },
    "exponential"(factor: f64) => Schedule::Exponential { factor },
    "one_cycle"(up: f64, start: f64, end: f64, epochs: Option<usize>) =>
        Schedule::OneCycle { up, start, end, over: epochs },
    "warmup"(epochs: usize, before: Schedule, from: f64) =>
        Schedule::Warmup { epochs, from, then: Box::new(before) },
    "by_step"(of: Schedule) => Schedule::ByStep { of: Box::new(of) },
} }
