//! A `builtin` metric → what is measured.

use mu_step::{Attack, Classes, CostOf, Decision, Feature, Likeness, On, Relearning, Report};

use crate::program::Measured;
use crate::value::{Component, Data, Value};

/// The kernel that a `builtin` metric names.
pub(crate) fn kernel(metric: &Component) -> Option<Measured> {
    // A selection's samples are looked at as those of a forget set.
    let on = || match metric.part("on") {
        Some(_) => Some(On::Forget),
        None => On::of(metric.word("on")?),
    };
    Some(match metric.name.as_str() {
        "accuracy" => Measured::Accuracy(on()?, classes(metric)),
        "calibration_error" => Measured::Calibration(on()?, metric.int("bins")? as usize),
        "attack" => Measured::Attack(attack(metric)?),
        "weight_distance" => Measured::WeightDistance,
        "frechet" => Measured::Likeness(on()?, Likeness::Frechet),
        "kernel_distance" => Measured::Likeness(on()?, Likeness::Kernel),
        "rte" => Measured::Cost(CostOf::Minutes),
        "epochs_run" => Measured::Cost(CostOf::Epochs),
        "samples_seen" => Measured::Cost(CostOf::Samples),
        "flops" => Measured::Cost(CostOf::Flops),
        "relearn_time" => Measured::Relearn(Relearning {
            lr: metric.real("lr")?,
            batch: metric.int("batch")? as usize,
            margin: metric.real("margin")? / 100.0,
            most: metric.int("most")? as usize,
        }),
        "ulira" => Measured::Ulira(metric.int("shadows")? as usize),
        _ => return None,
    })
}

/// What `class` and `without` say.
fn classes(metric: &Component) -> Classes {
    match (listed(metric, "class"), listed(metric, "without")) {
        (Some(only), None) => Classes::Only(only),
        (Some(only), Some(without)) => {
            Classes::Only(only.into_iter().filter(|c| !without.contains(c)).collect())
        }
        (None, Some(without)) => Classes::Without(without),
        (None, None) => Classes::All,
    }
}

/// A class, or a list of them, ascending and each once: one set of classes is one number to measure.
fn listed(metric: &Component, argument: &str) -> Option<Vec<i64>> {
    let number = |v: &Value| i64::try_from(v.whole()?).ok();
    let mut found: Vec<i64> = match metric.arg(argument)?.list() {
        Some(items) => items.iter().filter_map(number).collect(),
        None => vec![metric.int(argument)?],
    };
    found.sort_unstable();
    found.dedup();
    Some(found)
}

fn attack(metric: &Component) -> Option<Attack> {
    let feature = match metric.word("feature").unwrap_or("confidence") {
        "entropy" => Feature::Entropy,
        "modified_entropy" if matches!(metric.arg("faithful")?.data, Data::Bool(true)) => {
            Feature::ModifiedEntropyFaithful
        }
        "modified_entropy" => Feature::ModifiedEntropy,
        "correctness" => Feature::Correctness,
        "probabilities" => Feature::Probabilities,
        "confidence" => Feature::Confidence,
        _ => return None,
    };
    let c = metric.real("c")?;
    let by = match metric.word("decision")? {
        "threshold" => Decision::Threshold,
        "logistic" => Decision::Logistic { c },
        "svc" => Decision::Svc { c },
        _ => return None,
    };
    let report = match metric.word("report")? {
        "auc" => Report::Auc,
        "tpr" => Report::TprAtFpr(metric.real("at")? / 100.0),
        "non_members" => Report::NonMembers,
        _ => return None,
    };
    let outside = On::of(metric.word("outside")?)?;
    let balance = matches!(metric.arg("balance")?.data, Data::Bool(true));
    Some(Attack { feature, by, report, outside, balance })
}
