//! PyTorch's files since 1.6: a zip of a pickle and of the bytes of each storage, uncompressed. TorchScript modules are such
//! files with code beside it.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Cursor, Read, Seek, Write};
use std::path::Path;

use zip::read::{ArchiveOffset, Config};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::Module;
use crate::code;
use crate::pickle::{Node, Pickle, parse};
use crate::script;
use crate::state;
use crate::storage::View;
use crate::table::{Checkpoint, Storages};
use crate::{Array, CheckpointError};

/// The pickle describes tensors; the tensors themselves lie beside it.
const MOST_PICKLE: u64 = 256 << 20;
/// The code of a module is text.
const MOST_CODE: u64 = 64 << 20;

/// The object of an archive in memory, and the storages that it refers to.
type Parts<'b> = (Pickle, Archive<Cursor<&'b [u8]>>);

/// Opens an archive in memory.
pub(crate) fn parts(bytes: &[u8]) -> Result<Parts<'_>, String> {
    let mut archive = Archive::new(Cursor::new(bytes), bytes.len() as u64)?;
    let pickle = archive.pickle()?;
    Ok((pickle, archive))
}

pub(crate) fn open(path: &Path) -> Result<Checkpoint, CheckpointError> {
    let bad = |problem: String| CheckpointError::format(path, problem);
    let mut archive = Archive::open(path)?;
    let pickle = archive.pickle().map_err(bad)?;
    let tables = match archive.is_script() {
        true => script::table(&pickle).map(|table| vec![table]),
        false => state::tables(&pickle),
    };
    Ok(Checkpoint::of(path, tables.map_err(bad)?, true, Box::new(archive)))
}

/// Reads what a TorchScript module is made of.
///
/// # Errors
/// Where the file cannot be read, or is none.
pub fn module(path: &Path) -> Result<Module, CheckpointError> {
    let bad = |problem: String| CheckpointError::format(path, problem);
    let mut archive = Archive::open(path)?;
    if !archive.is_script() {
        return Err(bad("this is no TorchScript module: it has no code".to_owned()));
    }
    archive.check().map_err(bad)?;
    let pickle = archive.pickle().map_err(bad)?;
    let traced = archive.has("traced_inputs.pkl");
    script::describe(&pickle, traced).map_err(bad)
}

/// A TorchScript module's archive for libtorch: checked again, and written anew of what was checked, so that libtorch reads no other one.
///
/// # Errors
/// Where the file cannot be read, or its code names what may touch files.
pub fn sealed(path: &Path) -> Result<Vec<u8>, CheckpointError> {
    let bad = |problem: String| CheckpointError::format(path, problem);
    let mut archive = Archive::open(path)?;
    archive.check().map_err(bad)?;
    archive.copied().map_err(bad)
}

/// The name that a TorchScript module's file had when it was saved, without its ending.
///
/// # Errors
/// Where the file cannot be read.
pub fn title(path: &Path) -> Result<String, CheckpointError> {
    Archive::open(path).map(|archive| archive.folder.trim_end_matches('/').to_owned())
}

pub(crate) struct Archive<R> {
    zip: ZipArchive<R>,
    /// Of the file, in bytes: nothing in it is larger.
    size: u64,
    names: Vec<String>,
    /// What all names begin with.
    folder: String,
}

impl Archive<File> {
    fn open(path: &Path) -> Result<Self, CheckpointError> {
        let file = mu_file::open(path).map_err(|e| CheckpointError::io(path, e))?;
        let size = file.metadata().map_err(|e| CheckpointError::io(path, e))?.len();
        Self::new(file, size).map_err(|problem| CheckpointError::format(path, problem))
    }
}

