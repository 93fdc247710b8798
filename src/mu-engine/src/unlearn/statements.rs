//! What methods say beyond phases of epochs: against plain PyTorch in float64, in limits, and across the ends of processes.

use tch::{Kind, Tensor};

use super::membership::Membership;
use super::resume::goes_on;
use super::toy::{
    SAMPLES, data, distance, forget, graph, methods, original, run, statements, unlearned, weights,
};

/// One method of each kind.
const TEXT: &str = r"
method in_steps {
  start from original
  repeat 23 steps over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 0.05, schedule: cosine) }
}
method steps_in_turn {
  start from original
  alternate 7 rounds {
    repeat 1 steps over forget in batches of 16 samples { minimize -ce(forget) by sgd(lr: 0.01) }
    repeat 3 steps over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 0.05) }
  }
}
method sharpness_aware {
  start from original
  repeat 5 epochs over retain in batches of 16 samples { minimize ce(retain) by sam(sgd(lr: 0.05)) }
}
method uam {
  start from original
  repeat 5 epochs over retain with forget in batches of 16 samples {
    minimize ce(retain)
    by sam(sgd(lr: 0.05), rho: 0.1, along: -ce(forget))
  }
}
method accumulated {
  start from original
  repeat 10 epochs over retain in batches of 16 samples {
    minimize ce(retain)
    by accumulate(clip_norm(sgd(lr: 0.05), max: 0.5), steps: 3)
  }
}
method task_vector {
  start from original
  let tuned = after {
    repeat 20 steps over forget in batches of 16 samples { minimize ce(forget) by sgd(lr: 0.05) }
  }
  weights = original - 0.5 * (tuned - original)
  repeat 8 steps over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 0.05) }
}
method negmerge(alpha: real = 0.8) {
  start from original
  let a = after {
    repeat 20 epochs over forget in batches of 16 samples { minimize ce(forget) by sgd(lr: 0.02) }
  }
  let b = after {
    repeat 20 epochs over forget in batches of 16 samples { minimize ce(forget) by sgd(lr: 0.05) }
  }
  let c = after {
    repeat 20 epochs over forget in batches of 16 samples { minimize ce(forget) by sgd(lr: 0.1) }
  }
  weights = original - alpha * consensus(a - original, b - original, c - original)
}
method shrink_and_perturb {
  start from original
  let guide = after {
    repeat 20 steps over forget in batches of 16 samples { minimize ce(forget) by sgd(lr: 0.05) }
  }
  weights = (weights + scratch) / 2
  repeat 20 steps over retain in batches of 16 samples { minimize kl(guide, retain) by sgd(lr: 0.02) }
}
method lookahead {
  start from original
  alternate 4 rounds {
    lookahead(k: 3 rounds, alpha: 0.4) {
      repeat 1 steps over forget in batches of 16 samples { minimize -ce(forget) by sgd(lr: 0.01) }
      repeat 2 steps over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 0.02) }
    }
  }
}
method keep_best {
  start from original
  keep best by abs(ce(forget) - 0.5 * ce(retain) - 1)
  repeat 20 epochs over forget in batches of 16 samples { minimize -ce(forget) by sgd(lr: 0.01) }
}
";

const CALLS: &[&str] = &[
    "in_steps",
    "steps_in_turn",
    "sharpness_aware",
    "uam",
    "accumulated",
    "task_vector",
    "negmerge",
    "shrink_and_perturb",
    "lookahead",
    "keep_best",
];

