//! The vocabulary that the planner, the runner and the engine share: what a step is, what it is
//! called, and what is said about it while it runs. Data only.

// A new member of an enumeration is looked at wherever one is taken apart.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod artefact;
mod combination;
mod course;
mod criterion;
mod data;
mod diffusion;
mod event;
pub mod expression;
mod facts;
mod functions;
mod generate;
mod key;
mod layers;
mod length;
mod loss;
mod measure;
mod optimizer;
mod prefix;
mod procedure;
mod program;
mod recipe;
mod schedule;
mod select;
mod shared;
mod spec;
mod spend;
mod task;
mod version;

pub use combination::{Multiple, Weights};
pub use course::{Course, Gain, Keep, Mix};
pub use criterion::{Criterion, Samples, passes};
pub use data::{Augmentation, DataSpec, Prepare, SourceKind, SplitSpec, Take, View};
pub use diffusion::{Diffusion, NoiseSchedule, Sampling, SamplingRule, Times};
pub use event::{Event, Failure, FailureKind, Job, PROTOCOL, STOP};
pub use facts::{Facts, ListOf, Module, ModuleTensor, Wanted};
pub use generate::{GenerateSpec, JudgeSpec, LOOKS};
pub use key::StepKey;
pub use layers::{
    Featurewise, Footprint, Function, Init, Layer, LayerGraph, LayerNode, Part, Script, ScriptTensor, Shape,
    Task, TensorDecl,
};
pub use length::{Length, Stretch};
pub use loss::{LayerKind, LossTerm, ParameterSet, Quantity, Reduction, Score, Set};
pub use measure::{
    Attack, Classes, Collect, CostOf, Decision, Feature, Kernel, Likeness, MeasureSpec, On, Relearn,
    Relearning, Report,
};
pub use optimizer::{Clip, Optimizer, Rule, Sam};
pub use prefix::Prefix;
pub use procedure::{
    Action, Budget, ErrorNoise, Portion, Precision, Procedure, Repeat, Slowed, Start, Stream, Surgery,
};
pub use program::{ModuleSpec, ProgramFile, UserProgram};
pub use recipe::Recipe;
pub use schedule::{Moment, Schedule};
pub use select::{
    Grouping, Join, Keys, PublishedWorstCase, Ranks, Refers, Resolve, SampleScore, ScoreSpec, SelectSpec,
    Selection, SelectionUnit, WorstCase,
};
pub use shared::Shared;
pub use spec::{InferSpec, LoadSpec, StepSpec, TrainSpec, UnlearnSpec};
pub use spend::Spend;
pub use version::{RAISED, Raised};
