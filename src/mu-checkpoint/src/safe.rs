//! safetensors files.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use safetensors::tensor::{Dtype as Safe, SafeTensors, TensorView};

use crate::storage::View;
use crate::table::{Checkpoint, Entry, Storages, Table};
use crate::{Array, CheckpointError, Dtype};

const TYPES: [(Safe, Dtype); 13] = [
    (Safe::F64, Dtype::F64),
    (Safe::F32, Dtype::F32),
    (Safe::F16, Dtype::F16),
    (Safe::BF16, Dtype::Bf16),
    (Safe::I64, Dtype::I64),
    (Safe::I32, Dtype::I32),
    (Safe::I16, Dtype::I16),
    (Safe::I8, Dtype::I8),
    (Safe::U8, Dtype::U8),
    (Safe::U16, Dtype::U16),
    (Safe::U32, Dtype::U32),
    (Safe::U64, Dtype::U64),
    (Safe::BOOL, Dtype::Bool),
];

pub(crate) fn open(path: &Path) -> Result<Checkpoint, CheckpointError> {
    let bytes = mu_file::bytes(path, mu_file::NUMBERS).map_err(|e| CheckpointError::io(path, e))?;
    let bad = |problem: String| CheckpointError::format(path, problem);
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|e| bad(format!("it is no safetensors file, or cut short: {e}")))?;
    let (mut table, mut places) =
        (Table { place: String::new(), entries: Vec::new(), problem: None }, HashMap::new());
    for (name, tensor) in file.tensors() {
        let dtype = TYPES.iter().find(|(s, _)| *s == tensor.dtype()).map(|(_, d)| *d);
        let Some(dtype) = dtype else {
            let problem = format!("{name} has elements of {:?}, which are not read", tensor.dtype());
            table.problem.get_or_insert(problem);
            continue;
        };
        let from = tensor.data().as_ptr() as usize - bytes.as_ptr() as usize;
        places.insert(name.clone(), from..from + tensor.data().len());
        let view = View::contiguous(&name, dtype, tensor.shape());
        table.entries.push(Entry { name, view, mask: None });
    }
    // Its writers sort tensors, by type and by name.
    Ok(Checkpoint::of(path, vec![table], false, Box::new(Whole { bytes, places })))
}

/// A file in memory, and where each tensor lies in it.
struct Whole {
    bytes: Vec<u8>,
    places: HashMap<String, Range<usize>>,
}

impl Storages for Whole {
    fn tensor(&mut self, view: &View) -> Result<Array, String> {
        let place = self.places.get(&view.storage).and_then(|p| self.bytes.get(p.clone()));
        view.read(place.ok_or("is missing")?)
    }
}

pub(crate) fn bytes(tensors: &[(String, Array)]) -> Result<Vec<u8>, String> {
    let views = tensors.iter().map(|(name, array)| {
        let safe = TYPES.iter().find(|(_, d)| *d == array.dtype).map_or(Safe::F32, |(s, _)| *s);
        Ok((name.as_str(), TensorView::new(safe, array.shape.clone(), &array.bytes)?))
    });
    let views: Result<Vec<_>, safetensors::SafeTensorError> = views.collect();
    views.and_then(|v| safetensors::serialize(v, None)).map_err(|e| e.to_string())
}
