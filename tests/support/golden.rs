//! Golden files: what something is, byte by byte, in a file beside the tests. `make bless` (`BLESS=1`) writes them anew.

use crate::harness::root;

/// Compares a text with `tests/golden/NAME`, or writes it there.
///
/// # Panics
/// Where they differ: at the first line that does.
pub fn compare(name: &str, text: &str) {
    let path = root().join("tests/golden").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    if golden == text {
        return;
    }
    let lines = golden.split('\n').zip(text.split('\n')).enumerate();
    let first = lines.into_iter().find(|(_, (a, b))| a != b);
    let (at, (expected, found)) = first.unwrap_or((0, ("(one is the start of the other)", text)));
    panic!(
        "tests/golden/{name} line {}:\nexpected {expected}\n   found {found}\n`make bless` writes it anew",
        at + 1
    );
}
