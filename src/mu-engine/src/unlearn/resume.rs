//! A method whose process ends after any of its epochs goes on as if nothing had happened, to the last bit.

use std::cell::Cell;
use std::time::Duration;

use mu_step::{LayerGraph, Procedure, Shared, StepKey};
use mu_store::Store;
use tch::{Device, Kind, TchError, Tensor};

use super::keeper::Keeper;
use super::toy::{data, forget, graph, methods, original};
use super::{Interpreter, Membership, draws_of, start};
use crate::artefact::Tensors;

/// Runs a procedure until its process would end after so many epochs; what it made where it came to its end.
fn run(
    (graph, original): (&LayerGraph, &Tensors),
    procedure: &Procedure,
    store: &Store,
    key: StepKey,
    most: usize,
) -> Option<(Tensors, String)> {
    let mut data = data();
    // What recipes look at that keep the best epoch or end early.
    data.validation = (0..data.training.len() as i64).filter(|i| i % 4 == 1).collect();
    let draws = draws_of(procedure, 7);
    let mut network = start(procedure, Some(original), graph, draws, Device::Cpu).unwrap();
    for tensor in network.tensors.values_mut() {
        *tensor = tensor.to_kind(Kind::Double);
    }
    let seen = Cell::new(0);
    let mut watch = |_: &crate::nn::Network<'_>| {
        seen.set(seen.get() + 1);
        // The last of them ends before its state could be kept.
        if seen.get() > most { Err(TchError::Torch("the power is gone".to_owned())) } else { Ok(()) }
    };
    let mut say = |_, _, _| {};
    let membership = Membership::of(&data, &forget());
    let parts = vec![forget()[..2].to_vec(), forget()[2..].to_vec()];
    let mut interpreter = Interpreter::new(&data, membership, parts, draws, &mut say).unwrap();
    interpreter.keeper = Some(Keeper::new(store, key, Duration::ZERO));
    interpreter.watch = Some(&mut watch);
    let (mut cost, log) = interpreter.run(procedure, &mut network, Some(original)).ok()?;
    cost.seconds = 0.0;
    let words = serde_json::to_string(&(cost, log)).unwrap();
    Some((network.tensors, words))
}

#[test]
fn every_method_goes_on_from_every_epoch() {
    let own = r#"method own {
        start from original
        slow convs to 0.5
        update only top(30%, rank: magnitude)
        repeat 2 epochs over retain in batches of 16 samples {
          minimize ce(retain) + 0.001 * l1(some(2))
          by sgd(lr: 0.02, momentum: 0.9)
        }
        alternate 2 epochs {
          repeat 1 epochs over forget in batches of 16 samples { minimize -ce(forget) by sgd(lr: 0.001, momentum: 0.9) }
          repeat 1 epochs over retain in batches of 16 samples {
            minimize kl(average(0.1), retain) by sgd(lr: 0.01, momentum: 0.9)
          }
        }
      }
      method optimizers {
        start from original
        update only top(30%, rank: magnitude)
        repeat 2 epochs over retain in batches of 16 samples {
          minimize ce(retain) by adamw(lr: 0.01, schedule: by_step(warmup(1 epochs, before: cosine)))
        }
        alternate 2 epochs {
          repeat 1 epochs over forget in batches of 16 samples {
            minimize -ce(forget) by clip_norm(rmsprop(lr: 0.001, momentum: 0.5, centered: true), max: 0.1)
          }
          repeat 1 epochs over retain in batches of 16 samples {
            minimize ce(retain) by adagrad(lr: 0.01, lr_decay: 0.1)
          }
        }
        repeat 2 epochs over retain in batches of 16 samples { minimize ce(retain) by lion(lr: 1e-3) }
        repeat 1 epochs over retain in batches of 16 samples {
          minimize ce(retain) by sgd(lr: 0.01, nesterov: true, dampening: 0.1)
        }
      }
      method slowed {
        start from original
        slow norms to 0.5
        repeat 3 epochs over retain in batches of 16 samples {
          slow top(30%, rank: magnitude) to 0.1
          minimize ce(retain) * now(mean(forget, -log_p(label)))
          by sgd(lr: 0.02, momentum: 0.9)
        }
        repeat 2 epochs over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 0.02, momentum: 0.9) }
      }"#;
    let calls = [
        "own",
        "optimizers",
        "slowed",
        "sfr_on(rounds: 3 rounds, repair: 3 steps, batch: 16 samples)",
        "ft",
        "rl",
        "salun",
        "eu_k",
        "scrub",
        "l1_sparse",
        "be",
        "bad_teacher",
        "unsir",
        "fcs",
        "msg",
        "retrain",
    ];
    goes_on(methods(own, &calls).into_iter().zip(calls).map(|(p, c)| (c.to_owned(), p)).chain(recipes()));
}

