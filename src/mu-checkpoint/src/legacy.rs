//! PyTorch's files before 1.6: pickles one after the other (a magic number, a version, the system, the object, the storages'
//! keys), then for each storage its number of elements and its bytes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use crate::pickle::{Node, Pickle, parse};
use crate::state;
use crate::storage::View;
use crate::table::{Checkpoint, Storages};
use crate::{Array, CheckpointError};

/// 0x1950a86a20f9469cfc6c, the magic number, as a pickled long.
pub(crate) const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

pub(crate) fn open(path: &Path) -> Result<Checkpoint, CheckpointError> {
    let bytes = mu_file::bytes(path, mu_file::NUMBERS).map_err(|e| CheckpointError::io(path, e))?;
    let bad = |problem: String| CheckpointError::format(path, problem);
    let (object, storages) = parts(Cow::Owned(bytes)).map_err(bad)?;
    let tables = state::tables(&object).map_err(bad)?;
    Ok(Checkpoint::of(path, tables, true, Box::new(storages)))
}

/// The object, and the storages that it refers to.
pub(crate) fn parts(bytes: Cow<'_, [u8]>) -> Result<(Pickle, Laid<'_>), String> {
    let mut at = MAGIC.len();
    let mut next = || -> Result<Pickle, String> {
        let pickle = parse(bytes.get(at..).unwrap_or_default())?;
        at += pickle.length;
        Ok(pickle)
    };
    let version = next()?;
    if *version.get(version.root) != Node::Int(1001) {
        return Err("this version of PyTorch's old format is not known".to_owned());
    }
    let system = next()?;
    if system.member(system.root, "little_endian").is_some_and(|e| *system.get(e) == Node::Bool(false)) {
        return Err("its numbers are big-endian, which is not read".to_owned());
    }
    let (object, keys) = (next()?, next()?);
    let widths = state::widths(&object);
    let mut places = HashMap::new();
    for key in keys.list(keys.root).ok_or("the list of storages is missing")? {
        let key = keys.text(*key).ok_or("a storage has no key")?;
        let width = *widths.get(key).ok_or_else(|| format!("nothing says of which type storage {key} is"))?;
        let head = bytes.get(at..at + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
        let count = head.and_then(|n| usize::try_from(n).ok()).ok_or("the file is cut short")?;
        let end = count.checked_mul(width).and_then(|n| n.checked_add(at + 8)).filter(|e| *e <= bytes.len());
        let end = end.ok_or_else(|| format!("the file is cut short: storage {key} has {count} elements"))?;
        places.insert(key.to_owned(), at + 8..end);
        at = end;
    }
    Ok((object, Laid { bytes, places }))
}

/// A file, and where the bytes of each storage lie in it, by its key.
pub(crate) struct Laid<'b> {
    bytes: Cow<'b, [u8]>,
    places: HashMap<String, Range<usize>>,
}

impl Storages for Laid<'_> {
    fn tensor(&mut self, view: &View) -> Result<Array, String> {
        let place = self.places.get(&view.storage).and_then(|p| self.bytes.get(p.clone()));
        view.read(place.ok_or_else(|| format!("has no storage {} in the file", view.storage))?)
    }
}
