//! What each step does. A spec holds everything that changes the result, and nothing else.

use serde::{Deserialize, Serialize};

use crate::{Budget, LayerGraph, Optimizer, Procedure, Shared, StepKey};

/// A step. `data → split → train → select → unlearn → infer → measure`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant's struct says it")]
pub enum StepSpec {
    Data(DataSpec),
    Split(SplitSpec),
    Train(TrainSpec),
    Select(SelectSpec),
    Unlearn(UnlearnSpec),
    Infer(InferSpec),
    Measure(MeasureSpec),
}

impl StepSpec {
    /// The step's word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            StepSpec::Data(_) => "data",
            StepSpec::Split(_) => "split",
            StepSpec::Train(_) => "train",
            StepSpec::Select(_) => "select",
            StepSpec::Unlearn(_) => "unlearn",
            StepSpec::Infer(_) => "infer",
            StepSpec::Measure(_) => "measure",
        }
    }
    /// The version of the kernel: raised when the same spec would give another result.
    #[must_use]
    pub fn version(&self) -> u32 {
        3
    }
    /// The step's content key.
    #[must_use]
    pub fn key(&self) -> StepKey {
        StepKey::of(&format!("mu step {} {}", self.word(), self.version()), self)
    }
    /// The steps whose artefacts this one reads.
    #[must_use]
    pub fn inputs(&self) -> Vec<StepKey> {
        match self {
            StepSpec::Data(_) => vec![],
            StepSpec::Split(s) => vec![s.data],
            StepSpec::Train(s) => vec![s.data, s.split],
            StepSpec::Select(s) => {
                let mut keys = vec![s.data, s.split];
                if let Selection::WorstCase(w) = &s.selection {
                    keys.extend(w.original);
                }
                keys
            }
            StepSpec::Unlearn(s) => {
                let mut keys = vec![s.data, s.split, s.forget];
                keys.extend(&s.parts);
                keys.extend(s.original);
                keys
            }
            StepSpec::Infer(s) => vec![s.data, s.split, s.model],
            StepSpec::Measure(s) => match &s.kernel {
                Kernel::Accuracy { infer, on: On::Retain | On::Forget, forget, .. } => vec![*infer, *forget],
                Kernel::Accuracy { infer, .. } => vec![*infer],
                Kernel::Mia { infer, forget, .. } => vec![*infer, *forget],
                Kernel::Runtime { model } => vec![*model],
            },
        }
    }
}

/// How the bytes of a data set are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The UCI optical digits that ship with mu: 1 797 grey images of 8 × 8, no test part.
    Digits,
    /// A folder of IDX files, plain or gzip: `train-images-idx3-ubyte`, `train-labels-…`, `t10k-…`.
    Idx,
}

/// How much of a part is taken, from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// All of it.
    All,
    /// The first so many samples.
    First(usize),
}

/// Decode a data set into uint8 images [n, channels, canvas, canvas] and labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSpec {
    /// The decoder.
    pub source: SourceKind,
    /// BLAKE3 of the bytes.
    pub digest: String,
    /// How much of the training part.
    pub train: Take,
    /// How much of the test part.
    pub test: Take,
    /// Share held out per class as the test part, for sources that have none.
    pub holdout: f64,
    /// Seed of that draw.
    pub split_seed: u64,
    /// Side of the images after zero padding, px.
    pub canvas: i64,
    /// Channels.
    pub channels: i64,
    /// Number of classes; labels are 0..classes.
    pub classes: i64,
}

/// Divide the training part, per class, into training and validation samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitSpec {
    /// The data.
    pub data: StepKey,
    /// Share of each class for validation, in 0..1.
    pub validation: f64,
    /// Seed of the draw.
    pub seed: u64,
}

/// How images become network input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Augmentations of training batches, in order.
    pub augment: Vec<Augmentation>,
    /// Per-channel mean of x/255.
    pub mean: Vec<f64>,
    /// Per-channel standard deviation of x/255.
    pub std: Vec<f64>,
}

