//! Recipes, optimizers and schedules.

use mu_step::{Clip, Optimizer, ParameterSet, Precision, Recipe, Rule, Schedule};

use super::argument::{At, DatasetPart, Path, RecipePart};
use super::word::{vocabulary, words};
use crate::program::{Unseen, Weights};

/// How the original model comes about.
pub(crate) enum RecipeWord {
    /// It is trained.
    Training {
        recipe: Recipe,
        /// On what, where that is said.
        on: Option<At<DatasetPart>>,
        /// The recipe whose weights it starts from.
        from: Option<At<RecipePart>>,
        reinit: Option<At<ParameterSet>>,
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
        reinit: Option<At<ParameterSet>>
    ) => RecipeWord::Training { recipe: Recipe { epochs, batch, optimizer, precision }, on, from, reinit },
    "checkpoint"(
        path: Path,
        retrain: Option<RecipePart>,
        precision: Precision,
        unseen: Unseen,
        weights: Option<String>
    ) => {
        let weights = Weights { path: path.0, table: weights, drawn: None, unseen };
        RecipeWord::Checkpoint { weights, retrain, precision }
    },
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
    ) => by(Rule::Sgd { momentum, weight_decay, dampening, nesterov }, lr, schedule),
    "sign_sgd"(lr: f64, schedule: Schedule) => by(Rule::SignSgd, lr, schedule),
    "adam"(lr: f64, beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64, schedule: Schedule) =>
        by(Rule::Adam { beta1, beta2, epsilon, weight_decay, decoupled: false }, lr, schedule),
    "adamw"(lr: f64, beta1: f64, beta2: f64, epsilon: f64, weight_decay: f64, schedule: Schedule) =>
        by(Rule::Adam { beta1, beta2, epsilon, weight_decay, decoupled: true }, lr, schedule),
    "rmsprop"(
        lr: f64,
        alpha: f64,
        epsilon: f64,
        momentum: f64,
        weight_decay: f64,
        centered: bool,
        schedule: Schedule
    ) => by(Rule::Rmsprop { alpha, epsilon, momentum, weight_decay, centered }, lr, schedule),
    "adagrad"(lr: f64, lr_decay: f64, epsilon: f64, weight_decay: f64, initial: f64, schedule: Schedule) =>
        by(Rule::Adagrad { lr_decay, epsilon, weight_decay, initial }, lr, schedule),
    "lion"(lr: f64, beta1: f64, beta2: f64, weight_decay: f64, schedule: Schedule) =>
        by(Rule::Lion { beta1, beta2, weight_decay }, lr, schedule),
    "clip_norm"(of: Optimizer, max: f64) => Optimizer { clip: Some(Clip::Norm(max)), ..of },
    "clip_value"(of: Optimizer, max: f64) => Optimizer { clip: Some(Clip::Value(max)), ..of },
} }

fn by(rule: Rule, lr: f64, schedule: Schedule) -> Optimizer {
    Optimizer { rule, lr, schedule, clip: None }
}

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
