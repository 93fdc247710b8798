//! Where a data set lies that a file names by `data/NAME`, or by its place on the Hugging Face hub: where it is at hand already.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from)
}

/// The user's folder for what can be made again.
#[must_use]
pub fn cache() -> PathBuf {
    let home = || variable("HOME").map(|h| h.join(".cache"));
    variable("XDG_CACHE_HOME").or_else(home).unwrap_or_else(|| private().to_owned())
}

/// A folder of the user's own among temporary files, where the environment names no home: nobody else can have put anything there.
fn private() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let own = std::fs::metadata("/proc/self").map_or(0, |own| own.uid());
        let place = std::env::temp_dir().join(format!("mu-{own}"));
        let _ = std::fs::DirBuilder::new().mode(0o700).create(&place);
        let is_ours = std::fs::symlink_metadata(&place)
            .is_ok_and(|found| found.is_dir() && found.uid() == own && found.mode() & 0o077 == 0);
        // Another's, or a link: one that nobody knows the name of, for this process alone.
        let fresh = || tempfile::Builder::new().prefix("mu-").tempdir().map(tempfile::TempDir::keep);
        if is_ours { place } else { fresh().unwrap_or(place.join("refused")) }
    })
}

/// The folder in which data sets are kept that mu fetches: `MU_DATA`, or mu's in the user's cache.
#[must_use]
pub fn home() -> PathBuf {
    variable("MU_DATA").unwrap_or_else(|| cache().join("mu").join("data"))
}

/// Everywhere that a root is looked for, the first that is there counts.
#[must_use]
pub fn places(root: &str) -> Vec<PathBuf> {
    if let Some(name) = root.strip_prefix("hf://datasets/") {
        let hub = variable("HF_HOME").unwrap_or_else(|| cache().join("huggingface")).join("hub");
        let repository = hub.join(format!("datasets--{}", name.trim_end_matches('/').replace('/', "--")));
        let snapshots = repository.join("snapshots");
        // The snapshot that `main` stood for when it was downloaded.
        let main = mu_file::text(&repository.join("refs/main")).unwrap_or_default();
        return vec![snapshots.join(main.trim())];
    }
    let mut all = vec![PathBuf::from(root)];
    if let Ok(name) = Path::new(root).strip_prefix("data") {
        all.push(home().join(name));
        if let Some(torch) = variable("TORCH_HOME") {
            all.extend([torch.join("datasets").join(name), torch.join(name)]);
        }
    }
    all
}

/// Where a root lies: the first place that is there, or the first of all.
#[must_use]
pub fn locate(root: &str) -> PathBuf {
    let mut all = places(root);
    let at = all.iter().position(|p| p.exists()).unwrap_or(0);
    all.swap_remove(at)
}
