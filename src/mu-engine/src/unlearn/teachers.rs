//! Networks that a loss compares with: frozen, in evaluation mode.

use std::collections::BTreeMap;

use mu_step::{Action, Procedure, Quantity, Teacher};
use tch::{TchError, Tensor};

use crate::artefact::Tensors;
use crate::draw::Draws;
use crate::nn::Network;

/// The teachers of a run.
pub(super) struct Teachers<'g> {
    original: Option<Network<'g>>,
    scratch: Option<Network<'g>>,
    average: Option<(Network<'g>, f64)>,
    /// Models that the method made on the side, by number.
    asides: BTreeMap<usize, Network<'g>>,
}

impl<'g> Teachers<'g> {
    /// Those that a procedure speaks of.
    pub(super) fn of(
        procedure: &Procedure,
        student: &Network<'g>,
        original: Option<&Tensors>,
        draws: Draws,
    ) -> Result<Self, TchError> {
        let missing = |name: String| TchError::Torch(format!("the original model has no tensor {name}"));
        let mut original =
            original.map(|w| Network::with(student.graph(), w).map_err(missing)).transpose()?;
        if let Some(original) = &mut original {
            original.compute_like(student)?;
            original.fold()?;
        }
        let mut teachers = Self { original, scratch: None, average: None, asides: BTreeMap::new() };
        let mut wanted = Vec::new();
        collect(&procedure.actions, &mut wanted);
        for teacher in wanted {
            match teacher {
                Teacher::Scratch if teachers.scratch.is_none() => {
                    // A stream of its own: the student may start from the same seed's initialisation.
                    let other = Draws { stage: "teacher", ..draws };
                    let mut fresh = Network::fresh(student.graph(), other, student.device())?;
                    fresh.compute_like(student)?;
                    fresh.fold()?;
                    teachers.scratch = Some(fresh);
                }
                Teacher::Average { share } => teachers.average = Some((student.frozen(), share)),
                _ => {}
            }
        }
        Ok(teachers)
    }

    /// The running mean of the student.
    pub(super) fn average(&self) -> Option<&Network<'g>> {
        self.average.as_ref().map(|(network, _)| network)
    }

    pub(super) fn average_mut(&mut self) -> Option<&mut Network<'g>> {
        self.average.as_mut().map(|(network, _)| network)
    }

    /// The fresh initialisation.
    pub(super) fn scratch(&self) -> Option<&Network<'g>> {
        self.scratch.as_ref()
    }

    /// A model that was made on the side.
    pub(super) fn aside(&self, model: usize) -> Option<&Network<'g>> {
        self.asides.get(&model)
    }

    /// All of them, by number.
    pub(super) fn asides(&self) -> &BTreeMap<usize, Network<'g>> {
        &self.asides
    }

    /// Keeps a model that was made on the side.
    pub(super) fn keep(&mut self, model: usize, made: Network<'g>) {
        self.asides.insert(model, made);
    }

    /// The original model.
    pub(super) fn original(&self) -> Result<&Network<'g>, TchError> {
        self.original.as_ref().ok_or_else(|| TchError::Torch("the step has no original model".to_owned()))
    }

    /// Logits of a teacher, without a graph.
    pub(super) fn logits(&self, teacher: Teacher, images: &Tensor) -> Result<Tensor, TchError> {
        let missing = || TchError::Torch("the teacher is missing".to_owned());
        let network = match teacher {
            Teacher::Original => self.original()?,
            Teacher::Scratch => self.scratch.as_ref().ok_or_else(missing)?,
            Teacher::Average { .. } => self.average.as_ref().map(|(n, _)| n).ok_or_else(missing)?,
            Teacher::Aside { model } => self.aside(model).ok_or_else(missing)?,
        };
        tch::no_grad(|| network.forward(images, false))
    }

    /// Moves the running mean towards the student.
    pub(super) fn follow(&mut self, student: &Network<'_>) -> Result<(), TchError> {
        let Some((mean, share)) = &mut self.average else { return Ok(()) };
        tch::no_grad(|| {
            for (name, tensor) in &mut mean.tensors {
                let _ = tensor.f_lerp_(&student.tensors[name].detach(), *share)?;
            }
            Ok(())
        })
    }
}

fn collect(actions: &[Action], out: &mut Vec<Teacher>) {
    for action in actions {
        match action {
            Action::Repeat(repeat) => out.extend(repeat.terms().filter_map(|t| teacher_of(&t.quantity))),
            Action::Weights { of } if of.iter().any(|m| m.of.reads_scratch()) => out.push(Teacher::Scratch),
            Action::KeepBest { by, actions } => {
                let terms = by.losses().into_iter().flat_map(|(_, terms)| terms);
                out.extend(terms.filter_map(|t| teacher_of(&t.quantity)));
                collect(actions, out);
            }
            other => collect(other.inner(), out),
        }
    }
}

fn teacher_of(quantity: &Quantity) -> Option<Teacher> {
    match quantity {
        Quantity::Divergence { teacher, .. } | Quantity::EntropyGap { teacher, .. } => Some(*teacher),
        _ => None,
    }
}
