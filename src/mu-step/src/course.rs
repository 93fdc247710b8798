//! How a training goes beside its loss and its steps: what its batches are mixed of, which of its weights are kept, when it ends.

use serde::{Deserialize, Serialize};

/// How a phase goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// What batches are mixed of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mix: Option<Mix>,
    /// Which weights it ends with.
    #[serde(default, skip_serializing_if = "Keep::is_last")]
    pub keep: Keep,
    /// It ends where nothing was gained on the validation samples for so many epochs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<usize>,
}

impl Course {
    /// Whether nothing of it is asked for.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Whether what it ends with is what its last step made, after as many epochs as it says.
    #[must_use]
    pub fn ends_with_its_last_step(&self) -> bool {
        self.keep.is_last() && self.patience.is_none()
    }

    /// What is looked at after each epoch, where something is.
    #[must_use]
    pub fn gain(&self) -> Option<Gain> {
        match (self.keep, self.patience) {
            (Keep::Best { by }, _) => Some(by),
            (Keep::Last | Keep::Average { .. }, Some(_)) => Some(Gain::Accuracy),
            (Keep::Last | Keep::Average { .. }, None) => None,
        }
    }
}

/// Batches whose samples are mixed with those one place before them, by torchvision's formulas. Where there are both, each batch is
/// mixed by one of them, with probability ½ each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mix {
    /// Images and labels are averaged: by a share from Beta(α, α) (Zhang et al. 2018).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mixup: Option<f64>,
    /// A box of the other image is pasted in; labels are averaged by its area, from Beta(α, α) (Yun et al. 2019).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutmix: Option<f64>,
}

/// Which weights a phase ends with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "weights", rename_all = "snake_case")]
pub enum Keep {
    /// Those of its last step.
    #[default]
    Last,
    /// Those of the first of the best epochs.
    Best {
        /// By what.
        by: Gain,
    },
    /// The exponential mean over its steps, running statistics too.
    Average {
        /// How much of the mean stays at each step.
        decay: f64,
    },
}

impl Keep {
    fn is_last(&self) -> bool {
        *self == Keep::Last
    }
}

/// What is looked at on the validation samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gain {
    /// Accuracy, on the classes that are trained on.
    Accuracy,
    /// Accuracy on all classes.
    AccuracyOfAll,
    /// The mean cross-entropy; less is better.
    CrossEntropy,
}

impl Gain {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Gain::Accuracy => "validation accuracy",
            Gain::AccuracyOfAll => "validation accuracy on all classes",
            Gain::CrossEntropy => "validation cross-entropy",
        }
    }
}
