//! Relearn time: how many epochs on the forget set bring its loss back to near the original model's (Tarun et al. 2021;
//! Golatkar et al. 2020). A method that hid the set and did not erase it needs few.

use mu_step::artefact::FORGET;
use mu_step::{
    Action, Course, Failure, FailureKind, Length, LossTerm, Optimizer, Portion, Precision, Procedure,
    Quantity, Relearn, Repeat, Rule, Schedule, Set, Start, Stream,
};
use tch::{TchError, Tensor};

use super::evaluation::outputs;
use crate::artefact::store_failure;
use crate::context::{Context, Progress};
use crate::data::{self, Dataset};
use crate::draw::Draws;
use crate::nn::Network;
use crate::torch;
use crate::unlearn::{Interpreter, Membership, weights};

/// How long relearning took.
pub(super) struct Relearned {
    /// The epochs; `most` where so many were not enough.
    pub(super) epochs: usize,
    /// The size of the forget set.
    pub(super) samples: usize,
    /// Whether the loss came down to what was wanted.
    pub(super) reached: bool,
}

/// Trains on the forget set until its loss is what was wanted, or for `most` epochs.
pub(super) fn epochs(spec: &Relearn, context: &Context, progress: &Progress) -> Result<Relearned, Failure> {
    let failed = |e: TchError| torch::failed(&e);
    let data = data::open(spec.data, spec.split, &spec.view, context)?;
    let forget = context.input(spec.forget)?.array(FORGET).map_err(store_failure)?;
    let open = |key| -> Result<Network<'_>, Failure> {
        Network::with(&spec.graph, &weights(key, context)?).map_err(|name| {
            Failure::new(FailureKind::Kernel, format!("the model has no fitting tensor {name}"))
        })
    };
    let wanted =
        (1.0 + spec.how.margin) * mean_loss(&open(spec.original)?, &data, &forget).map_err(failed)?;
    let mut network = open(spec.model)?;
    let mut loss = mean_loss(&network, &data, &forget).map_err(failed)?;
    let mut done = 0;
    while loss > wanted && done < spec.how.most {
        // Its own draws in every epoch; the momentum begins anew.
        let draws =
            Draws { seed: spec.seed.wrapping_mul(1 << 20).wrapping_add(done as u64), stage: "relearn" };
        let mut quiet = |_, _, _| {};
        let interpreter =
            Interpreter::new(&data, Membership::of(&data, &forget), Vec::new(), draws, &mut quiet)?;
        interpreter.run(&one_epoch(spec), &mut network, None)?;
        loss = mean_loss(&network, &data, &forget).map_err(failed)?;
        done += 1;
        progress.say(done, spec.how.most, format!("loss {loss:.4}, wanted {wanted:.4}"));
    }
    Ok(Relearned { epochs: done, samples: forget.len(), reached: loss <= wanted })
}

fn one_epoch(spec: &Relearn) -> Procedure {
    let quantity = Quantity::cross_entropy(Set::Forget);
    let over = vec![Portion { set: Set::Forget, share: 1.0 }];
    let repeat = Repeat {
        length: Length::Epochs(1),
        rounds: None,
        streams: vec![Stream { over, clean: false, evaluation: false, noise: None }],
        batch: spec.how.batch,
        slow: Vec::new(),
        loss: vec![LossTerm { coefficient: 1.0, decay: None, quantity }],
        optimizer: Optimizer::of(Rule::sgd(0.9, 0.0), spec.how.lr, Schedule::Constant),
        course: Course::default(),
    };
    Procedure {
        start: Start::Scratch,
        draw: 0,
        precision: Precision::Float32,
        actions: vec![Action::Repeat(repeat)],
    }
}

fn mean_loss(network: &Network<'_>, data: &Dataset, samples: &[i64]) -> Result<f64, TchError> {
    let index = Tensor::from_slice(samples).f_to_device(data.train.device())?;
    let labels = data.train.labels.f_index_select(0, &index)?;
    let logits = outputs(network, &data.train, samples)?.f_to_kind(tch::Kind::Double)?;
    logits.f_cross_entropy_loss::<Tensor>(&labels, None, tch::Reduction::Mean, -100, 0.0)?.f_double_value(&[])
}
