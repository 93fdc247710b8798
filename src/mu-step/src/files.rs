//! The files that an object of each kind of step has at least.

use crate::StepSpec;

impl StepSpec {
    /// The names of the files without which an object of this step is not whole. Others may be beside them.
    #[must_use]
    pub fn files(&self) -> &'static [&'static str] {
        match self {
            StepSpec::Data(_) => &[
                "train.images",
                "train_labels.npy",
                "train.b3",
                "test.images",
                "test_labels.npy",
                "test.b3",
                "data.json",
            ],
            StepSpec::Split(_) => &["train.npy", "validation.npy"],
            StepSpec::Train(_) | StepSpec::Unlearn(_) | StepSpec::Load(_) => {
                &["model.safetensors", "cost.json"]
            }
            StepSpec::Module(_) => &["module.pt"],
            StepSpec::Score(_) => &["scores.npy"],
            StepSpec::Select(_) => &["forget.npy", "forget.json"],
            StepSpec::Infer(_) => &["outputs.safetensors", "health.json"],
            StepSpec::Measure(_) => &["value.json"],
        }
    }
}
