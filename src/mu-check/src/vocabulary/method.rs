//! What methods are made of, besides losses.

use mu_step::expression::Net;
use mu_step::{ErrorNoise, LayerKind, LossTerm, ParameterSet, Score, Surgery};

use super::argument::Share;
use super::word::{vocabulary, words};
use crate::term::{Term, numbered};

vocabulary! { Surgery: Surgery {
    "noise"(std: f64) => Surgery::Noise { std },
    "zero" => Surgery::Zero,
    "transpose" => Surgery::Transpose,
    "half_precision" => Surgery::Half,
    "woodfisher"(strength: f64, samples: usize) => Surgery::Woodfisher { strength, samples },
    "dampen"(selection: f64, strength: f64, batch: usize) => Surgery::Dampen { selection, strength, batch },
    "fisher_noise"(alpha: f64, most: f64, samples: usize) => Surgery::FisherNoise { alpha, most, samples },
} }

vocabulary! { Teacher: Net {
    "original" => Net::Original,
    "scratch" => Net::Scratch,
    "average"(share: f64) => Net::Average { share },
} }

/// Images in the place of a set's own.
pub(crate) struct Images(pub(crate) ErrorNoise);

vocabulary! { Images: Images {
    "error_maximizing"(steps: usize, lr: f64, penalty: f64) =>
        Images(ErrorNoise { of: None, steps, lr, penalty }),
} }

/// A loss whose factors fall to 0 over the epochs of its phase.
pub(crate) struct Decayed(pub(crate) Vec<Term>);

vocabulary! { Loss: Decayed {
    "decay"(of: Vec<Term>, rest: usize) => {
        let mut terms = of;
        terms.iter_mut().for_each(|t| t.term.decay = Some(rest));
        Decayed(terms)
    },
} }

/// A set of parameters that a word names.
pub(crate) struct Parameters(pub(crate) ParameterSet);

vocabulary! { Parameters: Parameters {
    "all" => Parameters(ParameterSet::All),
    "last"(k: usize) => Parameters(ParameterSet::Last { layers: k }),
    "first"(k: usize) => Parameters(ParameterSet::First { layers: k }),
    "convs" => Parameters(ParameterSet::Kind { layer: LayerKind::Conv }),
    "linears" => Parameters(ParameterSet::Kind { layer: LayerKind::Linear }),
    "norms" => Parameters(ParameterSet::Kind { layer: LayerKind::Norm }),
    "named"(pattern: String) => Parameters(ParameterSet::Named { pattern }),
    "moving" => Parameters(ParameterSet::Moving),
    "some"(tensors: usize, of: ParameterSet) =>
        Parameters(ParameterSet::Some { tensors, of: Box::new(of) }),
    "top"(share: Share, rank: Rank, of: ParameterSet, ranked: Ranked) =>
        ranked.set(share, rank, of, false),
    "bottom"(share: Share, rank: Rank, of: ParameterSet, ranked: Ranked) =>
        ranked.set(share, rank, of, true),
    "exceeding"(times: f64, rank: Rank, than: Rank, of: ParameterSet) =>
        Parameters(ParameterSet::Exceeding { times, rank: rank.0, than: than.0, of: Box::new(of) }),
} }

/// Among which entries a rank counts.
#[derive(PartialEq)]
enum Ranked {
    Globally,
    ByLayer,
}

words! { Ranked { Globally = "globally", ByLayer = "by_layer" } }

impl Ranked {
    fn set(self, share: Share, by: Rank, of: ParameterSet, lowest: bool) -> Parameters {
        let by_layer = self == Ranked::ByLayer;
        Parameters(ParameterSet::Ranked { share: share.0, by: by.0, of: Box::new(of), by_layer, lowest })
    }
}

/// What the entries of parameters are ranked by.
pub(crate) struct Rank(pub(crate) Score);

vocabulary! { Importance: Rank {
    "magnitude" => Rank(Score::Magnitude),
    "gradient"(of: Vec<Term>, batch: usize) => Rank(Score::Gradient { loss: ranking(of), batch }),
    "squared_gradient"(of: Vec<Term>, batch: usize) =>
        Rank(Score::SquaredGradient { loss: ranking(of), batch }),
} }

/// A loss whose gradient ranks parameters.
fn ranking(of: Vec<Term>) -> Vec<LossTerm> {
    numbered(of).into_iter().map(|t| t.term).collect()
}
