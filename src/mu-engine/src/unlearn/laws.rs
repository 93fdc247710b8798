//! Limits in which one method is another: what holds for any correct reading of the texts.

use mu_step::{Action, Procedure, Repeat, Rule};
use tch::Tensor;

use super::membership::Membership;
use super::parity::CALLS;
use super::toy::{
    SAMPLES, data, distance, forget, graph, method, methods, original, run, run_parts, unlearned,
};
use crate::artefact::Tensors;

const SAME: f64 = 1e-12;

fn repeats(actions: &mut [Action], f: &mut dyn FnMut(&mut Repeat)) {
    for action in actions {
        match action {
            Action::Repeat(repeat) => f(repeat),
            Action::Alternate { actions, .. } => repeats(actions, f),
            _ => {}
        }
    }
}

/// A method of the library with its optimizers changed.
fn changed(call: &str, mut f: impl FnMut(&mut Repeat)) -> Procedure {
    let mut procedure = (*method(call)).clone();
    repeats(&mut procedure.actions, &mut f);
    procedure
}

/// `all` but the running statistics, which move with every pass in training mode.
fn parameters(tensors: &Tensors) -> Tensors {
    let own = tensors.iter().filter(|(n, _)| !n.contains("running_"));
    own.map(|(n, t)| (n.clone(), t.shallow_clone())).collect()
}

fn same(a: &str, b: &str) {
    let both = methods("", &[a, b]);
    let apart = distance(&unlearned(&both[0]), &unlearned(&both[1]));
    assert!(apart < SAME, "{a} and {b} are {apart:e} apart");
}

#[test]
fn ascent_at_rate_zero_is_the_original() {
    let still = changed("ga(batch: 16 samples)", |r| r.optimizer.lr = 0.0);
    assert!(distance(&parameters(&unlearned(&still)), &parameters(&original())) < SAME);
}

#[test]
fn no_unlearning_is_the_original() {
    assert!(distance(&unlearned(&method("no_unlearning")), &original()) < SAME);
}

#[test]
fn a_mask_of_everything_is_no_mask() {
    let both = methods("", &["salun(keep: 100%, batch: 16 samples)", "rl(batch: 16 samples)"]);
    // SalUn's draws are those of its second statement; give Random Labels an action before its phase as well.
    let mut rl = (*both[1]).clone();
    rl.actions.insert(0, Action::Update { only: mu_step::ParameterSet::All });
    assert!(distance(&unlearned(&both[0]), &unlearned(&rl)) < SAME);
    assert!(distance(&unlearned(&both[0]), &original()) > 1e-3);
}

#[test]
fn an_empty_mask_is_the_original() {
    let none = method("salun(keep: 0%, batch: 16 samples)");
    assert!(distance(&parameters(&unlearned(&none)), &parameters(&original())) < SAME);
}

#[test]
fn a_penalty_of_zero_is_fine_tuning() {
    same("l1_sparse(alpha: 0, batch: 16 samples)", "ft(batch: 16 samples)");
}

#[test]
fn negative_gradients_of_weight_zero_are_fine_tuning() {
    same("neggrad_plus(alpha: 1, batch: 16 samples)", "ft(epochs: 5 epochs, batch: 16 samples)");
}

#[test]
fn dampening_without_selection_is_the_original() {
    let none = method("ssd(alpha: 1e30, batch: 16 samples)");
    assert!(distance(&unlearned(&none), &original()) < SAME);
    assert!(distance(&unlearned(&method("ssd(alpha: 1, batch: 16 samples)")), &original()) > 1e-3);
}

#[test]
fn influence_of_strength_zero_and_noise_of_none_are_the_original() {
    for call in ["iu(alpha: 0, samples: 10 samples)", "fisher(alpha: 0, samples: 10 samples)"] {
        assert!(distance(&unlearned(&method(call)), &original()) < SAME, "{call}");
    }
}

