//! Components that methods are made of → what the engine calls them.

use mu_step::{Clip, Optimizer, Precision, Rule, Schedule, Surgery};

use crate::program::{Unseen, Weights};
use crate::value::{Component, Data};

/// The optimizer that a component stands for.
pub(crate) fn optimizer(c: &Component) -> Option<Optimizer> {
    let clip = match c.name.as_str() {
        "clip_norm" => Some(Clip::Norm(c.real("max")?)),
        "clip_value" => Some(Clip::Value(c.real("max")?)),
        _ => None,
    };
    if clip.is_some() {
        return Some(Optimizer { clip, ..optimizer(c.part("of")?)? });
    }
    Some(Optimizer {
        rule: rule(c)?,
        lr: c.real("lr")?,
        schedule: schedule(c.part("schedule")?)?,
        clip: None,
    })
}

fn rule(c: &Component) -> Option<Rule> {
    let weight_decay = || c.real("weight_decay");
    Some(match c.name.as_str() {
        "sign_sgd" => Rule::SignSgd,
        "sgd" => Rule::Sgd {
            momentum: c.real("momentum")?,
            weight_decay: weight_decay()?,
            dampening: c.real("dampening")?,
            nesterov: c.flag("nesterov")?,
        },
        "adam" | "adamw" => Rule::Adam {
            beta1: c.real("beta1")?,
            beta2: c.real("beta2")?,
            epsilon: c.real("epsilon")?,
            weight_decay: weight_decay()?,
            decoupled: c.name == "adamw",
        },
        "rmsprop" => Rule::Rmsprop {
            alpha: c.real("alpha")?,
            epsilon: c.real("epsilon")?,
            momentum: c.real("momentum")?,
            weight_decay: weight_decay()?,
            centered: c.flag("centered")?,
        },
        "adagrad" => Rule::Adagrad {
            lr_decay: c.real("lr_decay")?,
            epsilon: c.real("epsilon")?,
            weight_decay: weight_decay()?,
            initial: c.real("initial")?,
        },
        "lion" => {
            Rule::Lion { beta1: c.real("beta1")?, beta2: c.real("beta2")?, weight_decay: weight_decay()? }
        }
        _ => return None,
    })
}

fn schedule(c: &Component) -> Option<Schedule> {
    let over = || c.int("epochs").map(|n| n as usize);
    Some(match c.name.as_str() {
        "constant" => Schedule::Constant,
        "steps" => {
            let Data::List(at) = &c.arg("at")?.data else { return None };
            let at = at.iter().filter_map(|v| v.number().map(|v| v as usize)).collect();
            Schedule::Steps { at, factor: c.real("factor")? }
        }
        "cosine" => Schedule::Cosine { over: over() },
        "triangle" => Schedule::Triangle { up: c.int("up")? as usize },
        "linear_decay" => Schedule::Linear { to: c.real("to")?, over: over() },
        "exponential" => Schedule::Exponential { factor: c.real("factor")? },
        "one_cycle" => Schedule::OneCycle {
            up: c.real("up")?,
            start: c.real("start")?,
            end: c.real("end")?,
            over: over(),
        },
        "warmup" => Schedule::Warmup {
            epochs: c.int("epochs")? as usize,
            from: c.real("from")?,
            then: Box::new(schedule(c.part("before")?)?),
        },
        "by_step" => Schedule::ByStep { of: Box::new(schedule(c.part("of")?)?) },
        _ => return None,
    })
}

/// The weights that a `checkpoint` names.
pub(crate) fn weights(checkpoint: &Component) -> Option<Weights> {
    let text = |name: &str| match &checkpoint.arg(name)?.data {
        Data::Text(text) => Some(text.clone()),
        _ => None,
    };
    let unseen = match checkpoint.word("unseen") {
        Some("validation") => Unseen::Validation,
        Some("all") => Unseen::All,
        _ => Unseen::Unknown,
    };
    Some(Weights { path: text("path")?, table: text("weights"), drawn: None, unseen })
}

/// What a recipe's networks compute in: of a file's, where it leaves it open, as Retrain's do.
pub(crate) fn precision(recipe: &Component) -> Precision {
    match recipe.word("precision").and_then(Precision::of).unwrap_or_default() {
        Precision::Auto => recipe.part("retrain").map_or(Precision::Auto, |retrain| precision(retrain)),
        said => said,
    }
}

/// The change of parameters that a component stands for.
pub(super) fn surgery(c: &Component) -> Option<Surgery> {
    let count = |name: &str| c.int(name).map(|n| n as usize);
    Some(match c.name.as_str() {
        "noise" => Surgery::Noise { std: c.real("std")? },
        "zero" => Surgery::Zero,
        "transpose" => Surgery::Transpose,
        "half_precision" => Surgery::Half,
        "woodfisher" => Surgery::Woodfisher { strength: c.real("strength")?, samples: count("samples")? },
        "dampen" => Surgery::Dampen {
            selection: c.real("selection")?,
            strength: c.real("strength")?,
            batch: count("batch")?,
        },
        "fisher_noise" => Surgery::FisherNoise {
            alpha: c.real("alpha")?,
            most: c.real("most")?,
            samples: count("samples")?,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use mu_step::Precision;

    struct NoFiles;

    impl crate::Files for NoFiles {
        fn read(&self, _: &str) -> Result<String, String> {
            Err("no files here".to_owned())
        }
        fn join(&self, _: &str, path: &str) -> String {
            path.to_owned()
        }
    }

    /// What Retrain and the methods of an experiment compute in, by its `train`.
    #[test]
    fn a_file_without_a_word_on_precision_takes_that_of_retrain() {
        let training = "training(1 epochs, precision: float32)";
        let cases = [
            (training.to_owned(), Precision::Float32),
            (format!("checkpoint(\"x\", retrain: {training})"), Precision::Float32),
            (format!("checkpoint(\"x\", retrain: {training}, precision: bf16)"), Precision::Bf16),
            ("checkpoint(\"x\", retrain: training(1 epochs))".to_owned(), Precision::Auto),
        ];
        for (train, expected) in cases {
            let text = format!(
                "experiment e {{ data = digits model = small_cnn train = {train} forget = random(10%) unlearn = each [retrain, ft] measure = [ua] }}"
            );
            let checked = crate::check(&NoFiles, "test.mu", &text);
            assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
            let e = &checked.program.experiments[0];
            assert_eq!(e.train[0].value.recipe.precision, expected, "{train}");
            assert!(e.unlearn.iter().all(|u| u.value[0].procedure.precision == expected), "{train}");
        }
    }
}
