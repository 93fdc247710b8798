//! What `mu check` says, to the letter: every file of `suite/` beside its snapshot.

use crate::harness::{mu, root, text};

#[test]
fn every_message_is_as_recorded() {
    insta::glob!("suite/*.mu", |path| {
        let name = path.file_name().unwrap();
        let output = mu().arg("check").arg(name).current_dir(path.parent().unwrap()).output().unwrap();
        let code = output.status.code().unwrap();
        insta::assert_snapshot!(format!("{}{}exit {code}", text(&output.stdout), text(&output.stderr)));
    });
}

#[test]
fn the_shipped_experiments_check_clean() {
    for entry in std::fs::read_dir(root().join("experiments")).unwrap() {
        let path = entry.unwrap().path();
        let output = mu().arg("check").arg(&path).output().unwrap();
        assert!(output.status.success(), "{}: {}", path.display(), text(&output.stderr));
    }
}

/// The front end answers in milliseconds and loads no libtorch.
#[test]
fn checking_needs_no_libtorch() {
    let file = root().join("experiments/quickstart.mu");
    let output = mu().arg("check").arg(&file).env("LD_LIBRARY_PATH", "/nonexistent").output().unwrap();
    assert!(output.status.success());
    let maps = std::process::Command::new("ldd").arg(crate::harness::bin("mu")).output().unwrap();
    assert!(!text(&maps.stdout).contains("torch"), "mu itself must not link libtorch");
}
