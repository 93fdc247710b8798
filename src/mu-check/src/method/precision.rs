//! What networks compute in while they train.

use mu_step::Precision;

use crate::value::Component;
use crate::vocabulary::{RecipeWord, read};

/// What a recipe's networks compute in: of a file's, where it leaves it open, as Retrain's do.
pub(crate) fn precision(recipe: &Component) -> Option<Precision> {
    Some(match read(recipe)? {
        RecipeWord::Training { recipe, .. } => recipe.precision,
        RecipeWord::Checkpoint { precision: Precision::Auto, retrain: Some(retrain), .. } => {
            precision(&retrain.0)?
        }
        RecipeWord::Checkpoint { precision, .. } => precision,
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
