//! Components that methods are made of → what the engine calls them.

use mu_step::{Length, Precision, Surgery};

use crate::program::{Unseen, Weights};
use crate::unit::Unit;
use crate::value::{Component, Data, Value};

/// The length of a phase.
pub(super) fn length(value: &Value) -> Option<Length> {
    let Data::Number(count, unit) = value.data else { return None };
    let count = count.real() as usize;
    Some(if unit == Unit::Of("steps") { Length::Steps(count) } else { Length::Epochs(count) })
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
