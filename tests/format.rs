//! `mu fmt` on files.

use crate::harness::{mu, root, text, write};

fn mu_files() -> Vec<std::path::PathBuf> {
    let mut open = vec![root().join("experiments"), root().join("stdlib"), root().join("tests/suite")];
    let mut files = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "mu") {
                files.push(path);
            }
        }
    }
    files
}

/// Every token and comment is still there, and a second pass changes nothing.
#[test]
fn formatting_keeps_everything_and_is_idempotent() {
    let words = |t: &str| t.split_whitespace().collect::<String>();
    let mut formatted = 0;
    for path in mu_files() {
        let before = std::fs::read_to_string(&path).unwrap();
        let Ok(once) = mu_syntax::format(&before) else { continue };
        assert_eq!(words(&before), words(&once), "{}", path.display());
        assert_eq!(mu_syntax::format(&once).unwrap(), once, "{}", path.display());
        formatted += 1;
    }
    assert!(formatted > 10);
}

#[test]
fn untidy_becomes_canonical() {
    let untidy = "let  a=1%   // why\n\n\n\nexperiment e{data=digits\n// a comment of its own\n   model=small_cnn(width:4)\ntrain =training( 5 epochs,\nbatch:8 samples )\n}\n";
    insta::assert_snapshot!(mu_syntax::format(untidy).unwrap(), @"
    let a = 1%  // why

    experiment e { data = digits
      // a comment of its own
      model = small_cnn(width: 4)
      train = training(5 epochs,
        batch: 8 samples)
    }
    ");
}

#[test]
fn check_changes_nothing_and_broken_files_are_left() {
    let folder = tempfile::tempdir().unwrap();
    let untidy = write(folder.path(), "a.mu", "let  a = 1\n");
    let output = mu().args(["fmt", "--check"]).arg(&untidy).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(std::fs::read_to_string(&untidy).unwrap(), "let  a = 1\n");
    assert!(mu().arg("fmt").arg(&untidy).output().unwrap().status.success());
    assert_eq!(std::fs::read_to_string(&untidy).unwrap(), "let a = 1\n");
    let broken = write(folder.path(), "b.mu", "let  a = = 1\n");
    let output = mu().arg("fmt").arg(&broken).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("left as it is"));
    assert_eq!(std::fs::read_to_string(&broken).unwrap(), "let  a = = 1\n");
}
