//! Metrics as data.

use serde::{Deserialize, Serialize};

use crate::expression::{Expression, Net};
use crate::{LayerGraph, Shared, StepKey, View};

/// One number from stored outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeasureSpec {
    /// Which number.
    pub kernel: Kernel,
}

/// A part of the data that a metric is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the field's terms")]
pub enum On {
    Forget,
    Retain,
    Validation,
    Test,
    /// Validation samples but those of classes that are forgotten whole.
    ValidationRetained,
    /// Test samples but those of classes that are forgotten whole: a class is, where all its training samples are in the
    /// forget set.
    TestRetained,
}

impl On {
    /// Each with its word.
    pub const ALL: &[(On, &str)] = &[
        (On::Forget, "forget"),
        (On::Retain, "retain"),
        (On::Validation, "validation"),
        (On::Test, "test"),
        (On::ValidationRetained, "validation_retained"),
        (On::TestRetained, "test_retained"),
    ];

    /// The part of a word.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, w)| *w == word).map(|(on, _)| *on)
    }

    /// Whether test samples are in it.
    #[must_use]
    pub fn is_test(self) -> bool {
        matches!(self, On::Test | On::TestRetained)
    }

    /// Whether validation samples are in it.
    #[must_use]
    pub fn is_validation(self) -> bool {
        matches!(self, On::Validation | On::ValidationRetained)
    }
}

/// The classes whose samples count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Classes {
    /// Every one.
    #[default]
    All,
    /// These.
    Only(Vec<i64>),
    /// All but these.
    Without(Vec<i64>),
}

impl Classes {
    /// Whether samples of a class count.
    #[must_use]
    pub fn has(&self, class: i64) -> bool {
        match self {
            Classes::All => true,
            Classes::Only(these) => these.contains(&class),
            Classes::Without(these) => !these.contains(&class),
        }
    }
}

/// A metric kernel. `infer` are the outputs of the measured model, `forget` is the forget set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kernel", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the types' own words")]
pub enum Kernel {
    /// Share of right predictions on some classes of a part, in percent.
    Accuracy { infer: StepKey, forget: StepKey, on: On, classes: Classes },
    /// Expected calibration error on a part, in percent: bins of equal width by confidence (Guo et al., ICML 2017).
    Calibration { infer: StepKey, forget: StepKey, on: On, bins: usize },
    /// What an expression makes of the outputs on each sample of a part, taken together.
    Samples {
        infer: StepKey,
        /// Outputs of the other networks that the expression reads.
        others: Vec<(Net, StepKey)>,
        forget: StepKey,
        on: On,
        of: Expression,
        collect: Collect,
    },
    /// Membership inference, in percent.
    Mia { infer: StepKey, forget: StepKey, attack: Attack, seed: u64 },
    /// ‖θ − θ'‖₂ over all parameters.
    WeightDistance { model: StepKey, reference: StepKey },
    /// How far a denoiser's images are from the data set's own, in the features of the judge.
    Likeness {
        /// What the judge says of the denoiser's images.
        judged: StepKey,
        /// What it says of the data set's test images.
        real: StepKey,
        on: On,
        by: Likeness,
    },
    /// What the unlearning phase cost.
    Cost { model: StepKey, what: CostOf },
    /// Epochs of training on the forget set until its loss is near the original model's.
    Relearn(Box<Relearn>),
    /// The accuracy, in percent, of a per-sample likelihood-ratio attack that tells unlearned from retrained models.
    Ulira {
        infer: StepKey,
        /// Outputs of Retrain.
        reference: StepKey,
        forget: StepKey,
        /// Outputs of shadow models that unlearned the forget set.
        unlearned: Vec<StepKey>,
        /// Outputs of shadow models that were trained without it.
        retrained: Vec<StepKey>,
    },
}

impl Kernel {
    /// The network that the step runs itself.
    #[must_use]
    pub fn graph(&self) -> Option<&Shared<LayerGraph>> {
        match self {
            Kernel::Relearn(relearn) => Some(&relearn.graph),
            Kernel::Accuracy { .. }
            | Kernel::Calibration { .. }
            | Kernel::Samples { .. }
            | Kernel::Mia { .. }
            | Kernel::WeightDistance { .. }
            | Kernel::Likeness { .. }
            | Kernel::Cost { .. }
            | Kernel::Ulira { .. } => None,
        }
    }

