//! Objects in one file, for another machine: a tar archive of their folders, of what is known of the data, and of the texts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Component, Path, PathBuf};

use mu_file::TEXT;
use mu_step::StepKey;

use crate::store::json;
use crate::{Object, Root, Store, StoreError, disk};

/// The archive's first entry.
const HEAD: &str = "bundle.json";

/// A bundle that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The store or the file system refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is no bundle, or is damaged.
    #[error("{path}: {problem}", path = path.display())]
    Bad {
        /// The bundle.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// What a bundle is for, and what it says beside objects.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Head {
    /// The file that was run, as it was then.
    pub root: Root,
    /// The texts that it is made of, by path relative to each other; the first is the file itself.
    pub texts: BTreeMap<String, String>,
    /// The main text.
    pub main: String,
}

/// What came with a bundle.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// What it is for.
    pub head: Head,
    /// Objects that are new here.
    pub added: usize,
    /// Objects that were here already.
    pub present: usize,
}

impl Store {
    /// Writes objects, each verified, into a bundle; how many bytes it has.
    ///
    /// # Errors
    /// Where an object is damaged, or the bundle cannot be written: there is none then.
    pub fn export(&self, keys: &[StepKey], head: &Head, to: &Path) -> Result<u64, BundleError> {
        let folder = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let draft = tempfile::NamedTempFile::new_in(folder).map_err(StoreError::io("write to", folder))?;
        let mut archive = tar::Builder::new(std::io::BufWriter::new(draft.as_file()));
        let io = |error| BundleError::from(StoreError::io("write", to)(error));
        let text = json(head)?;
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, HEAD, text.as_slice()).map_err(io)?;
        for key in keys {
            let Some(object) = self.get(*key)? else { continue };
            object.verify_large()?;
            let place = Path::new("objects").join(key.to_string());
            for name in object.meta.files.keys().map(String::as_str).chain(["meta.json", "meta.b3"]) {
                archive.append_path_with_name(object.path(name), place.join(name)).map_err(io)?;
            }
        }
        archive.into_inner().and_then(|mut out| out.flush()).map_err(io)?;
        disk::sync(draft.as_file()).map_err(io)?;
        let size = draft.as_file().metadata().map_err(io)?.len();
        draft.persist(to).map_err(|e| io(e.error))?;
        Ok(size)
    }

    /// Takes the objects of a bundle in: every byte is verified, and every object's key against what it says that made it. They are
    /// kept for `file`, the place where the bundle's main text will lie.
    ///
    /// # Errors
    /// Where the bundle is damaged or no bundle: nothing of it is taken in.
    pub fn import(&self, from: &Path, file: &dyn Fn(&Head) -> String) -> Result<Imported, BundleError> {
        let bad = |problem: String| BundleError::Bad { path: from.to_owned(), problem };
        let bundle = mu_file::open(from).map_err(StoreError::io("read", from))?;
        let mut archive = tar::Archive::new(std::io::BufReader::new(bundle));
        let unpacked = self.draft_folder(".import")?;
        let mut head: Option<Head> = None;
        let mut names: Vec<StepKey> = Vec::new();
        for entry in archive.entries().map_err(|e| bad(format!("it is no bundle: {e}")))? {
            let mut entry = entry.map_err(|e| bad(format!("it is damaged or no bundle: {e}")))?;
            let path = entry.path().map_err(|e| bad(e.to_string()))?.into_owned();
            if path == Path::new(HEAD) && head.is_none() {
                let mut text = Vec::new();
                entry.take(TEXT).read_to_end(&mut text).map_err(|e| bad(e.to_string()))?;
                head = Some(serde_json::from_slice(&text).map_err(|e| bad(format!("{HEAD}: {e}")))?);
                continue;
            }
            let (key, name) = place(&path)
                .filter(|_| head.is_some() && entry.header().entry_type().is_file())
                .ok_or_else(|| bad(format!("{} does not belong into a bundle", path.display())))?;
            let folder = unpacked.path().join(key.to_string());
            disk::create_folder(&folder).map_err(StoreError::io("create", &folder))?;
            let to = folder.join(&name);
            let mut out = File::create(&to).map_err(StoreError::io("write", &to))?;
            std::io::copy(&mut entry, &mut out).map_err(|e| bad(format!("it is cut off: {e}")))?;
            disk::sync(&out).map_err(StoreError::io("sync", &to))?;
            if names.last() != Some(&key) {
                names.push(key);
            }
        }
        let mut head = head.ok_or_else(|| bad("it is no bundle of mu's".to_owned()))?;
        for key in &names {
            let problem = |e: StoreError| bad(format!("object {}: {e}", key.short()));
            let object = Object::open(unpacked.path().join(key.to_string()), *key).map_err(problem)?;
            object.verify_large().map_err(problem)?;
        }
        head.root.file = file(&head);
        // Kept before it is there: who collects garbage finds it needed.
        let kept = self.keep(&head.root)?;
        let mut imported = Imported { head, ..Imported::default() };
        for key in names {
            if self.take_in(key, &unpacked.path().join(key.to_string()))? {
                imported.added += 1;
            } else {
                imported.present += 1;
            }
        }
        drop(kept);
        Ok(imported)
    }
}

/// `objects/KEY/NAME`, and nothing that could lie elsewhere.
fn place(path: &Path) -> Option<(StepKey, String)> {
    let parts: Vec<&str> = path
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect::<Option<_>>()?;
    match parts[..] {
        ["objects", key, name] => Some((StepKey::try_from(key.to_owned()).ok()?, name.to_owned())),
        _ => None,
    }
}
