//! Networks that a loss compares with: frozen, in evaluation mode.

use std::collections::BTreeMap;

use mu_step::expression::{Net, Part};
use mu_step::{Action, LossTerm, ParameterSet, Procedure, Score};
use tch::{TchError, Tensor};

use crate::artefact::Tensors;
use crate::draw::Draws;
use crate::nn::{Given, Network};

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
                Net::Scratch if teachers.scratch.is_none() => {
                    // A stream of its own: the student may start from the same seed's initialisation.
                    let other = Draws { stage: "teacher", ..draws };
                    let mut fresh = Network::fresh(student.graph(), other, student.device())?;
                    fresh.compute_like(student)?;
                    fresh.fold()?;
                    teachers.scratch = Some(fresh);
                }
                Net::Average { share } => teachers.average = Some((student.frozen(), share)),
                _ => {}
            }
        }
        Ok(teachers)
    }

    /// The running mean of the student.
    pub(super) fn running_mean(&self) -> Option<&Network<'g>> {
        self.average.as_ref().map(|(network, _)| network)
    }

    fn average(&self) -> Result<&Network<'g>, TchError> {
        self.running_mean().ok_or_else(|| TchError::Torch("the step has no running mean".to_owned()))
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

    /// One of them.
    pub(super) fn of_net(&self, net: &Net) -> Result<&Network<'g>, TchError> {
        let missing = || TchError::Torch(format!("the step has no network `{net}`"));
        match net {
            Net::Original => self.original(),
            Net::Scratch => self.scratch().ok_or_else(missing),
            Net::Average { .. } => self.average(),
            Net::Aside { model } => self.aside(*model).ok_or_else(missing),
            Net::Own | Net::Beside | Net::Reference => Err(missing()),
        }
    }

    /// What a frozen network makes of images, with a graph only where a gradient by these is taken.
    pub(super) fn output(&self, net: &Net, part: &Part, images: &Tensor) -> Result<Tensor, TchError> {
        let network = self.of_net(net)?;
        match images.requires_grad() {
            true => network.output(part, images, false),
            false => tch::no_grad(|| network.output(part, images, false)),
        }
    }

    /// What a frozen denoiser makes of inputs, with a graph only where a gradient by these is taken.
    pub(super) fn prediction(&self, net: &Net, at: &Tensor, given: &Given) -> Result<Tensor, TchError> {
        let network = self.of_net(net)?;
        match at.requires_grad() {
            true => network.predict(at, given, false),
            false => tch::no_grad(|| network.predict(at, given, false)),
        }
    }

    /// Whether they run by operations whose gradients have gradients.
    pub(super) fn run_plainly(&mut self, on: bool) {
        let average = self.average.as_mut().map(|(network, _)| network);
        let own = self.original.iter_mut().chain(&mut self.scratch).chain(average);
        for network in own.chain(self.asides.values_mut()) {
            network.run_plainly(on);
        }
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

fn collect(actions: &[Action], out: &mut Vec<Net>) {
    let of = |term: &LossTerm| term.quantity.expressions().flat_map(|e| e.networks()).collect::<Vec<_>>();
    let ranked =
        |set: &ParameterSet| set.scores().into_iter().flat_map(Score::loss).flat_map(of).collect::<Vec<_>>();
    for action in actions {
        match action {
            Action::Repeat(repeat) => {
                out.extend(repeat.terms().flat_map(of));
                out.extend(repeat.slow.iter().flat_map(|slowed| ranked(&slowed.parameters)));
            }
            Action::Update { only: set }
            | Action::Slow { parameters: set, .. }
            | Action::Reinit { parameters: set }
            | Action::Step { parameters: set, .. } => out.extend(ranked(set)),
            Action::Weights { of } if of.iter().any(|m| m.of.reads_scratch()) => out.push(Net::Scratch),
            Action::KeepBest { by, actions } => {
                out.extend(by.losses().into_iter().flat_map(|(_, terms)| terms).flat_map(of));
                collect(actions, out);
            }
            other => collect(other.inner(), out),
        }
    }
}
