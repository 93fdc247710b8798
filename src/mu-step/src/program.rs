//! A method that somebody wrote as a program of their own: what is run, and what it is told. `docs/programs.md` is its contract.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Bring a file into the store that steps run: a TorchScript module, or one of a program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModuleSpec {
    /// BLAKE3 of the file.
    pub digest: String,
}

/// A program that makes weights of weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UserProgram {
    /// The words that start it, before its file's name: `["python3"]`; none where the file itself is started.
    pub command: Vec<String>,
    /// Its files: the first one is started, the others lie beside it.
    pub files: Vec<ProgramFile>,
    /// What it is told by name, beside what every program is told.
    pub parameters: BTreeMap<String, serde_json::Value>,
}

/// A file of a program.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProgramFile {
    /// Where it is. Not part of what is keyed: the bytes count.
    #[serde(skip)]
    pub path: String,
    /// Its place below the folder of the program's first file: `lib/losses.py`.
    pub name: String,
    /// BLAKE3 of its bytes; empty before planning.
    pub digest: String,
}

impl ProgramFile {
    /// The step that brings the file into the store.
    #[must_use]
    pub fn module(&self) -> ModuleSpec {
        ModuleSpec { digest: self.digest.clone() }
    }
}

impl UserProgram {
    /// The name of the file that is started.
    #[must_use]
    pub fn name(&self) -> &str {
        self.files.first().map_or("", |file| file.name.as_str())
    }
}
