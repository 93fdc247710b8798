//! The disk, for the pure stages: sources, facts about data; and files that mu writes where somebody asks for them.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};

use mu_check::Files;
use mu_checkpoint::{Checkpoint, CheckpointError};
use mu_diag::Problem;
use mu_plan::DataFacts;
use mu_step::{Facts, LayerGraph, ListOf, Module, SourceKind, View, Wanted};
use mu_store::Store;

use crate::place::Base;

/// Sources below the folders that users name.
pub(crate) struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, String> {
        mu_file::text(Path::new(path)).map_err(|e| e.to_string())
    }

    fn join(&self, from: &str, spec: &str) -> String {
        let joined = Path::new(from).parent().unwrap_or(Path::new("")).join(spec);
        // `./` and `..` are resolved by name, so that one file has one name.
        let mut parts = PathBuf::new();
        for part in joined.components() {
            match part {
                std::path::Component::CurDir => {}
                std::path::Component::ParentDir if parts.file_name().is_some() => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        parts.to_string_lossy().into_owned()
    }
}

impl mu_lsp::Host for Disk {
    /// The standard library's texts are laid out in the cache folder, so that editors can open them.
    fn on_disk(&self, name: &str) -> Option<String> {
        let Some(inner) = name.strip_prefix("std:") else {
            return Path::new(name).canonicalize().ok().map(|p| p.to_string_lossy().into_owned());
        };
        let text = mu_stdlib::files().iter().find(|f| f.name == name)?.text;
        let path =
            mu_data::cache().join("mu").join(concat!("stdlib-", env!("CARGO_PKG_VERSION"))).join(inner);
        if mu_file::text(&path).ok().as_deref() != Some(text) {
            let folder = path.parent()?;
            std::fs::create_dir_all(folder).ok()?;
            // Beside, and renamed: what lies there under that name may be a link to something else.
            let mut draft = tempfile::NamedTempFile::new_in(folder).ok()?;
            draft.write_all(text.as_bytes()).ok()?;
            draft.persist(&path).ok()?;
        }
        Some(path.to_string_lossy().into_owned())
    }
}

/// What may help where a file is there and cannot be read.
const UNREADABLE: &str = "check that you may read it";

/// Facts about data sets, each read once.
#[derive(Default)]
pub(crate) struct DiskFacts {
    pub(crate) read: RefCell<HashMap<String, Result<Facts, Problem>>>,
    /// Digests of files.
    pub(crate) digests: RefCell<HashMap<String, String>>,
    pub(crate) known: Remembered,
    /// Where relative paths lead.
    pub(crate) base: Base,
    /// Whether a data set that is not here is taken as it is published: for plans that nobody runs.
    pub(crate) nominal: bool,
    /// What was taken so.
    pub(crate) taken: RefCell<Vec<String>>,
}

/// What a store remembers of data and files that may not be here.
#[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Remembered {
    data: BTreeMap<String, Facts>,
    files: BTreeMap<String, String>,
}

impl DiskFacts {
    /// For a file, whatever a store knows of it.
    pub(crate) fn of(file: &Path) -> Self {
        Self { base: Base::of(file), ..Self::default() }
    }

    /// For a file, with what was known when it was run on a store, or another of its folder: in other folders, the same names are
    /// of other data.
    pub(crate) fn knowing(store: &Store, file: &Path) -> Self {
        let base = Base::of(file);
        let mut known = Remembered::default();
        // What cannot be read is as if it had not been run: then the data must be here.
        for root in store.roots().map(|(roots, _)| roots).unwrap_or_default() {
            if Path::new(&root.file).parent() != Some(base.beside()) {
                continue;
            }
            if let Ok(more) = serde_json::from_value::<Remembered>(root.facts) {
                known.data.extend(more.data);
                known.files.extend(more.files);
            }
        }
        Self { known, base, ..Self::default() }
    }

    /// All that was asked and answered.
    pub(crate) fn recorded(&self) -> Result<serde_json::Value, Problem> {
        let data = self.read.borrow();
        let data = data.iter().filter_map(|(name, found)| Some((name.clone(), found.clone().ok()?)));
        let files = self.digests.borrow().clone().into_iter().collect();
        serde_json::to_value(Remembered { data: data.collect(), files })
            .map_err(|e| Problem::bug(format!("facts about data cannot be written as JSON: {e}")))
    }

