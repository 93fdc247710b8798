//! What a test needs of the machine. A test that cannot run is neither passed nor silently left out: it ends in a way that the runner
//! (`runner.rs`) counts as skipped, with the reason. Under plain `cargo test` it fails, and says the same.

use std::process::Command;

/// What the runner looks for at the start of a line of a failed test's output.
pub const MARK: &str = "SKIPPED: ";

/// Ends a test that cannot run here.
///
/// # Panics
/// Always: that is how it ends.
pub fn skip(reason: &str) -> ! {
    panic!("{MARK}{reason}")
}

/// Skips the test where one of some programs is not installed.
pub fn programs(names: &[&str]) {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]).collect();
    for name in names {
        if !folders.iter().any(|folder| folder.join(name).is_file()) {
            skip(&format!("`{name}` is not installed"));
        }
    }
}

/// Skips the test where it does not run as root.
pub fn superuser() {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        skip("it must run as root");
    }
}