#[test]
fn scrub_without_ascent_is_distilled_fine_tuning() {
    let distilled = "method distilled { start from original alternate 3 epochs { update only all \
        repeat 1 epochs over retain in batches of 16 samples { minimize 0.99 * ce(retain) + 0.001 * kl(original, retain, temperature: 4) \
        by sgd(lr: 5e-4, schedule: steps(at: [3 epochs])) } } }";
    let both = methods(
        distilled,
        &["scrub(epochs: 3 epochs, max_epochs: 0 epochs, batch: 16 samples)", "distilled"],
    );
    assert!(distance(&unlearned(&both[0]), &unlearned(&both[1])) < SAME);
    assert!(distance(&unlearned(&both[0]), &original()) > 1e-4);
}

#[test]
fn scrub_without_teacher_and_ascent_is_fine_tuning_with_its_schedule() {
    let plain = "method plain { start from original alternate 3 epochs { update only all \
        repeat 1 epochs over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 5e-4, schedule: steps(at: [3 epochs])) } } }";
    let scrub = "scrub(epochs: 3 epochs, max_epochs: 0 epochs, gamma: 1, alpha: 0, batch: 16 samples)";
    let both = methods(plain, &[scrub, "plain"]);
    assert!(distance(&unlearned(&both[0]), &unlearned(&both[1])) < SAME);
}

#[test]
fn convolutions_transposed_twice_are_the_original() {
    let twice = "method twice { start from original step convs by transpose step convs by transpose }";
    assert!(distance(&unlearned(&methods(twice, &["twice"])[0]), &original()) < SAME);
}

#[test]
fn one_part_of_a_composition_is_its_method() {
    let both = methods("method one = ft(batch: 16 samples)", &["one", "ft(batch: 16 samples)"]);
    assert!(distance(&unlearned(&both[0]), &unlearned(&both[1])) < SAME);
    let both = methods(
        "method none = ft(batch: 16 samples) then ft(epochs: 0 epochs, batch: 16 samples)",
        &["none"],
    );
    let mut ft = (*method("ft(batch: 16 samples)")).clone();
    ft.actions.insert(0, Action::Update { only: mu_step::ParameterSet::All });
    assert!(distance(&unlearned(&both[0]), &unlearned(&ft)) < SAME);
}

/// RUM with one part is its method; with two, the second begins where the first ended, and the first's samples are gone.
#[test]
fn parts_of_a_forget_set_are_forgotten_in_turn() {
    let text = "method one = rl(batch: 16 samples) on rest \
        method two = ga(batch: 16 samples) on random(50%) then rl(epochs: 0 epochs, batch: 16 samples) on rest";
    let both = methods(text, &["one", "two", "rl(batch: 16 samples)", "ga(batch: 16 samples)"]);
    let membership = || Membership::of(&data(), &forget());
    let mut rl = (*both[2]).clone();
    // The composition's actions: everything moves, the part, then the method's phase.
    rl.actions.splice(
        0..0,
        [
            Action::Update { only: mu_step::ParameterSet::All },
            Action::Update { only: mu_step::ParameterSet::All },
        ],
    );
    let whole = run_parts(&both[0], membership(), vec![forget()]).0;
    assert!(distance(&whole, &run(&rl, membership()).0) < SAME);
    let (first, second) = (forget()[..8].to_vec(), forget()[8..].to_vec());
    let mut ga = (*both[3]).clone();
    ga.actions.splice(
        0..0,
        [
            Action::Update { only: mu_step::ParameterSet::All },
            Action::Update { only: mu_step::ParameterSet::All },
        ],
    );
    let parts = run_parts(&both[1], membership(), vec![first.clone(), second]).0;
    assert!(distance(&parts, &run(&ga, Membership::of(&data(), &first)).0) < SAME);
}

