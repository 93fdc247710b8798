//! What the engine has under each word that `stdlib/` declares as `builtin`: a table for each kind, with a line for each word that
//! names its parameters with their types, and says what the engine is told. Nothing else in this crate matches on these
//! words, but for metrics and programs (`unread.rs`).
//! `stdlib/` has the ranges, defaults and texts; a test compares the two in both directions.

mod argument;
mod data;
mod generative;
mod layer;
mod method;
mod recipe;
mod score;
mod selection;
pub(crate) mod takes;
mod unread;
pub(crate) mod word;

use word::{Entry, entries};

pub(crate) use argument::{
    At, LossPart, MethodPart, ModelPart, OptimizerPart, RecipePart, Samples, SelectionPart, Units,
};
pub(crate) use data::{Bytes, Drawn, Normalization};
pub(crate) use generative::JudgeWord;
pub(crate) use layer::LayerWord;
pub(crate) use method::{Decayed, Images, Parameters, Rank};
pub(crate) use recipe::{KeptWord, RecipeWord};
pub(crate) use selection::{Choice, In, Requests};
pub(crate) use word::{Argument, read, words};

/// Every word that the engine has.
pub(crate) fn all() -> Vec<Entry> {
    [
        entries::<mu_step::Optimizer>(),
        entries::<mu_step::Schedule>(),
        entries::<RecipeWord>(),
        entries::<KeptWord>(),
        entries::<Bytes>(),
        entries::<mu_step::Augmentation>(),
        entries::<Normalization>(),
        entries::<LayerWord>(),
        entries::<mu_step::Init>(),
        entries::<mu_step::Diffusion>(),
        entries::<mu_step::Sampling>(),
        entries::<JudgeWord>(),
        entries::<mu_step::Surgery>(),
        entries::<Parameters>(),
        entries::<Rank>(),
        entries::<mu_step::expression::Net>(),
        entries::<Images>(),
        entries::<Decayed>(),
        entries::<selection::Choice>(),
        entries::<selection::GroupsWord>(),
        entries::<crate::program::Score>(),
        unread::entries(),
    ]
    .concat()
}

#[cfg(test)]
mod tests;
