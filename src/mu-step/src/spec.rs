//! What each step does. A spec holds everything that changes the result, and nothing else.

use serde::{Deserialize, Serialize};

use crate::{
    DataSpec, GenerateSpec, JudgeSpec, LayerGraph, LossTerm, MeasureSpec, ModuleSpec, Procedure, Recipe,
    SampleScore, ScoreSpec, Script, SelectSpec, Shared, SplitSpec, StepKey, View,
};

/// A step. `data → split → train or load → score → select → unlearn → infer → measure`; of denoisers `generate → judge` in the
/// place of `infer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant's struct says it")]
pub enum StepSpec {
    Data(DataSpec),
    Split(SplitSpec),
    Train(TrainSpec),
    Load(LoadSpec),
    Module(ModuleSpec),
    Score(ScoreSpec),
    Select(SelectSpec),
    Unlearn(UnlearnSpec),
    Infer(InferSpec),
    Generate(GenerateSpec),
    Judge(JudgeSpec),
    Measure(MeasureSpec),
}

impl StepSpec {
    /// The words of all steps, in the order in which they follow each other.
    pub const STAGES: [&str; 12] = [
        "data", "split", "train", "load", "module", "score", "select", "unlearn", "infer", "generate",
        "judge", "measure",
    ];

    /// The step's word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            StepSpec::Data(_) => "data",
            StepSpec::Split(_) => "split",
            StepSpec::Train(_) => "train",
            StepSpec::Load(_) => "load",
            StepSpec::Module(_) => "module",
            StepSpec::Score(_) => "score",
            StepSpec::Select(_) => "select",
            StepSpec::Unlearn(_) => "unlearn",
            StepSpec::Infer(_) => "infer",
            StepSpec::Generate(_) => "generate",
            StepSpec::Judge(_) => "judge",
            StepSpec::Measure(_) => "measure",
        }
    }
    /// The version of this kind of step: raised when the same spec would give another result. Steps that read its artefacts get other
    /// keys by that, and no others do.
    #[must_use]
    pub fn version(&self) -> u32 {
        match self {
            StepSpec::Data(_) => 8,
            StepSpec::Split(_) => 8,
            StepSpec::Train(_) => 8,
            StepSpec::Load(_) => 8,
            StepSpec::Module(_) => 8,
            StepSpec::Score(_) => 8,
            StepSpec::Select(_) => 9,
            StepSpec::Unlearn(_) => 8,
            StepSpec::Infer(_) => 8,
            StepSpec::Generate(_) => 1,
            StepSpec::Judge(_) => 1,
            StepSpec::Measure(_) => 8,
        }
    }
    /// The step that brings the file of a TorchScript module into the store.
    #[must_use]
    pub fn module(script: &Script) -> Self {
        StepSpec::Module(ModuleSpec { digest: script.digest.clone() })
    }
    /// The steps whose artefacts this one reads.
    #[must_use]
    pub fn inputs(&self) -> Vec<StepKey> {
        let mut keys = self.named();
        keys.extend(self.brought().into_iter().map(|(module, _)| module.key()));
        keys
    }

    /// The steps that bring files into the store which this one runs, each with the file's place: TorchScript modules and functions,
    /// programs.
    #[must_use]
    pub fn brought(&self) -> Vec<(StepSpec, &str)> {
        let scripts = self.scripts().into_iter().map(|s| (StepSpec::module(s), s.path.as_str()));
        let programs = if let StepSpec::Unlearn(s) = self { s.procedure.programs() } else { Vec::new() };
        let files = programs.into_iter().flat_map(|p| &p.files);
        let files = files.map(|f| (StepSpec::Module(f.module()), f.path.as_str()));
        let functions = self.functions().into_iter();
        let functions = functions.map(|f| (StepSpec::Module(f.module()), f.path.as_str()));
        scripts.chain(files).chain(functions).collect()
    }

    /// The TorchScript modules that it runs.
    #[must_use]
    pub fn scripts(&self) -> Vec<&Script> {
        let graph = match self {
            StepSpec::Train(s) => Some(&s.graph),
            StepSpec::Unlearn(s) => Some(&s.graph),
            StepSpec::Infer(s) => Some(&s.graph),
            StepSpec::Generate(s) => Some(&s.graph),
            StepSpec::Judge(s) => Some(&s.graph),
            StepSpec::Score(s) => s.score.graph(),
            StepSpec::Select(s) => s.selection.graph(),
            StepSpec::Measure(s) => s.kernel.graph(),
            StepSpec::Data(_) | StepSpec::Split(_) | StepSpec::Load(_) | StepSpec::Module(_) => None,
        };
        graph.map(|g| g.scripts()).unwrap_or_default()
    }

    fn named(&self) -> Vec<StepKey> {
        match self {
            StepSpec::Data(_) | StepSpec::Load(_) | StepSpec::Module(_) => vec![],
            StepSpec::Split(s) => vec![s.data],
            StepSpec::Train(s) => [s.data, s.split].into_iter().chain(s.from).collect(),
            StepSpec::Score(s) => {
                let mut keys = vec![s.data, s.split];
                match &s.score {
                    SampleScore::Outputs { infers, .. } => keys.extend(infers),
                    SampleScore::GradientNorm { models, .. } | SampleScore::Networks { models, .. } => {
                        keys.extend(models)
                    }
                    SampleScore::FeatureDistance { model, .. } => keys.push(*model),
                    SampleScore::LeftOut { without, infers, .. } => keys.extend(without.iter().chain(infers)),
                    SampleScore::Forgetting { from, .. } => keys.extend(from),
                }
                keys
            }
            StepSpec::Select(s) => {
                let mut keys = vec![s.data, s.split];
                keys.extend(s.within.into_iter().chain(s.gone));
                keys.extend(s.selection.inputs());
                keys
            }
            StepSpec::Unlearn(s) => {
                let mut keys = vec![s.data, s.split, s.forget];
                keys.extend(&s.parts);
                keys.extend(s.gone);
                keys.extend(s.original.into_iter().chain(s.checkpoint));
                keys
            }
            StepSpec::Infer(s) => [s.data, s.split, s.model].into_iter().chain(s.original).collect(),
            StepSpec::Generate(s) => vec![s.model],
            StepSpec::Judge(s) => {
                [s.data, s.split, s.forget, s.model].into_iter().chain(s.generated).collect()
            }
            StepSpec::Measure(s) => s.kernel.inputs(),
        }
    }
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
    /// The weights that it starts from; fresh ones where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<StepKey>,
    /// Stop after so many epochs of the recipe, whose schedule counts all of them.
    pub stop: Option<usize>,
    pub seed: u64,
}