#[test]
fn weights_of_zero_and_one_are_the_method() {
    // The weighted reading runs over all samples; with the whole set forgotten it has the same batches.
    let everything: Vec<i64> = (0..SAMPLES).collect();
    let ga = changed("ga(epochs: 2 epochs, batch: 16 samples)", |r| r.optimizer.rule = Rule::SignSgd);
    let binary = run(&ga, Membership::of(&data(), &everything)).0;
    let weighted = run(&ga, Membership::weighted(&data(), &vec![1.0; SAMPLES as usize])).0;
    assert!(distance(&binary, &weighted) < SAME);
    assert!(distance(&binary, &original()) > 1e-3);
}

/// A batch without any weight of a set teaches nothing about it, and breaks nothing.
#[test]
fn empty_batches_are_harmless() {
    for call in ["neggrad_plus(batch: 4 samples)", "cfw(batch: 4 samples)"] {
        let procedure = method(call);
        let mut weights = vec![0.0; SAMPLES as usize];
        weights[7] = 1.0;
        let found = run(&procedure, Membership::weighted(&data(), &weights)).0;
        assert!(found.values().all(|t| crate::torch::is_finite(t).unwrap()), "{call}");
    }
}

#[test]
fn only_the_permitted_set_moves() {
    let moved = |call: &str| -> Vec<String> {
        let (now, then) = (unlearned(&method(call)), original());
        let differs = |n: &&String| (&now[*n] - &then[*n]).abs().max().double_value(&[]) > 1e-9;
        now.keys().filter(|n| !n.contains("running_")).filter(differs).cloned().collect()
    };
    assert_eq!(moved("cf_k(batch: 16 samples)"), ["fc.bias", "fc.weight"]);
    assert_eq!(moved("eu_k(batch: 16 samples)"), ["fc.bias", "fc.weight"]);
    assert_eq!(moved("ft(batch: 16 samples)").len(), 8);
    // SalUn: exactly the masked share of the entries.
    let (now, then) = (unlearned(&method("salun(keep: 10%, batch: 16 samples)")), original());
    let count = |t: &Tensor| t.double_value(&[]);
    let moved: f64 = parameters(&now)
        .iter()
        .map(|(n, t)| count(&(t - &then[n]).abs().gt(0.0).sum(tch::Kind::Double)))
        .sum();
    let all: i64 = parameters(&now).values().map(|t| t.numel() as i64).sum();
    assert_eq!(moved, (0.1 * all as f64).round());
}

#[test]
fn declared_samples_are_consumed() {
    let cost = |call: &str| run(&method(call), Membership::of(&data(), &forget())).1;
    let (forget, all) = (forget().len(), SAMPLES as usize);
    assert_eq!(cost("ft(epochs: 3 epochs, batch: 16 samples)").samples, 3 * (all - forget));
    assert_eq!(cost("ga(epochs: 3 epochs, batch: 16 samples)").samples, 3 * forget);
    assert_eq!(cost("rl(epochs: 3 epochs, batch: 16 samples)").samples, 3 * all);
    assert_eq!(cost("neggrad_plus(epochs: 3 epochs, batch: 16 samples)").samples, 6 * (all - forget));
    assert_eq!(
        cost("neggrad_plus(alpha: 1, epochs: 3 epochs, batch: 16 samples)").samples,
        3 * (all - forget)
    );
    let scrub = cost("scrub(epochs: 3 epochs, max_epochs: 2 epochs, batch: 16 samples)");
    assert_eq!((scrub.samples, scrub.epochs), (3 * (all - forget) + 2 * forget, 5.0));
}

