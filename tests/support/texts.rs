//! Sources of programs for tests: files that are there, none at all, and texts that were hard once.

use std::path::Path;

use mu_check::Files;

/// Nothing can be read.
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _: &str) -> Result<String, String> {
        Err("there are no files here".to_owned())
    }
    fn join(&self, _: &str, spec: &str) -> String {
        spec.to_owned()
    }
}

/// The files of this machine.
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, String> {
        std::fs::read_to_string(path).map_err(|_| "no such file".to_owned())
    }
    fn join(&self, from: &str, spec: &str) -> String {
        Path::new(from).parent().unwrap().join(spec.trim_start_matches("./")).display().to_string()
    }
}

/// Texts of about so many bytes that were slow, or too deep, once.
#[must_use]
pub fn hostile(bytes: usize) -> Vec<(&'static str, String)> {
    let times = |part: &str| part.repeat(bytes / part.len());
    let numbered = |part: &dyn Fn(usize) -> String| -> String {
        let n = bytes / part(bytes).len();
        (0..n).map(part).collect()
    };
    vec![
        ("open brackets", times("(")),
        ("minus signs", format!("let a = {}1", times("-"))),
        ("terms", format!("let a = {}1", times("1 + "))),
        ("open blocks", times("experiment a { ")),
        ("quotes", times("\"")),
        ("a long list", format!("let a = [{}1]", times("1, "))),
        ("each of each", format!("let a = {}1", times("each "))),
        ("dots", format!("let a = {}b", times("a."))),
        ("one name again and again", times("let a = 1\n")),
        ("values of one another", numbered(&|i| format!("let x{} = x{i} + 1\n", i + 1))),
        ("arguments", format!("let f(x) = x\nlet a = f({}1)", times("1,"))),
        ("parameters", format!("let f({}) = 1", numbered(&|i| format!("p{i},")))),
        ("positions", format!("experiment a {{ seed = each [{}] }}", numbered(&|i| format!("{i},")))),
        ("metrics", format!("experiment a {{ measure = [{}ua] }}", times("ua, "))),
        ("wrong fields", format!("experiment a {{\n{}}}\n", times("  data: digits\n"))),
    ]
}