/// Take a model from a checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadSpec {
    /// BLAKE3 of the file.
    pub digest: String,
    /// The network whose tensors it must have.
    pub graph: Shared<LayerGraph>,
    /// Which of the file's tables of tensors, where several are a network's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The tensors that whoever starts from it draws anew: they are not taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drawn: Vec<String>,
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
    /// What the requests before it asked for: its samples are in no set any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<StepKey>,
    /// The model that it is to unlearn; after a request, the one that the method made for the request before.
    pub original: Option<StepKey>,
    /// What a procedure starts from that starts from a checkpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<StepKey>,
    pub graph: Shared<LayerGraph>,
    pub view: Shared<View>,
    pub procedure: Shared<Procedure>,
    /// Wall time in seconds after which it has failed, where the experiment has such a limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_seconds: Option<f64>,
    pub seed: u64,
}

/// Logits of a model on the training, validation and test samples (evaluation mode, no augmentation); of a denoiser losses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the types' own words")]
pub struct InferSpec {
    pub data: StepKey,
    pub split: StepKey,
    pub model: StepKey,
    /// The model that a method started from, which it should have changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<StepKey>,
    pub graph: Shared<LayerGraph>,
    pub view: Shared<View>,
    /// Of a denoiser: the loss whose value is taken of each sample, in the place of logits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<LossTerm>,
}
