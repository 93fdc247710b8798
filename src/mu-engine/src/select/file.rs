//! Lists in files: sample numbers, and a number for each sample.

use std::path::Path;

use mu_data::{ListOf, Numbers};
use mu_step::Failure;

/// What a file holds, where that is still what was planned.
fn read(path: Option<&Path>, digest: &str, of: ListOf) -> Result<(String, Numbers), Failure> {
    let path = path.ok_or_else(|| Failure::bad_data("the step does not say where its file is"))?;
    let found = mu_data::list(path, of).map_err(|e| Failure::bad_data(e.to_string()))?;
    if found.digest() != digest {
        return Err(Failure::bad_data(format!(
            "{} changed while mu was running; run it again",
            path.display()
        )));
    }
    Ok((path.display().to_string(), found))
}

/// Sample numbers, each once, ascending; a mask has an entry for each of `samples`.
pub(super) fn indices(path: Option<&Path>, digest: &str, samples: usize) -> Result<Vec<i64>, Failure> {
    let (name, found) = read(path, digest, ListOf::Samples)?;
    found.samples(samples).map_err(|problem| Failure::bad_data(format!("{name}: {problem}")))
}

/// A number for each of `samples` samples.
pub(super) fn numbers(path: Option<&Path>, digest: &str, samples: usize) -> Result<Vec<i64>, Failure> {
    let (name, found) = read(path, digest, ListOf::Groups)?;
    found.groups(samples).map_err(|problem| Failure::bad_data(format!("{name}: {problem}")))
}
