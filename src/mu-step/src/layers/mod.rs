//! A network as data: a chain of layers with every shape settled.

mod cost;
mod decl;
mod graph;
mod kernel;
mod output;
mod script;
mod sets;
mod shape;
mod tensors;

pub use cost::Footprint;
pub use decl::{Init, TensorDecl};
pub use graph::{LayerGraph, Task};
pub use kernel::{Featurewise, Function, Layer, LayerNode};
pub use script::{Script, ScriptTensor};
pub use shape::Shape;
pub use tensors::Part;
