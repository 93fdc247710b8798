//! PyTorch's files since 1.6: a zip of a pickle and of the bytes of each storage, uncompressed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use zip::read::{ArchiveOffset, Config};
use zip::{CompressionMethod, ZipArchive};

use crate::pickle::{Pickle, parse};
use crate::state::{self, Storages};
use crate::{Array, CheckpointError, Tensors};

/// The pickle describes tensors; the tensors themselves lie beside it.
const MOST_PICKLE: u64 = 256 << 20;

pub(crate) fn read(path: &Path) -> Result<Tensors, CheckpointError> {
    let bad = |problem: String| CheckpointError::format(path, problem);
    let file = File::open(path).map_err(|e| CheckpointError::io(path, e))?;
    let size = file.metadata().map_err(|e| CheckpointError::io(path, e))?.len();
    // Told where the archive begins: where it is to be guessed, some of PyTorch's own files are refused.
    let mut archive = ZipArchive::with_config(Config { archive_offset: ArchiveOffset::Known(0) }, file)
        .map_err(|e| bad(format!("the zip archive cannot be read: {e}")))?;
    let names: Vec<String> = archive.file_names().filter_map(|n| Some(n.ok()?.into_owned())).collect();
    if names.iter().any(|n| n.ends_with("/constants.pkl")) {
        return Err(
            bad("this is a TorchScript module, not a checkpoint: keep its `state_dict()`".to_owned()),
        );
    }
    let Some(name) = names.iter().find(|n| n.ends_with("/data.pkl") || *n == "data.pkl").cloned() else {
        return Err(bad("this is a zip archive without data.pkl, not a checkpoint".to_owned()));
    };
    let folder = name.trim_end_matches("data.pkl").to_owned();
    let mut entry = |name: &str, most: u64| -> Result<Vec<u8>, String> {
        let entry = archive.by_name(name).map_err(|e| format!("{name}: {e}"))?;
        // PyTorch stores its entries as they are; what is smaller in the archive than outside was made by something else.
        if entry.compression() != CompressionMethod::Stored || entry.size() > size.min(most) {
            return Err(format!(
                "{name} is compressed or too large for PyTorch's own: {} bytes",
                entry.size()
            ));
        }
        let mut bytes = Vec::with_capacity(entry.size() as usize);
        entry.take(size).read_to_end(&mut bytes).map_err(|e| format!("{name}: {e}"))?;
        Ok(bytes)
    };
    if entry(&format!("{folder}byteorder"), 16).is_ok_and(|order| order == b"big") {
        return Err(bad("its numbers are big-endian, which is not read".to_owned()));
    }
    let text = entry(&name, MOST_PICKLE).map_err(bad)?;
    let pickle = parse(&text).map_err(bad)?;
    let mut storages = Zipped { entry: &mut |key| entry(&format!("{folder}data/{key}"), u64::MAX) };
    state::tensors(&pickle, &mut storages).map_err(bad)
}

struct Zipped<'e> {
    entry: &'e mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
}

impl Storages for Zipped<'_> {
    fn tensor(&mut self, _: &Pickle, view: &crate::storage::View) -> Result<Array, String> {
        view.read(&(self.entry)(&view.storage)?)
    }
}
