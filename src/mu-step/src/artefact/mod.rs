//! What steps leave in the store, one file of this folder for each kind of step: how each file of an object is called, and what is
//! in it. The engine writes these types and everybody reads them, so that no reader has another name or another form in mind.

mod data;
mod file;
mod forget;
mod generate;
mod model;
mod outputs;
mod split;
mod value;

pub use data::{Corrupt, DataShape, GROUPS, PartFiles, TEST, TRAIN};
pub use file::{Array, Record, TensorFile};
pub use forget::{FORGET, ForgetList, LEFT_OUT_LOSSES, LOSSES, Notes, Round, Rounds, Trial, Trials, WEIGHTS};
pub use generate::{GENERATED, GeneratedShape, JUDGED, Judged};
pub use model::{Cost, Epoch, Log, MODEL, MODULE, OUTPUT};
pub use outputs::{Answers, Health, OUTPUTS, PARTS};
pub use split::{SCORES, TRAINING, VALIDATION};
pub use value::Value;

use crate::StepSpec;

impl StepSpec {
    /// The names of the files without which an object of this step is not whole. Others may be beside them.
    #[must_use]
    pub fn files(&self) -> Vec<&'static str> {
        match self {
            StepSpec::Data(_) => {
                let part = |part: PartFiles| [part.images, part.labels.file, part.digests];
                [TRAIN, TEST].into_iter().flat_map(part).chain([DataShape::FILE]).collect()
            }
            StepSpec::Split(_) => vec![TRAINING.file, VALIDATION.file],
            StepSpec::Train(_) | StepSpec::Unlearn(_) | StepSpec::Load(_) => vec![MODEL.file, Cost::FILE],
            StepSpec::Module(_) => vec![MODULE],
            StepSpec::Score(_) => vec![SCORES.file],
            StepSpec::Select(_) => vec![FORGET.file, ForgetList::FILE],
            // Whether a denoiser learned anything is seen in its images.
            StepSpec::Infer(s) if !s.losses.is_empty() => vec![OUTPUTS.file],
            StepSpec::Infer(_) => vec![OUTPUTS.file, Health::FILE],
            StepSpec::Generate(_) => {
                vec![GENERATED.images, GENERATED.labels.file, GENERATED.digests, GeneratedShape::FILE]
            }
            StepSpec::Judge(_) => vec![OUTPUTS.file],
            StepSpec::Measure(_) => vec![Value::FILE],
        }
    }
}
