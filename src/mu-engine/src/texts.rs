//! Tests' programs, from their text.

struct NoFiles;

impl mu_check::Files for NoFiles {
    fn read(&self, _: &str) -> Result<String, String> {
        Err("no files here".to_owned())
    }
    fn join(&self, _: &str, path: &str) -> String {
        path.to_owned()
    }
    /// A path tells one function from another.
    fn function(&self, path: &str) -> Result<String, mu_check::Problem> {
        Ok(path.to_owned())
    }
}

/// The program of a text without errors.
pub(crate) fn checked(text: &str) -> mu_check::Program {
    let checked = mu_check::check(&NoFiles, "test.mu", text);
    assert!(!checked.has_errors(), "{:?}", checked.diagnostics);
    checked.program
}