/// An augmentation kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "augmentation", rename_all = "snake_case")]
pub enum Augmentation {
    /// Pads with zeros by `pad` px on each side, then cuts the canvas at a uniform offset.
    Crop {
        /// px on each side.
        pad: i64,
    },
    /// Mirrors left–right with probability ½.
    Flip,
}

/// How the original model is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Passes over the training samples.
    pub epochs: usize,
    /// Samples per step.
    pub batch: usize,
    /// How the parameters move.
    pub optimizer: Optimizer,
}

/// Train the original model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the types' own words")]
pub struct TrainSpec {
    pub data: StepKey,
    pub split: StepKey,
    pub graph: Shared<LayerGraph>,
    pub view: Shared<View>,
    pub recipe: Shared<Recipe>,
    pub seed: u64,
}

/// Choose the forget set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the types' own words")]
pub struct SelectSpec {
    pub data: StepKey,
    pub split: StepKey,
    pub selection: Selection,
    pub seed: u64,
}

/// A selection kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "selection", rename_all = "snake_case")]
pub enum Selection {
    /// Uniformly among the training samples.
    Random {
        /// How many.
        budget: Budget,
    },
    /// The set that is hardest to erase.
    WorstCase(Box<WorstCase>),
}

/// The bi-level selection of Fan et al., ECCV 2024: min over w in {0 ≤ w ≤ 1, Σw = m} of
/// Σ w_i ℓ_i(θ_u(w)) + γ w_i², with θ_u(w) a few epochs of the weighted method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorstCase {
    /// m.
    pub budget: Budget,
    /// The network.
    pub graph: Shared<LayerGraph>,
    /// Its input.
    pub view: Shared<View>,
    /// The original model, where the method starts from it.
    pub original: Option<StepKey>,
    /// The lower level: the method's own text, run with weights.
    pub procedure: Shared<Procedure>,
    /// Upper-level steps R.
    pub rounds: usize,
    /// Upper-level step size α.
    pub step: f64,
    /// γ.
    pub gamma: f64,
    /// Whether the objective is maximised instead: the easiest set.
    pub reverse: bool,
}

/// Run an unlearning method.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the types' own words")]
pub struct UnlearnSpec {
    pub data: StepKey,
    pub split: StepKey,
    pub forget: StepKey,
    /// The parts of the forget set that the procedure speaks of.
    pub parts: Vec<StepKey>,
    pub original: Option<StepKey>,
    pub graph: Shared<LayerGraph>,
    pub view: Shared<View>,
    pub procedure: Shared<Procedure>,
    pub seed: u64,
}

/// Logits of a model on the training, validation and test samples (evaluation mode, no augmentation).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the types' own words")]
pub struct InferSpec {
    pub data: StepKey,
    pub split: StepKey,
    pub model: StepKey,
    pub graph: Shared<LayerGraph>,
    pub view: Shared<View>,
}

/// One number from stored outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasureSpec {
    /// Which number.
    pub kernel: Kernel,
}

/// A part of the data that an accuracy is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the field's terms")]
pub enum On {
    Forget,
    Retain,
    Validation,
    Test,
}

/// The per-sample feature a membership-inference attack looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// p_y: the probability of the true class.
    Confidence,
    /// −Σ p log p.
    Entropy,
    /// 1 where the prediction is right.
    Correctness,
}

/// A metric kernel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kernel", rename_all = "snake_case")]
pub enum Kernel {
    /// Share of right predictions on a part, in percent.
    Accuracy {
        /// The outputs.
        infer: StepKey,
        /// The forget set.
        forget: StepKey,
        /// The part.
        on: On,
    },
    /// Share of the forget set that an attack calls non-member, in percent.
    Mia {
        /// The outputs.
        infer: StepKey,
        /// The forget set.
        forget: StepKey,
        /// The attack's input.
        feature: Feature,
        /// The SVC's C.
        c: f64,
        /// The part whose samples are the non-members.
        outside: On,
        /// Whether members and non-members are equally many.
        balance: bool,
    },
    /// Run time of the unlearning phase alone, in minutes.
    Runtime {
        /// The unlearned model.
        model: StepKey,
    },
}