impl<R: Read + Seek> Archive<R> {
    fn new(reader: R, size: u64) -> Result<Self, String> {
        // Told where the archive begins: where it is to be guessed, some of PyTorch's own files are refused.
        let zip = ZipArchive::with_config(Config { archive_offset: ArchiveOffset::Known(0) }, reader)
            .map_err(|e| format!("the zip archive cannot be read: {e}"))?;
        let names: Vec<String> = zip.file_names().filter_map(|n| Some(n.ok()?.into_owned())).collect();
        let Some(name) = names.iter().find(|n| n.ends_with("/data.pkl") || *n == "data.pkl") else {
            return Err("this is a zip archive without data.pkl, not a checkpoint".to_owned());
        };
        let folder = name.trim_end_matches("data.pkl").to_owned();
        let mut archive = Self { zip, size, names, folder };
        if archive.entry("byteorder", 16).is_ok_and(|order| order == b"big") {
            return Err("its numbers are big-endian, which is not read".to_owned());
        }
        Ok(archive)
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|n| n.strip_prefix(&self.folder) == Some(name))
    }

    fn is_script(&self) -> bool {
        self.has("constants.pkl")
    }

    /// Whether the code and the classes of a TorchScript module only compute.
    fn check(&mut self) -> Result<(), String> {
        // libtorch finds its files by names in which upper and lower case are one.
        let ends = |name: &&String, with: &str| name.to_ascii_lowercase().ends_with(with);
        let code: Vec<String> = self.names.iter().filter(|n| ends(n, ".py")).cloned().collect();
        let pickles: Vec<String> = self.names.iter().filter(|n| ends(n, ".pkl")).cloned().collect();
        let touches = |name: &str, what: String| {
            format!(
                "its code would run with your rights while the module is evaluated, and what may touch files or other machines is refused: \
                 {what} of {name}; take that out of the network, and save the module again"
            )
        };
        for name in code {
            let text = self.whole(&name, MOST_CODE)?;
            code::check(&text).map_err(|what| touches(&name, what))?;
        }
        for name in pickles {
            let pickle = parse(&self.whole(&name, MOST_PICKLE)?).map_err(|e| format!("{name}: {e}"))?;
            for id in pickle.ids() {
                if let Node::Global(module, class) = pickle.get(id)
                    && !code::is_harmless_class(module, class)
                {
                    return Err(touches(&name, format!("the class `{module}.{class}`")));
                }
            }
        }
        Ok(())
    }

    /// The archive written anew. What another reader of zip archives might find in the same bytes (entries of one name, or none that
    /// the directory lists) is not in it.
    fn copied(&mut self) -> Result<Vec<u8>, String> {
        let mut names = self.names.clone();
        let pickle = format!("{}data.pkl", self.folder);
        names.retain(|n| n.starts_with(&self.folder) && *n != pickle && !n.ends_with('/'));
        names.insert(0, pickle);
        let mut seen = HashSet::new();
        let mut left = self.size.saturating_mul(2).saturating_add(MOST_CODE);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            if !seen.insert(name.to_ascii_lowercase()) {
                return Err(format!("it has {name} twice"));
            }
            let bytes = self.whole(&name, left)?;
            left = left.saturating_sub(bytes.len() as u64);
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Stored)
                .last_modified_time(DateTime::default())
                .large_file(bytes.len() as u64 > u64::from(u32::MAX));
            let written = zip.start_file(name, options).map_err(|e| e.to_string());
            written.and_then(|()| zip.write_all(&bytes).map_err(|e| e.to_string()))?;
        }
        zip.finish().map(Cursor::into_inner).map_err(|e| e.to_string())
    }

    /// An entry by its whole name, compressed or not, of so many bytes at most.
    fn whole(&mut self, name: &str, most: u64) -> Result<Vec<u8>, String> {
        let entry = self.zip.by_name(name).map_err(|e| format!("{name}: {e}"))?;
        let mut bytes = Vec::new();
        entry.take(most + 1).read_to_end(&mut bytes).map_err(|e| format!("{name}: {e}"))?;
        match bytes.len() as u64 > most {
            true => Err(format!("{name} is larger than any that PyTorch writes")),
            false => Ok(bytes),
        }
    }

    fn pickle(&mut self) -> Result<Pickle, String> {
        parse(&self.entry("data.pkl", MOST_PICKLE)?)
    }

    fn entry(&mut self, name: &str, most: u64) -> Result<Vec<u8>, String> {
        let entry =
            self.zip.by_name(&format!("{}{name}", self.folder)).map_err(|e| format!("{name}: {e}"))?;
        // PyTorch stores its entries as they are; what is smaller in the archive than outside was made by something else.
        if entry.compression() != CompressionMethod::Stored || entry.size() > self.size.min(most) {
            return Err(format!(
                "{name} is compressed or too large for PyTorch's own: {} bytes",
                entry.size()
            ));
        }
        let mut bytes = Vec::with_capacity(entry.size() as usize);
        entry.take(self.size).read_to_end(&mut bytes).map_err(|e| format!("{name}: {e}"))?;
        Ok(bytes)
    }
}

impl<R: Read + Seek> Storages for Archive<R> {
    fn tensor(&mut self, view: &View) -> Result<Array, String> {
        view.read(&self.entry(&format!("data/{}", view.storage), u64::MAX)?)
    }
}
