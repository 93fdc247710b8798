//! What is legal and may not mean what its author thinks: which samples a list counts, and what a checkpoint has seen.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::Take;

use crate::eval::Evaluator;
use crate::program::{Alternative, Dataset, Experiment, Forget, Metric, Train, Unseen, Weights};

impl Evaluator<'_> {
    /// Reports lists of samples that may be counted otherwise, and held-out samples that may not be.
    pub(crate) fn doubts(&self, experiment: &Experiment) {
        self.renumbered(experiment);
        self.perhaps_trained_on(experiment);
        self.perhaps_pretrained_on(experiment);
    }

    /// Weights that Retrain starts from must not have seen the forget set. A method that draws a part of a file's network anew starts from
    /// one that was trained for something else.
    fn perhaps_pretrained_on(&self, experiment: &Experiment) {
        let unknown = |file: &Weights| file.unseen != Unseen::All;
        for train in &experiment.train {
            if train.value.from.as_ref().is_some_and(unknown) {
                self.report(pretrained(train.span, "Retrain, like the original model,"));
            }
        }
        let recipes: Vec<&str> = experiment
            .train
            .iter()
            .filter_map(|t| t.value.from.as_ref())
            .filter(|f| unknown(f))
            .map(|f| f.path.as_str())
            .collect();
        for unlearn in &experiment.unlearn {
            let file = unlearn.value.first().and_then(|v| v.checkpoint.as_ref());
            let file = file.filter(|file| file.drawn.is_some() && unknown(file));
            if file.is_some_and(|file| !recipes.contains(&file.path.as_str())) {
                let label = unlearn.origin.0.component().map_or("a method", |c| c.label.as_str());
                self.report(pretrained(unlearn.span, &format!("`{label}`")));
            }
        }
    }

    /// A list made elsewhere counts all samples of a data set, as torchvision does. Where only some are taken, the numbers are others.
    fn renumbered(&self, experiment: &Experiment) {
        let Some(why) = experiment.data.iter().find_map(|d| fewer(&d.value)) else { return };
        for forget in &experiment.forget {
            if forget.value.iter().any(Forget::counts_unsaid) {
                let message = "`from_file` counts the samples that are taken, not all of the data set";
                self.report(
                    Diagnostic::warning(Code::Renumbered, forget.span, message)
                        .label(format!("{why}: number 0 is the first of what is left"))
                        .help(
                            "a list that counts all samples, as torchvision does, means other images here; where yours counts \
                             what is taken, write `counted_in: part`",
                        ),
                );
            }
        }
    }

    /// A published model was trained on all training samples: those of the validation part as well.
    fn perhaps_trained_on(&self, experiment: &Experiment) {
        let held_out = experiment.data.iter().any(|d| d.value.validation > 0.0);
        let metrics = experiment.measure.iter().chain(experiment.tunes.iter().map(|t| &t.metric));
        let Some(metric) = metrics.into_iter().find(|m| sees_validation(m)).filter(|_| held_out) else {
            return;
        };
        let unknown = |t: &&Alternative<Train>| {
            t.value.checkpoint.as_ref().is_some_and(|file| file.unseen == Unseen::Unknown)
        };
        for train in experiment.train.iter().filter(unknown) {
            let message = format!(
                "`{}` takes the validation samples for unseen, and this checkpoint may have been trained on them",
                metric.name
            );
            self.report(
                Diagnostic::warning(Code::PerhapsTrainedOn, train.span, message)
                    .label("published models were trained on all training samples")
                    .help(
                        "write `validation: 0%` in the data set and measure on the test samples; or, if the model was trained \
                         without these validation samples, `checkpoint(.., unseen: validation)`",
                    ),
            );
        }
    }
}

/// What is said of weights that a training starts from.
fn pretrained(place: Span, who: &str) -> Diagnostic {
    let message = format!("{who} starts from a checkpoint that may have been trained on the forget set");
    Diagnostic::warning(Code::PerhapsTrainedOn, place, message)
        .label("then it has seen what is to be forgotten, and what is held out")
        .help("where the file's model was trained on other data, write `checkpoint(.., unseen: all)`")
}

/// Why a data set's training part has fewer samples than the source's.
fn fewer(data: &Dataset) -> Option<&'static str> {
    match data.spec.train {
        _ if data.spec.only.is_some() => Some("`only` keeps some classes"),
        Take::Samples(_) | Take::Share(_) => Some("`train` takes some samples"),
        Take::All if data.spec.holdout > 0.0 => Some("a test part is held out"),
        Take::All => None,
    }
}

fn sees_validation(metric: &Metric) -> bool {
    let mut sees = false;
    metric.formula.leaves(&mut |measured, _| sees |= measured.sees_validation());
    sees
}