/// At least 20 steps agree with PyTorch's to 1e-8 on every parameter and running statistic.
#[test]
fn statements_are_pytorchs() {
    let expected = statements();
    assert!(expected.keys().all(|k| CALLS.contains(&k.as_str())) && expected.len() == CALLS.len());
    let mut wrong = Vec::new();
    for (name, procedure) in CALLS.iter().zip(methods(TEXT, CALLS)) {
        let apart = distance(&unlearned(&procedure), &weights(&expected[*name]));
        if apart >= 1e-8 {
            wrong.push(format!("{name}: {apart:e}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What the plan says that they cost is what they cost.
#[test]
fn their_costs_are_predicted() {
    let more = "method partly {
        start from original
        repeat 7 steps over retain with forget in batches of 24 samples {
          minimize ce(retain) + kl(original, retain)
          by sam(sgd(lr: 0.05), along: -kl(original, forget))
        }
        let side = after { alternate 3 rounds { repeat 2 steps over forget in batches of 5 samples { minimize ce(forget) by sgd(lr: 0.01) } } }
        weights = side
        keep best by kl(side, forget) + ce(retain)
        repeat 7 steps over retain in batches of 24 samples { minimize ce(retain) by sam(sgd(lr: 0.05)) }
        alternate 2 rounds { repeat 1 epochs over forget in batches of 5 samples { minimize ce(forget) by sgd(lr: 0.01) } }
        lookahead(k: 3 rounds) { repeat 2 steps over forget in batches of 5 samples { minimize ce(forget) by sgd(lr: 0.01) } }
      }";
    let (text, calls) = (format!("{TEXT}{more}"), [CALLS, &["partly"]].concat());
    let forget = forget();
    for (call, procedure) in calls.iter().zip(methods(&text, &calls)) {
        let cost = run(&procedure, Membership::of(&data(), &forget)).1;
        let spend = procedure.spend(SAMPLES as usize - forget.len(), forget.len(), 0);
        assert!((cost.epochs - spend.epochs).abs() < 1e-9, "{call}: {} and {}", cost.epochs, spend.epochs);
        assert_eq!(cost.samples as f64, spend.samples, "{call}");
        assert_eq!(cost.flops, spend.passes * graph().flops(), "{call}");
    }
}

#[test]
fn limits_are_other_methods() {
    let phase = |by: &str| {
        format!(
            "start from original repeat 3 epochs over retain in batches of 16 samples {{ minimize ce(retain) by {by} }}"
        )
    };
    let inner =
        "repeat 4 steps over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 0.05) }";
    let text = format!(
        "method plain {{ {} }}
         method no_radius {{ {} }}
         method one_batch {{ {} }}
         method in_twelve {{ start from original repeat 12 steps over retain in batches of 16 samples {{ minimize ce(retain) by sgd(lr: 0.05) }} }}
         method twice {{ start from original alternate 3 rounds {{ {inner} }} }}
         method far {{ start from original alternate 3 rounds {{ lookahead(k: 1 rounds, alpha: 1) {{ {inner} }} }} }}
         method nowhere {{ start from original lookahead(k: 3 rounds, alpha: 0) {{ {inner} }} }}
         method unused {{ start from original let x = after {{ update only last {inner} }} {} }}
         method back {{ start from original let x = after {{ {inner} }} weights = 2 * x - (x - original) - x }}
         method opposite {{ start from original let x = after {{ {inner} }}
           weights = original + consensus(x - original, original - x) }}
         method alike {{ start from original let x = after {{ {inner} }} weights = original + consensus(x - original, x - original) }}
         method only_x {{ start from original let x = after {{ {inner} }} weights = x }}
         method best_of_one {{ start from original keep best by -ce(retain) repeat 1 epochs over retain in batches of 16 samples {{
           minimize ce(retain) by sgd(lr: 0.05) }} }}
",
        phase("sgd(lr: 0.05)"),
        phase("sam(sgd(lr: 0.05), rho: 0)"),
        phase("accumulate(sgd(lr: 0.05), steps: 1)"),
        &phase("sgd(lr: 0.05)")["start from original".len()..],
    );
    let of = |call: &str| unlearned(&methods(&text, &[call])[0]);
    let moving = |call: &str| {
        let own = of(call).into_iter().filter(|(name, _)| !name.contains("running_"));
        own.collect::<crate::artefact::Tensors>()
    };
    for (a, b) in
        [("plain", "no_radius"), ("plain", "one_batch"), ("plain", "in_twelve"), ("alike", "only_x")]
    {
        let apart = distance(&of(a), &of(b));
        assert!(apart < 1e-12, "{a} and {b} are {apart:e} apart");
    }
    let parameters = |t: crate::artefact::Tensors| {
        t.into_iter().filter(|(name, _)| !name.contains("running_")).collect::<crate::artefact::Tensors>()
    };
    assert!(distance(&moving("nowhere"), &parameters(original())) < 1e-12);
    for call in ["back", "opposite"] {
        assert!(distance(&of(call), &original()) < 1e-12, "{call}");
    }
    // The draws of a phase are its statement's, so these are near and not the same.
    for (a, b) in [("twice", "far"), ("unused", "plain")] {
        assert!(distance(&of(a), &of(b)) > 0.0, "{a} and {b}");
    }
    assert!(distance(&of("unused"), &original()) > 1e-3);
    assert!(distance(&of("best_of_one"), &original()) > 1e-3);
}

/// A half of a running variance may be below zero; a variance is not.
#[test]
fn variances_stay_above_zero() {
    let text = "method far { start from original let x = after { repeat 8 steps over retain in batches of 16 samples { minimize ce(retain) by \
        sgd(lr: 0.05) } } weights = original - 50 * (x - original) }";
    for (name, tensor) in unlearned(&methods(text, &["far"])[0]) {
        if name.ends_with("running_var") {
            assert!(tensor.min().double_value(&[]) >= 0.0, "{name}");
        }
        assert!(tensor.isfinite().all().int64_value(&[]) == 1, "{name}");
    }
}

/// An average of the student does not see what is done on the side.
#[test]
fn what_moves_on_the_side_stays_there() {
    let body = |aside: &str| {
        format!(
            "start from original update only last {aside}
             alternate 1 rounds {{ repeat 4 steps over retain in batches of 16 samples {{ minimize ce(retain) + kl(average(0.2), retain) by sgd(lr: 0.05) }} }}"
        )
    };
    let aside = "let x = after { slow all to 0.3
 update only first repeat 4 steps over forget in batches of 16 samples { \
        minimize -ce(forget) + kl(average(0.2), forget) by sgd(lr: 0.5) } }";
    let text = format!("method beside {{ {} }} method alone {{ {} }}", body(aside), body("slow all to 1\n"));
    let both = methods(&text, &["beside", "alone"]);
    assert!(distance(&unlearned(&both[0]), &unlearned(&both[1])) < 1e-12);
}

#[test]
fn all_of_them_go_on_from_every_epoch() {
    let more = "method nested {
        start from original
        slow convs to 0.5
        repeat 3 steps over retain in batches of 16 samples { minimize ce(retain) + kl(average(0.1), retain) by sgd(lr: 0.02) }
        let x = after {
          update only top(40%, rank: magnitude)
          repeat 6 steps over forget in batches of 16 samples { minimize ce(forget) by adam(lr: 0.01) }
          alternate 2 rounds { repeat 1 steps over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 0.05) } }
        }
        keep best by kl(x, forget)
        alternate 2 rounds {
          repeat 5 steps over retain in batches of 16 samples { minimize ce(retain) + 1e-3 * l1(some(2)) by adamw(lr: 0.01) }
          let y = after { repeat 2 epochs over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 0.05) } }
          weights = 0.5 * weights + 0.3 * x + 0.2 * y
          lookahead(k: 2 rounds, alpha: 0.3) {
            repeat 2 steps over retain with forget in batches of 16 samples {
              minimize ce(retain)
              by sam(accumulate(adamw(lr: 0.01), steps: 2), along: -ce(forget) + 1e-3 * l2(some(1)))
            }
          }
        }
      }";
    let (text, calls) = (format!("{TEXT}{more}"), [CALLS, &["nested"]].concat());
    goes_on(methods(&text, &calls).into_iter().zip(calls).map(|(p, c)| (c.to_owned(), p)));
}

#[test]
fn a_consensus_is_by_entry() {
    let text = "method m { start from original let x = after { repeat 4 steps over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 0.05) } }
        let y = after { repeat 4 steps over forget in batches of 16 samples { minimize ce(forget) by sgd(lr: 0.05) } }
        weights = consensus(x - original, y - original) }
      method vx { start from original let x = after { repeat 4 steps over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 0.05) } } weights = x - original }";
    let both = methods(text, &["m", "vx"]);
    let (merged, x) = (unlearned(&both[0]), unlearned(&both[1]));
    let (merged, x) = (&merged["conv2.weight"], &x["conv2.weight"]);
    let none = merged.eq(0.0).sum(Kind::Int64).int64_value(&[]);
    assert!(none > 0 && none < merged.numel() as i64, "{none} entries have no consensus");
    let kept: Tensor = merged.ne(0.0).to_kind(Kind::Double) * (merged.sign() - x.sign()).abs();
    assert_eq!(kept.sum(Kind::Double).double_value(&[]), 0.0, "what is kept has the sign of each");
}