    /// The steps whose artefacts it reads.
    #[must_use]
    pub fn inputs(&self) -> Vec<StepKey> {
        match self {
            Kernel::Accuracy { infer, forget, .. }
            | Kernel::Calibration { infer, forget, .. }
            | Kernel::Mia { infer, forget, .. } => vec![*infer, *forget],
            Kernel::Samples { infer, others, forget, .. } => {
                [*infer, *forget].into_iter().chain(others.iter().map(|(_, key)| *key)).collect()
            }
            Kernel::WeightDistance { model, reference } => vec![*model, *reference],
            Kernel::Likeness { judged, real, .. } => vec![*judged, *real],
            Kernel::Cost { model, .. } => vec![*model],
            Kernel::Relearn(r) => vec![r.data, r.split, r.forget, r.model, r.original],
            Kernel::Ulira { infer, reference, forget, unlearned, retrained } => {
                let mut keys = vec![*infer, *reference, *forget];
                keys.extend(unlearned.iter().chain(retrained));
                keys
            }
        }
    }
}

/// A distance of two sets of images in the features of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Likeness {
    /// Fréchet distance of normal distributions with both sets' means and covariances (Heusel et al., NeurIPS 2017):
    /// |μ − μ'|² + tr(Σ + Σ' − 2(ΣΣ')^½).
    Frechet,
    /// Kernel distance (Bińkowski et al., ICLR 2018): the unbiased squared maximum mean discrepancy over all pairs, kernel (x·y/d + 1)³.
    Kernel,
}

/// A membership-inference attack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attack {
    /// What it sees of a sample.
    pub feature: Feature,
    /// How it decides.
    pub by: Decision,
    /// What is told of it.
    pub report: Report,
    /// The part whose samples are the non-members.
    pub outside: On,
    /// Whether members and non-members are equally many.
    pub balance: bool,
}

/// The per-sample feature that an attack looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// p_y: the probability of the true class.
    Confidence,
    /// −Σ p log p.
    Entropy,
    /// −(1 − p_y) log p_y − Σ_{k ≠ y} p_k log(1 − p_k) (Song and Mittal, USENIX Security 2021).
    ModifiedEntropy,
    /// The same as Unlearn-WorstCase's code has it, in float32: the logarithm of p where the formula has that of 1 − p, and, for
    /// every sample, 1 − p in the columns of all labels of the part.
    ModifiedEntropyFaithful,
    /// 1 where the prediction is right.
    Correctness,
    /// All probabilities.
    Probabilities,
    /// What an expression makes of the outputs.
    Score(Expression),
}

/// How an attack decides.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Decision {
    /// A C-SVC with an RBF kernel, gamma = 1/features.
    Svc {
        /// C.
        c: f64,
    },
    /// The threshold of the feature with the best accuracy on members and non-members.
    Threshold,
    /// Logistic regression: ½‖w‖² + C·Σ log-loss, the intercept free.
    Logistic {
        /// C.
        c: f64,
    },
}

/// What is told of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The share of the forget set that it calls non-member.
    NonMembers,
    /// The area under its ROC curve, forget samples against non-members that it was not trained on.
    Auc,
    /// The share of forget samples that it calls members when so many of 1 of those non-members are.
    TprAtFpr(f64),
}

/// How numbers of samples become one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collect {
    /// Their mean.
    Mean,
    /// Their sum.
    Sum,
    /// A quantile, in 0..1: linear between ranks.
    Quantile(f64),
}

/// A cost of the unlearning phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the units say it")]
pub enum CostOf {
    Minutes,
    Epochs,
    Samples,
    Flops,
}

/// Training on the forget set again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the types' own words")]
pub struct Relearn {
    pub data: StepKey,
    pub split: StepKey,
    pub forget: StepKey,
    pub model: StepKey,
    pub original: StepKey,
    pub graph: Shared<LayerGraph>,
    pub view: Shared<View>,
    pub how: Relearning,
    pub seed: u64,
}

/// How the forget set is learned again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relearning {
    /// Learning rate of SGD with momentum 0.9.
    pub lr: f64,
    /// Samples per step.
    pub batch: usize,
    /// The forget set's loss counts as learned at (1 + margin) times the original model's.
    pub margin: f64,
    /// Epochs after which it is given up.
    pub most: usize,
}
