//! Steps played from one place in memory are the steps. There is no GPU here: in place of a graph, the recorded step is done again
//! where a graph would be played, with what a graph would see.

use std::cell::RefCell;

use mu_step::Procedure;
use tch::{Device, Kind, TchError, Tensor};

use super::{Order, Player, Recording, Steps};
use crate::artefact::Tensors;
use crate::unlearn::toy::{data, distance, forget, graph, methods, original};
use crate::unlearn::{Interpreter, Membership, draws_of, start};

/// What a procedure makes of the original weights, and how its steps were done.
fn run(procedure: &Procedure, player: Player) -> (Tensors, Option<String>) {
    let (data, graph, original) = (data(), graph(), original());
    let draws = draws_of(procedure, 7);
    let mut network = start(procedure, Some(&original), &graph, draws, Device::Cpu).unwrap();
    for tensor in network.tensors.values_mut() {
        *tensor = tensor.to_kind(Kind::Double);
    }
    let paths = RefCell::default();
    let mut say = |_, _, _| {};
    let membership = Membership::of(&data, &forget());
    let mut interpreter = Interpreter::new(&data, membership, Vec::new(), draws, &mut say).unwrap();
    interpreter.player = player;
    interpreter.paths = Some(&paths);
    interpreter.run(procedure, &mut network, Some(&original)).unwrap();
    (network.tensors, paths.into_inner().remove("steps"))
}

#[test]
fn played_steps_are_the_steps() {
    let own = r#"method own {
        start from original
        slow convs to 0.5
        update only top(30%, rank: magnitude)
        repeat 2 epochs over retain in batches of 4 samples {
          minimize 0.9 * kl(average(0.1), retain) + 0.001 * l1(some(2))
          by sgd(lr: 0.02, momentum: 0.9)
        }
      }"#;
    let calls = [
        "own",
        "ft(epochs: 2 epochs, batch: 4 samples)",
        "rl(epochs: 2 epochs, batch: 4 samples)",
        "salun(epochs: 2 epochs, batch: 4 samples)",
        "l1_sparse(epochs: 2 epochs, batch: 4 samples)",
        "bad_teacher(epochs: 2 epochs, batch: 1 samples)",
        "neggrad_plus(epochs: 2 epochs, batch: 4 samples)",
    ];
    for (procedure, call) in methods(own, &calls).iter().zip(calls) {
        let (plain, words) = run(procedure, Player::None);
        assert_eq!(words, None, "{call}");
        let (played, words) = run(procedure, Player::Again);
        assert_eq!(words.as_deref(), Some("recorded as a CUDA graph"), "{call}");
        assert_eq!(distance(&plain, &played), 0.0, "{call}");
    }
}

/// A step that counts how often it was done, in place or, like a bad one, in new memory.
struct Counting {
    done: Tensor,
    in_place: bool,
    /// What a recording would miss: a number of the host's.
    host: f64,
}

impl Steps for Counting {
    fn step(&mut self, _: &[Order], _: i64, _: i64) -> Result<(), TchError> {
        self.host += 1.0;
        if self.in_place {
            let _ = self.done.f_add_scalar_(self.host)?;
        } else {
            self.done = Tensor::f_cat(&[&self.done, &Tensor::from(1.0).f_view([1])?], 0)?;
        }
        Ok(())
    }

    fn state(&self) -> Vec<Tensor> {
        vec![self.done.shallow_clone()]
    }
}

#[test]
fn what_a_recording_would_miss_is_not_played() {
    for (in_place, why) in
        [(true, "what was recorded does something else"), (false, "a step changes what it keeps")]
    {
        let mut steps =
            Counting { done: Tensor::zeros([1], (Kind::Double, Device::Cpu)), in_place, host: 0.0 };
        let mut recording = Recording::new(Player::Again, 1, 20, None);
        for at in 0..20 {
            recording.step(&mut steps, &[], at, 1).unwrap();
        }
        assert_eq!(recording.words().unwrap(), format!("one by one: {why}"));
    }
    let few = Recording::new(Player::Again, 4, 20, None);
    assert_eq!(few.words().unwrap(), "one by one: there are too few");
    let noisy = Recording::new(Player::Again, 1, 20, Some("random numbers are drawn in them"));
    assert_eq!(noisy.words().unwrap(), "one by one: random numbers are drawn in them");
}
