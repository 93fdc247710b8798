//! Classes that are drawn once per epoch, by position in it.

use mu_step::LossTerm;
use mu_step::expression::Node;
use tch::{TchError, Tensor};

use crate::draw::{Draw, Draws};

/// The drawn classes of an epoch, by the numbers of their draws.
#[derive(Default)]
pub(crate) struct Drawn {
    classes: Vec<(usize, Tensor)>,
}

impl Drawn {
    /// Those that the terms speak of; one number is drawn per sample and draw.
    pub(crate) fn new<'t>(
        terms: impl Iterator<Item = &'t LossTerm>,
        labels: &Tensor,
        classes: usize,
        draws: Draws,
        index: usize,
    ) -> Result<Self, TchError> {
        let mut wanted: Vec<(usize, bool)> = Vec::new();
        for node in terms.flat_map(|t| t.quantity.expressions()).flat_map(|e| e.nodes()) {
            if let Node::DrawClass { number, other } = node
                && !wanted.contains(&(*number, *other))
            {
                wanted.push((*number, *other));
            }
        }
        let mut drawn = Self::default();
        for (at, (number, other)) in wanted.into_iter().enumerate() {
            let purpose =
                if at == 0 { "random labels".to_owned() } else { format!("random labels {}", at + 1) };
            let mut stream = draws.stream(&purpose, index);
            let truth = Vec::<i64>::try_from(labels.f_to_device(tch::Device::Cpu)?)?;
            let values: Vec<i64> = truth.into_iter().map(|t| one(other, t, classes, &mut stream)).collect();
            drawn.classes.push((number, Tensor::from_slice(&values).f_to_device(labels.device())?));
        }
        Ok(drawn)
    }

    /// Those of a draw.
    pub(crate) fn of(&self, number: usize) -> Option<&Tensor> {
        self.classes.iter().find(|(n, _)| *n == number).map(|(_, classes)| classes)
    }

    /// What `f` makes of each.
    pub(super) fn map(&self, f: impl Fn(&Tensor) -> Result<Tensor, TchError>) -> Result<Self, TchError> {
        let map = |(number, classes): &(usize, Tensor)| f(classes).map(|classes| (*number, classes));
        Ok(Self { classes: self.classes.iter().map(map).collect::<Result<_, _>>()? })
    }

    /// All of them.
    pub(super) fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.classes.iter().map(|(_, classes)| classes)
    }
}

/// A class for a sample whose own is `truth`: any, or with `other` any but that.
pub(super) fn one(other: bool, truth: i64, classes: usize, stream: &mut Draw) -> i64 {
    match other {
        true if classes > 1 => (truth + 1 + stream.below(classes - 1) as i64) % classes as i64,
        _ => stream.below(classes) as i64,
    }
}
