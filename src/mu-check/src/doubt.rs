//! What is legal and may not mean what its author thinks: which samples a list counts, and what a checkpoint has seen.

use mu_diag::{Code, Diagnostic};
use mu_step::Take;

use crate::eval::Evaluator;
use crate::program::{Dataset, Experiment, Forget, Metric};

impl Evaluator<'_> {
    /// Reports lists of samples that may be counted otherwise, and held-out samples that may not be.
    pub(crate) fn doubts(&self, experiment: &Experiment) {
        self.renumbered(experiment);
        self.perhaps_trained_on(experiment);
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
        for train in experiment.train.iter().filter(|t| t.value.may_have_seen_validation) {
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
