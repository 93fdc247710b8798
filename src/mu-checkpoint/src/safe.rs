//! safetensors files.

use std::path::Path;

use safetensors::tensor::{Dtype as Safe, SafeTensors, TensorView};

use crate::{Array, CheckpointError, Dtype, Tensors};

const TYPES: [(Safe, Dtype); 10] = [
    (Safe::F64, Dtype::F64),
    (Safe::F32, Dtype::F32),
    (Safe::F16, Dtype::F16),
    (Safe::BF16, Dtype::Bf16),
    (Safe::I64, Dtype::I64),
    (Safe::I32, Dtype::I32),
    (Safe::I16, Dtype::I16),
    (Safe::I8, Dtype::I8),
    (Safe::U8, Dtype::U8),
    (Safe::BOOL, Dtype::Bool),
];

pub(crate) fn read(path: &Path) -> Result<Tensors, CheckpointError> {
    let bytes = std::fs::read(path).map_err(|e| CheckpointError::io(path, e))?;
    let bad = |problem: String| CheckpointError::format(path, problem);
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|e| bad(format!("it is no safetensors file, or cut short: {e}")))?;
    let mut found = Vec::new();
    for (name, view) in file.tensors() {
        let dtype = TYPES.iter().find(|(s, _)| *s == view.dtype()).map(|(_, d)| *d);
        let dtype = dtype
            .ok_or_else(|| bad(format!("{name} has elements of {:?}, which are not read", view.dtype())))?;
        found.push((name, Array { dtype, shape: view.shape().to_vec(), bytes: view.data().to_vec() }));
    }
    Ok(found)
}

pub(crate) fn bytes(tensors: &[(String, Array)]) -> Result<Vec<u8>, String> {
    let views = tensors.iter().map(|(name, array)| {
        let safe = TYPES.iter().find(|(_, d)| *d == array.dtype).map_or(Safe::F32, |(s, _)| *s);
        Ok((name.as_str(), TensorView::new(safe, array.shape.clone(), &array.bytes)?))
    });
    let views: Result<Vec<_>, safetensors::SafeTensorError> = views.collect();
    views.and_then(|v| safetensors::serialize(v, None)).map_err(|e| e.to_string())
}