    /// The digest of everything that was read.
    pub(crate) fn all_digests(&self) -> BTreeMap<String, String> {
        let data = self.read.borrow();
        let data = data.iter().filter_map(|(name, found)| Some((name.clone(), found.clone().ok()?.digest)));
        data.chain(self.digests.borrow().clone()).collect()
    }

    /// Where a path leads, and whether anything is there.
    fn find(&self, path: &str) -> Result<(PathBuf, bool), Problem> {
        let help = "rename or remove one of them, or write the whole path";
        let place = self.base.find(path).map_err(|message| Problem::new(message, help))?;
        let there = place.exists();
        Ok((place, there))
    }

    /// The digest of a file as `read` takes it. A file that is gone has the digest that it had when the program was run; one that
    /// is there and cannot be read does not.
    fn digest(
        &self,
        path: &str,
        of: Option<ListOf>,
        read: impl FnOnce(&Path) -> Result<String, String>,
    ) -> Result<String, Problem> {
        let (place, there) = self.find(path)?;
        let name = match of {
            Some(ListOf::Groups) => format!("{path} (groups)"),
            Some(ListOf::Samples) | None => path.to_owned(),
        };
        if let (false, Some(known)) = (there, self.known.files.get(&name)) {
            return Ok(known.clone());
        }
        if !there && of.is_some() && self.nominal {
            self.taken.borrow_mut().push(path.to_owned());
            return Ok(String::new());
        }
        let help = match of {
            _ if !there => self.base.help(path),
            Some(_) => {
                "one list of whole numbers is read from npy, npz, torch.save, pickle, JSON, CSV or text"
                    .to_owned()
            }
            None => UNREADABLE.to_owned(),
        };
        let digest = read(&place).map_err(|message| Problem::new(message, help))?;
        self.digests.borrow_mut().insert(name, digest.clone());
        Ok(digest)
    }

    /// What may help where a data set is not there, or is no such data set.
    fn data_help(&self, root: Option<&str>) -> String {
        match root.filter(|r| r.starts_with("data/")) {
            Some(root) => format!(
                "`mu data list` says where data sets are looked for, `mu data fetch NAME` downloads one; or say where it lies: \
                 `root: \"…\"`; {}",
                self.base.help(root)
            ),
            None => format!("check the path (`root: \"…\"`); {}", self.base.help(root.unwrap_or_default())),
        }
    }
}

impl Files for DiskFacts {
    fn read(&self, path: &str) -> Result<String, String> {
        Disk.read(path)
    }

    fn join(&self, from: &str, spec: &str) -> String {
        Disk.join(from, spec)
    }

    fn function(&self, path: &str) -> Result<String, Problem> {
        let help = "save it with `torch.jit.script(function).save(\"loss.pt\")`";
        let digest =
            self.digest(path, None, |place| mu_data::file_digest(place).map_err(|e| e.to_string()))?;
        let (place, there) = self.find(path)?;
        if there {
            mu_checkpoint::module(&place).map_err(|e| Problem::new(e, help))?;
        }
        Ok(digest)
    }
}

impl DataFacts for DiskFacts {
    fn facts(&self, source: &SourceKind, root: Option<&str>) -> Result<Facts, Problem> {
        let name = format!("{source:?} {}", root.unwrap_or(""));
        let read = || {
            let found = root.map(|root| self.find(root)).transpose()?;
            let there = found.as_ref().is_none_or(|(_, there)| *there);
            // Where the data are not here, what was known of them when the file was run says what the numbers are of. Data that are
            // here and cannot be read are an error.
            if let (false, Some(known)) = (there, self.known.data.get(&name)) {
                return Ok(known.clone());
            }
            if let (false, true, Some(nominal)) = (there, self.nominal, mu_data::nominal(source)) {
                self.taken.borrow_mut().push(root.unwrap_or("").to_owned());
                return Ok(nominal);
            }
            let place = found.map(|(place, _)| place);
            mu_data::facts(source, place.as_deref()).map_err(|e| Problem::new(e, self.data_help(root)))
        };
        if let Some(found) = self.read.borrow().get(&name) {
            return found.clone();
        }
        let found = read();
        self.read.borrow_mut().insert(name.clone(), found.clone());
        found
    }

