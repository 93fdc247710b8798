//! The steps `load` and `module`: what a file outside of the store holds becomes an object.

use std::collections::BTreeMap;
use std::path::Path;

use mu_checkpoint::{Array, Checkpoint, Wanted};
use mu_step::artefact::{Cost, MODEL, MODULE};
use mu_step::{Failure, LayerGraph, LoadSpec, ModuleSpec};
use mu_store::Draft;
use tch::Tensor;

use crate::artefact::{Tensors, store_failure, write_tensors};

/// Takes a model from a checkpoint whose bytes are the planned ones.
pub(crate) fn load(spec: &LoadSpec, path: Option<&Path>, draft: &Draft) -> Result<(), Failure> {
    let path = planned(path, &spec.digest)?;
    let mut checkpoint = Checkpoint::open(path).map_err(|e| Failure::bad_data(e.to_string()))?;
    let wanted = Wanted { table: spec.table.as_deref(), drawn: &spec.drawn };
    let fit = checkpoint.fit(&spec.graph, wanted).map_err(|u| {
        Failure::bad_data(format!("{}:\n{}", u.message(&path.display().to_string()), u.help()))
    })?;
    let fitting = checkpoint.load(&fit).map_err(|e| Failure::bad_data(e.to_string()))?;
    // It may have been replaced while it was read.
    planned(Some(path), &spec.digest)?;
    let weights = tensors(fitting).map_err(Failure::bad_data)?;
    write_tensors(draft, MODEL, &weights)?;
    draft.record(&Cost::default()).map_err(store_failure)
}

/// The weights of a network in a file; why they cannot be had, in words.
pub(crate) fn fitting(path: &Path, graph: &LayerGraph) -> Result<Tensors, String> {
    let mut checkpoint = Checkpoint::open(path).map_err(|e| e.to_string())?;
    let wanted = Wanted { table: None, drawn: &[] };
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let fit = checkpoint.fit(graph, wanted).map_err(|u| format!("{}:\n{}", u.message(&name), u.help()))?;
    tensors(checkpoint.load(&fit).map_err(|e| e.to_string())?)
}

/// Arrays as tensors in float32.
fn tensors(arrays: BTreeMap<String, Array>) -> Result<Tensors, String> {
    let mut weights = Tensors::new();
    for (name, array) in arrays {
        let values = array.to_f32().ok_or_else(|| format!("{name} holds no real numbers"))?;
        let shape: Vec<i64> = array.shape.iter().map(|s| *s as i64).collect();
        let tensor = Tensor::from_slice(&values).f_view(shape.as_slice()).map_err(|e| e.to_string())?;
        weights.insert(name, tensor);
    }
    Ok(weights)
}

/// Takes a TorchScript module, or a file of a program, from a file whose bytes are the planned ones.
pub(crate) fn module(spec: &ModuleSpec, path: Option<&Path>, draft: &Draft) -> Result<(), Failure> {
    let path = planned(path, &spec.digest)?;
    let bytes = mu_file::bytes(path, mu_file::NUMBERS)
        .map_err(|e| Failure::bad_data(format!("cannot read {}: {e}", path.display())))?;
    if blake3::hash(&bytes).to_hex().as_str() != spec.digest {
        return Err(changed(path));
    }
    draft.write(MODULE, &bytes).map_err(store_failure)
}

/// The file of a step, whose bytes are still the planned ones.
fn planned<'p>(path: Option<&'p Path>, digest: &str) -> Result<&'p Path, Failure> {
    let path = path.ok_or_else(|| Failure::bad_data("the step does not say where its file is".to_owned()))?;
    if mu_data::file_digest(path).map_err(|e| Failure::bad_data(e.to_string()))? == digest {
        Ok(path)
    } else {
        Err(changed(path))
    }
}

fn changed(path: &Path) -> Failure {
    Failure::bad_data(format!("{} changed while mu was running; run it again", path.display()))
}
