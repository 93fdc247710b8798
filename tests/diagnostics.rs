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
    let of = |folder: &str| std::fs::read_dir(root().join(folder)).unwrap().map(|e| e.unwrap().path());
    let files = of("experiments").chain(of("experiments/paper"));
    for path in files.filter(|p| p.extension().is_some_and(|e| e == "mu")) {
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
