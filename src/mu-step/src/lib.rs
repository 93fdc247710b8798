//! The vocabulary that the planner, the runner and the engine share: what a step is, what it is
//! called, and what is said about it while it runs. Data only.

// A new member of an enumeration is looked at wherever one is taken apart.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod artefact;
mod data;
mod event;
mod facts;
mod key;
mod layers;
mod measure;
mod optimizer;
mod prefix;
mod procedure;
mod recipe;
mod schedule;
mod select;
mod shared;
mod spec;
mod spend;
mod version;

pub use data::{Augmentation, DataSpec, Prepare, SourceKind, SplitSpec, Take, View};
pub use event::{Event, Failure, FailureKind, Job, PROTOCOL, STOP};
pub use facts::{Facts, ListOf, Module, ModuleTensor, Wanted};
pub use key::StepKey;
pub use layers::{
    Footprint, Function, Init, Layer, LayerGraph, LayerNode, Part, Script, ScriptTensor, Shape, TensorDecl,
};
pub use measure::{
    Attack, Classes, CostOf, Decision, Distance, Feature, Kernel, MeasureSpec, On, Relearn, Relearning,
    Report,
};
pub use optimizer::{Clip, Optimizer, Rule};
pub use prefix::Prefix;
pub use procedure::{
    Action, Budget, ErrorNoise, Labels, LayerKind, LossTerm, ParameterSet, Portion, Precision, Procedure,
    Quantity, Reduction, Repeat, Score, Set, Start, Stream, Surgery, Teacher,
};
pub use recipe::Recipe;
pub use schedule::{Moment, Schedule};
pub use select::{
    Grouping, Join, Keys, OutputScore, PublishedWorstCase, Ranks, Refers, Resolve, SampleScore, ScoreSpec,
    SelectSpec, Selection, SelectionUnit, WorstCase,
};
pub use shared::Shared;
pub use spec::{InferSpec, LoadSpec, ModuleSpec, StepSpec, TrainSpec, UnlearnSpec};
pub use spend::Spend;
pub use version::{RAISED, Raised};