/// Ends methods after each of their first epochs, and compares what becomes of them.
pub(super) fn goes_on(procedures: impl IntoIterator<Item = (String, Shared<Procedure>)>) {
    goes_on_with((&graph(), &original()), procedures);
}

/// The same of another network.
pub(super) fn goes_on_with(
    model: (&LayerGraph, &Tensors),
    procedures: impl IntoIterator<Item = (String, Shared<Procedure>)>,
) {
    for (call, procedure) in procedures {
        let call = call.as_str();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let key = |n: usize| StepKey::of("resume", &(call, n));
        let (expected, words) = run(model, &procedure, &store, key(0), usize::MAX).unwrap();
        let log = serde_json::from_str::<(super::Cost, Vec<serde_json::Value>)>(&words).unwrap().1;
        let epochs = log.len();
        // One epoch a process ends it after each of them; three end it after some.
        for most in [1, 3].into_iter().filter(|most| *most < epochs) {
            let mut tries = 0;
            let (found, said) = loop {
                tries += 1;
                if let Some(found) = run(model, &procedure, &store, key(most), most) {
                    break found;
                }
            };
            assert!(tries > 1 && tries <= epochs, "{call}: {tries} processes of {most} of {epochs} epochs");
            assert_eq!(said, words, "{call}, {most} epochs a process");
            for (name, tensor) in &expected {
                assert!(Tensor::equal(tensor, &found[name]), "{call}, {most} epochs a process: {name}");
            }
        }
    }
}

/// Retrain by recipes that mix batches, keep other weights than the last, or end early; and something after it.
fn recipes() -> Vec<(String, Shared<Procedure>)> {
    let said = [
        "mixup: 0.4",
        "mixup: 0.4, cutmix: 1, label_smoothing: 0.1, keep: ema(0.9)",
        "keep: best(va)",
        "keep: best(cross_entropy(validation)), patience: 1 epochs",
        "patience: 1 epochs, loss: ce(retain, balance: 1) + 0.001 * l2(all)",
    ];
    let of = |recipe: &&str| {
        let text = format!(
            "experiment e {{ data = digits model = small_cnn \
             train = training(5 epochs, optimizer: sgd(lr: 0.3), batch: 16 samples, {recipe}) \
             forget = random(10%) unlearn = each [retrain, retrain then ft(epochs: 2 epochs, batch: 16 samples)] measure = [ua] }}"
        );
        let unlearn = &crate::texts::checked(&text).experiments[0].unlearn;
        unlearn.iter().map(|a| ((*recipe).to_owned(), a.value[0].procedure.clone())).collect::<Vec<_>>()
    };
    said.iter().flat_map(of).collect()
}

#[test]
fn a_damaged_bookmark_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let key = StepKey::of("resume", &0);
    let keeper = Keeper::new(&store, key, Duration::ZERO);
    store.keep_bookmark(key, b"not tensors").unwrap();
    assert!(keeper.open::<u8>(Device::Cpu).is_none());
    let at = folder.path().join("bookmarks").join(key.to_string());
    let mut bytes = std::fs::read(&at).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&at, bytes).unwrap();
    assert!(store.bookmark(key).is_none());
}