    fn place(&self, path: &str) -> PathBuf {
        // What leads to two places was refused before.
        self.base.find(path).unwrap_or_else(|_| self.base.beside().join(path))
    }

    fn checkpoint(
        &self,
        path: &str,
        wanted: Wanted<'_>,
        graph: &LayerGraph,
        view: &View,
    ) -> Result<(String, Vec<String>), Problem> {
        let digest =
            self.digest(path, None, |place| mu_data::file_digest(place).map_err(|e| e.to_string()))?;
        let (place, there) = self.find(path)?;
        if !there {
            return Ok((digest, Vec::new()));
        }
        let forms = "mu reads safetensors and files of torch.save with a table of tensors";
        let unreadable = |e: CheckpointError| Problem::new(e, forms);
        let mut checkpoint = Checkpoint::open(&place).map_err(unreadable)?;
        let fit = checkpoint.fit(graph, wanted).map_err(|u| Problem::new(u.message(path), u.help()))?;
        if let Some((mean, std)) = checkpoint.normalization(&fit).map_err(unreadable)? {
            let near = |a: &[f32], b: &[f64]| {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-3)
            };
            if !near(&mean, &view.mean) || !near(&std, &view.std) {
                let (m, s) = (&view.mean, &view.std);
                return Err(Problem::new(
                    format!("{path} was trained on pixels normalised by mean {mean:?} and std {std:?}"),
                    format!("the data set normalises by mean {m:?} and std {s:?}: give it the same"),
                ));
            }
        }
        Ok((digest, fit.notes))
    }

    fn module(&self, path: &str) -> Result<(String, Module), Problem> {
        let (place, there) = self.find(path)?;
        let help = if there { UNREADABLE.to_owned() } else { self.base.help(path) };
        let digest = mu_data::file_digest(&place).map_err(|e| Problem::new(e, help))?;
        let help = "save it with `torch.jit.script(network).save(\"network.pt\")`";
        let module = mu_checkpoint::module(&place).map_err(|e| Problem::new(e, help))?;
        Ok((digest, module))
    }

    fn program(&self, path: &str, starts: bool) -> Result<String, Problem> {
        let digest = self.digest(path, None, |place| {
            if place.is_dir() {
                return Err(format!(
                    "{} is a folder; a program's files are named one by one",
                    place.display()
                ));
            }
            mu_data::file_digest(place).map_err(|e| e.to_string())
        })?;
        let (place, there) = self.find(path)?;
        let runs = |path: &Path| {
            path.metadata()
                .is_ok_and(|of| std::os::unix::fs::PermissionsExt::mode(&of.permissions()) & 0o111 != 0)
        };
        if starts && there && !runs(&place) {
            let help = format!("`chmod +x {path}`, or say what runs it: `command: \"sh\"`");
            return Err(Problem::new(format!("{path} is no program: it may not be executed"), help));
        }
        Ok(digest)
    }

    fn list(&self, path: &str, of: ListOf) -> Result<String, Problem> {
        self.digest(path, Some(of), |place| {
            mu_data::list(place, of).map(|l| l.digest()).map_err(|e| e.to_string())
        })
    }
}

/// A file that cannot be written, and the way out.
pub(crate) fn cannot_write(path: &Path, reason: impl std::fmt::Display, help: &str) -> Problem {
    Problem::new(format!("cannot write {}: {reason}", path.display()), help)
}

/// Writes a file that somebody named; `help` says what to do where that cannot be done.
pub(crate) fn write(path: &Path, bytes: &[u8], help: &str) -> Result<(), Problem> {
    std::fs::write(path, bytes).map_err(|e| cannot_write(path, e, help))
}

/// Writes beside and renames: the file is the old one or the new one, never half of it.
pub(crate) fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let file = file.canonicalize()?;
    let permissions = std::fs::metadata(&file)?.permissions();
    let mut draft = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
    draft.write_all(text.as_bytes())?;
    draft.as_file().set_permissions(permissions)?;
    draft.persist(&file).map(drop).map_err(|e| e.error)
}
