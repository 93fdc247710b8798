//! Where results are kept, and how objects and files are called there.

use std::env;
use std::path::{Path, PathBuf};

use mu_diag::Problem;
use mu_step::StepKey;
use mu_store::Store;

use crate::place::checkout;

/// Where results are kept.
#[derive(clap::Args)]
pub(crate) struct StoreOption {
    /// The store [default: .mu at the root of the file's git checkout, or beside the file; or MU_STORE]
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) store: Option<PathBuf>,
}

impl StoreOption {
    /// The store of a file: as asked, `MU_STORE`, or `.mu` at the root of its git checkout or beside it.
    pub(crate) fn of(&self, file: &Path) -> PathBuf {
        if let Some(asked) = &self.store {
            return asked.clone();
        }
        if let Some(set) = env::var_os("MU_STORE").filter(|s| !s.is_empty()) {
            return set.into();
        }
        let beside =
            file.canonicalize().ok().and_then(|p| p.parent().map(Path::to_owned)).unwrap_or_default();
        checkout(&beside).unwrap_or(beside).join(".mu")
    }

    /// The store of the folder that mu was started in, where no file is named.
    pub(crate) fn here(&self) -> PathBuf {
        self.of(Path::new("file.mu"))
    }
}

/// The name by which a store knows a file.
pub(crate) fn canonical(file: &Path) -> String {
    file.canonicalize().unwrap_or_else(|_| file.to_owned()).to_string_lossy().into_owned()
}

/// The key that begins so.
pub(crate) fn whole_key(store: &Store, begin: &str) -> Result<StepKey, Problem> {
    let all: Vec<StepKey> =
        store.keys().into_iter().filter(|k| begin.len() > 3 && k.to_string().starts_with(begin)).collect();
    match all[..] {
        [key] => Ok(key),
        [] => Err(Problem::new(
            format!("no object's key begins with `{begin}`"),
            "four characters at least; `mu plan --steps` and `mu log` show keys",
        )),
        _ => Err(Problem::new(format!("{} keys begin with `{begin}`", all.len()), "give more of it")),
    }
}
