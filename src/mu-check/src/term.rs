//! Terms of losses.

use mu_step::{ErrorNoise, LossTerm};

/// A term, and how its samples' images are seen.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) term: LossTerm,
    /// Nothing for norms, which see no images.
    pub(crate) view: Option<View>,
}

/// How images go through the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct View {
    pub(crate) clean: bool,
    pub(crate) evaluation: bool,
    pub(crate) noise: Option<ErrorNoise>,
}

/// Terms whose draws are numbered from 0: equal texts are then equal.
pub(crate) fn numbered(mut terms: Vec<Term>) -> Vec<Term> {
    let mut known = Vec::new();
    for term in &mut terms {
        term.term.quantity.expressions_mut().for_each(|e| e.renumber(&mut known));
    }
    terms
}
