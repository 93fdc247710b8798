//! Where the relative paths of a program lead: to one place, whatever folder mu is started in.

use std::path::{Path, PathBuf};

/// The folders that a program's relative paths are looked for in: the file's own, and the root of the git checkout that it is in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Base(Vec<PathBuf>);

impl Base {
    /// The folders of the file that is run.
    pub(crate) fn of(file: &Path) -> Self {
        let whole =
            file.canonicalize().or_else(|_| std::path::absolute(file)).unwrap_or_else(|_| file.to_owned());
        let beside = whole.parent().unwrap_or(Path::new("/")).to_owned();
        let checkout = checkout(&beside).filter(|root| *root != beside);
        Self([Some(beside), checkout].into_iter().flatten().collect())
    }

    /// The folder of the file.
    pub(crate) fn beside(&self) -> &Path {
        self.0.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// Where a path leads: a data set that is in none of the folders is looked for where mu keeps data.
    ///
    /// # Errors
    /// In words, where two folders have something else under that name.
    pub(crate) fn find(&self, path: &str) -> Result<PathBuf, String> {
        if Path::new(path).is_absolute() || path.contains("://") {
            return Ok(mu_data::locate(path));
        }
        let there: Vec<PathBuf> =
            self.0.iter().map(|folder| folder.join(path)).filter(|p| p.exists()).collect();
        match there.as_slice() {
            [] => {
                let elsewhere = mu_data::places(path).into_iter().find(|p| p.is_absolute() && p.exists());
                Ok(elsewhere.unwrap_or_else(|| self.beside().join(path)))
            }
            [only] => Ok(only.clone()),
            [one, two, ..] if same(one, two) => Ok(one.clone()),
            [one, two, ..] => Err(format!(
                "`{path}` is two things: {} beside the file, and {} in its checkout",
                one.display(),
                two.display()
            )),
        }
    }

    /// What may help where nothing is found.
    pub(crate) fn help(&self, path: &str) -> String {
        let folders: Vec<String> = self.0.iter().map(|f| f.display().to_string()).collect();
        let mut help = format!("relative paths are looked for in {}", folders.join(", then in "));
        let absolute = Path::new(path).is_absolute() || path.contains("://");
        if absolute {
            return "check the path".to_owned();
        }
        if let Ok(here) = std::path::absolute(path)
            && here.exists()
        {
            help.push_str(&format!("; there is {}, in the folder that mu was started in", here.display()));
        }
        help
    }
}

/// The root of the git checkout that a folder is in.
pub(crate) fn checkout(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|p| p.join(".git").exists()).map(Path::to_owned)
}

/// Whether both names are of one thing, or of two files with the same bytes.
fn same(one: &Path, two: &Path) -> bool {
    let digest = |path: &Path| mu_data::file_digest(path).ok();
    one.canonicalize().ok().is_some_and(|a| two.canonicalize().is_ok_and(|b| a == b))
        || one.is_file() && two.is_file() && digest(one).is_some_and(|a| digest(two) == Some(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lay(root: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    /// A path leads to one place: beside the file, or in its checkout; never to where mu was started.
    #[test]
    fn a_path_leads_to_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        lay(
            &root,
            &[
                (".git/HEAD", ""),
                ("studies/e.mu", ""),
                ("studies/own.npy", "1"),
                ("root.npy", "2"),
                ("studies/same.npy", "3"),
                ("same.npy", "3"),
                ("studies/two.npy", "4"),
                ("two.npy", "5"),
            ],
        );
        let base = Base::of(&root.join("studies/e.mu"));
        let found =
            |path: &str| base.find(path).map(|p| p.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
        assert_eq!(found("own.npy").unwrap(), "studies/own.npy");
        assert_eq!(found("../root.npy").unwrap(), "studies/../root.npy");
        assert_eq!(found("root.npy").unwrap(), "root.npy");
        assert_eq!(found("same.npy").unwrap(), "studies/same.npy");
        assert_eq!(found("none.npy").unwrap(), "studies/none.npy");
        // The tests run in the crate's folder, which has one.
        assert_eq!(found("Cargo.toml").unwrap(), "studies/Cargo.toml");
        assert!(base.help("Cargo.toml").contains("in the folder that mu was started in"));
        let two = found("two.npy").unwrap_err();
        assert!(
            two.contains("studies/two.npy") && two.contains(root.join("two.npy").to_str().unwrap()),
            "{two}"
        );
        let own = root.join("own/e.mu");
        lay(&root, &[("own/.git/HEAD", ""), ("own/e.mu", "")]);
        assert_eq!(Base::of(&own).find("root.npy").unwrap(), root.join("own/root.npy"));
    }
}