/// What the plan says that a method will cost is what it costs.
#[test]
fn costs_are_predicted() {
    let calls = [
        "ft",
        "ga",
        "rl",
        "salun",
        "eu_k",
        "cf_k",
        "scrub",
        "scrub@max_first",
        "l1_sparse",
        "bs",
        "be",
        "neggrad_plus",
        "neggrad_plus(alpha: 1)",
        "bad_teacher",
        "iu",
        "iu(samples: 10 samples)",
        "fisher",
        "ssd",
        "unsir",
        "fcs",
        "msg",
        "cfw",
        "prmq",
        "ct",
        "kde",
        "rni",
        "retrain",
        "numbers",
        "ranked",
    ];
    // Of `now`, in epochs and in steps; of what is ranked once, in each round, and never.
    let own = "method numbers {
        start from original
        repeat 2 epochs over retain in batches of 16 samples {
          minimize ce(retain) * (1 + now(mean(forget, -original.log_p(label)))) + 0 * now(mean(retain, logits[label])) * ce(retain)
          by sgd(lr: 0.01)
        }
        alternate 3 rounds {
          repeat 3 steps over retain in batches of 16 samples {
            minimize now(mean(validation, -log_p(label))) * ce(retain)
            by sgd(lr: 0.01)
          }
        }
      }
      method ranked {
        start from original
        alternate 3 rounds {
          repeat 1 steps over forget in batches of 16 samples {
            slow exceeding(1, rank: squared_gradient(ce(forget)), than: squared_gradient(ce(retain))) to 0.5
            slow top(10%, rank: squared_gradient(ce(forget))) to 0.5
            slow top(10%, rank: gradient(ce(retain))) to 0
            minimize ce(forget)
            by sgd(lr: 0.001)
          }
          repeat 1 epochs over retain in batches of 16 samples for the first 0 rounds {
            slow top(10%, rank: squared_gradient(ce(retain), batch: 8 samples)) to 0
            minimize ce(retain)
            by sgd(lr: 0.001)
          }
        }
      }";
    // The library's other methods, by what they are compared with PyTorch's by.
    let others = CALLS.iter().filter(|(name, _)| !calls.contains(name)).map(|(_, call)| *call);
    let calls: Vec<&str> = calls.into_iter().chain(others).collect();
    let forget = forget();
    for (call, procedure) in calls.iter().zip(methods(own, &calls)) {
        let cost = run(&procedure, Membership::of(&data(), &forget)).1;
        let spend = procedure.spend(SAMPLES as usize - forget.len(), forget.len(), data().validation.len());
        assert_eq!(cost.samples as f64, spend.samples, "{call}");
        assert!((cost.epochs - spend.epochs).abs() < 1e-9, "{call}: {} and {}", cost.epochs, spend.epochs);
        assert_eq!(cost.flops, spend.passes * graph().flops(), "{call}");
    }
}

/// Every method that says it unlearns changes the weights, and its forget set's loss is not that of a copy: the benchmarks of
/// the field list methods that do nothing.
#[test]
fn every_method_moves_the_weights() {
    let calls = [
        "ft",
        "ga",
        "rl",
        "salun",
        "eu_k",
        "cf_k",
        "scrub",
        "l1_sparse",
        "bs",
        "be",
        "neggrad_plus",
        "bad_teacher",
        "iu",
        "fisher",
        "ssd(alpha: 1)",
        "unsir",
        "fcs",
        "msg",
        "cfw",
        "prmq",
        "ct",
        "kde",
        "rni",
        "retrain",
        "retrain@again",
    ];
    let then = parameters(&original());
    for (call, procedure) in calls.iter().zip(methods("", &calls)) {
        let apart = distance(&parameters(&unlearned(&procedure)), &then);
        assert!(apart > 1e-6, "{call} moves the weights by {apart:e}");
    }
}

#[test]
fn a_second_retrain_has_other_random_numbers() {
    let both = methods("", &["retrain", "retrain@again"]);
    let [a, b, c] = [&both[0], &both[1], &both[0]].map(|p| unlearned(p));
    assert!(distance(&a, &c) < SAME && distance(&a, &b) > 1e-2);
}

#[test]
fn added_classes_are_taken_away() {
    let now = unlearned(&method("be(batch: 16 samples)"));
    assert_eq!(now["fc.weight"].size(), [graph().nodes.len() as i64 - 3, 6]);
}
