//! The disk, for the pure stages: sources, facts about data, where the store is.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};

use mu_check::Files;
use mu_checkpoint::Module;
use mu_data::Facts;
use mu_plan::{DataFacts, Problem};
use mu_step::{LayerGraph, SourceKind, View};
use mu_store::Store;

/// Sources below the folders that users name.
pub(crate) struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, String> {
        let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
        String::from_utf8(bytes)
            .map_err(|e| format!("it is not UTF-8 text (byte {})", e.utf8_error().valid_up_to()))
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
        if std::fs::read_to_string(&path).ok().as_deref() != Some(text) {
            std::fs::create_dir_all(path.parent()?).ok()?;
            std::fs::write(&path, text).ok()?;
        }
        Some(path.to_string_lossy().into_owned())
    }
}

/// Facts about data sets, each read once.
#[derive(Default)]
pub(crate) struct DiskFacts {
    pub(crate) read: RefCell<HashMap<String, Result<Facts, String>>>,
    /// Digests of files.
    pub(crate) digests: RefCell<HashMap<String, String>>,
    pub(crate) known: Remembered,
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
    /// With what the files that were run on a store knew.
    pub(crate) fn knowing(store: &Store) -> Self {
        let mut known = Remembered::default();
        for root in store.roots() {
            if let Ok(more) = serde_json::from_value::<Remembered>(root.facts) {
                known.data.extend(more.data);
                known.files.extend(more.files);
            }
        }
        Self { known, ..Self::default() }
    }

    /// All that was asked and answered.
    pub(crate) fn recorded(&self) -> serde_json::Value {
        let data = self.read.borrow();
        let data = data.iter().filter_map(|(name, found)| Some((name.clone(), found.clone().ok()?)));
        let files = self.digests.borrow().clone().into_iter().collect();
        serde_json::to_value(Remembered { data: data.collect(), files }).unwrap_or_default()
    }

    /// The digest of everything that was read.
    pub(crate) fn all_digests(&self) -> BTreeMap<String, String> {
        let data = self.read.borrow();
        let data = data.iter().filter_map(|(name, found)| Some((name.clone(), found.clone().ok()?.digest)));
        data.chain(self.digests.borrow().clone()).collect()
    }

    fn digest(&self, path: &str) -> Result<String, String> {
        let digest = mu_data::file_digest(Path::new(path)).map_err(|e| e.to_string())?;
        self.digests.borrow_mut().insert(path.to_owned(), digest.clone());
        Ok(digest)
    }
}

impl DataFacts for DiskFacts {
    fn facts(&self, source: &SourceKind, root: Option<&str>) -> Result<Facts, String> {
        let name = format!("{source:?} {}", root.unwrap_or(""));
        let read = || {
            let place = root.map(mu_data::locate);
            let found = mu_data::facts(source, place.as_deref());
            // Where the data are not here, what was known of them when the file was run says what the numbers are of.
            if let (Err(_), Some(known)) = (&found, self.known.data.get(&name)) {
                return Ok(known.clone());
            }
            match mu_data::nominal(source).filter(|_| self.nominal && found.is_err()) {
                Some(nominal) => {
                    self.taken.borrow_mut().push(root.unwrap_or("").to_owned());
                    Ok(nominal)
                }
                None => found.map_err(|e| e.to_string()),
            }
        };
        if let Some(found) = self.read.borrow().get(&name) {
            return found.clone();
        }
        let found = read();
        self.read.borrow_mut().insert(name.clone(), found.clone());
        found
    }

    fn place(&self, root: &str) -> PathBuf {
        mu_data::locate(root)
    }

    fn checkpoint(&self, path: &str, graph: &LayerGraph, view: &View) -> Result<String, Problem> {
        let problem = |message: String, help: &str| Problem { message, help: help.to_owned() };
        let place = "relative paths are relative to where mu runs";
        let digest = match self.digest(path) {
            Ok(digest) => digest,
            Err(_) if self.known.files.contains_key(path) => return Ok(self.known.files[path].clone()),
            Err(error) => return Err(problem(error, place)),
        };
        let forms = "mu reads safetensors and files of torch.save with a dictionary of tensors";
        let tensors = mu_checkpoint::read(Path::new(path)).map_err(|e| problem(e.to_string(), forms))?;
        if let Some((mean, std)) = mu_checkpoint::normalization(&tensors) {
            let near = |a: &[f32], b: &[f64]| {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-3)
            };
            if !near(&mean, &view.mean) || !near(&std, &view.std) {
                let (m, s) = (&view.mean, &view.std);
                return Err(problem(
                    format!("{path} was trained on pixels normalised by mean {mean:?} and std {std:?}"),
                    &format!("the data set normalises by mean {m:?} and std {s:?}: give it the same"),
                ));
            }
        }
        mu_checkpoint::fit(graph, tensors).map(|_| digest).map_err(|misfit| {
            let cause = misfit.cause.as_ref().map(|c| format!("likely: {c}")).unwrap_or_default();
            problem(format!("the tensors of {path} are not the model's"), &format!("{misfit}{cause}"))
        })
    }

    fn module(&self, path: &str) -> Result<(String, Module), Problem> {
        let problem = |message: String, help: &str| Problem { message, help: help.to_owned() };
        let place = "relative paths are relative to where mu runs";
        let digest = mu_data::file_digest(Path::new(path)).map_err(|e| problem(e.to_string(), place))?;
        let module = mu_checkpoint::module(Path::new(path)).map_err(|e| {
            problem(e.to_string(), "save it with `torch.jit.script(network).save(\"network.pt\")`")
        })?;
        Ok((digest, module))
    }

    fn file(&self, path: &str) -> Result<String, String> {
        match self.digest(path) {
            Err(_) if self.known.files.contains_key(path) => Ok(self.known.files[path].clone()),
            Err(_) if self.nominal => {
                self.taken.borrow_mut().push(path.to_owned());
                Ok(String::new())
            }
            found => found,
        }
    }
}

/// The store of a file: as asked, `MU_STORE`, or `.mu` at the root of its git checkout or beside it.
pub(crate) fn store_of(file: &Path, asked: Option<&Path>) -> PathBuf {
    if let Some(asked) = asked {
        return asked.to_owned();
    }
    if let Some(set) = env::var_os("MU_STORE").filter(|s| !s.is_empty()) {
        return set.into();
    }
    let beside = file.canonicalize().ok().and_then(|p| p.parent().map(Path::to_owned)).unwrap_or_default();
    let checkout = beside.ancestors().find(|p| p.join(".git").exists()).unwrap_or(&beside);
    checkout.join(".mu")
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
