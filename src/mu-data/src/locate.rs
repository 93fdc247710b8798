//! Where a data set lies that a file names by `data/NAME`, or by its place on the Hugging Face hub: where it is at hand already.

use std::path::{Path, PathBuf};

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from)
}

/// The user's folder for what can be made again.
#[must_use]
pub fn cache() -> PathBuf {
    let home = || variable("HOME").map(|h| h.join(".cache"));
    variable("XDG_CACHE_HOME").or_else(home).unwrap_or_else(std::env::temp_dir)
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
        let main = std::fs::read_to_string(repository.join("refs/main")).unwrap_or_default();
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
