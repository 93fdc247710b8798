//! The commands around the language: fix, formats, explain, new, doc, completions.

use mu_diag::Code;

use crate::harness::{mu, root, text, write};

#[test]
fn fixes_are_applied_and_the_rest_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let broken = "// Kept.\nlet share = 10%\n\nexperiment a {\n  data    = digitz\n  model   = small_cnn(widht: 8)\n  train   = training(5, batch: 64)\n  forget  = random(share)\n  unlearn = each [retrain, ft]\n  sead    = 3\n  measure = [ua]\n}\n";
    let path = write(folder.path(), "a.mu", broken);
    let output = mu().args(["check", "--fix"]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let fixed = std::fs::read_to_string(&path).unwrap();
    let wanted = broken
        .replace("digitz", "digits")
        .replace("widht", "width")
        .replace("training(5, batch: 64)", "training(5 epochs, batch: 64 samples)")
        .replace("sead", "seed");
    assert_eq!(fixed, wanted);
    assert!(text(&output.stderr).contains("5 suggestions applied"), "{}", text(&output.stderr));
}

#[test]
fn findings_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.mu", "let x = 10 epocs\nlet x = 3\n");
    let check = |format: &str| {
        mu().args(["check", "a.mu", "--format", format]).current_dir(folder.path()).output().unwrap()
    };
    let output = check("json");
    assert_eq!(output.status.code(), Some(2));
    let lines: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines[0]["code"], "wrong-unit");
    assert_eq!(lines[0]["place"]["line"], 1);
    assert_eq!(lines[0]["place"]["column"], 12);
    assert_eq!(lines[0]["fix"]["edits"][0]["text"], "epochs");
    assert_eq!(lines[1]["related"][0]["place"]["line"], 1);
    insta::assert_snapshot!(text(&check("github").stdout), @"
    ::error file=a.mu,line=1,col=12,endLine=1,endColumn=17,title=wrong-unit::there is no unit `epocs`%0Aunits are %25, epochs, steps, samples, rounds, classes, groups, layers, px, minutes, seconds%0Adid you mean `epochs`?
    ::error file=a.mu,line=2,col=5,endLine=2,endColumn=6,title=duplicate::`x` is defined twice%0Athe second definition%0Agive one of them another name
    ");
}

#[test]
fn a_point_is_explained() {
    let study = root().join("experiments/quickstart.mu");
    let explain = |what: &str| mu().args(["explain", what]).arg(&study).current_dir(root()).output().unwrap();
    let output = explain("quickstart[forget=worst, unlearn=ga, seed=2]");
    let said = text(&output.stdout);
    for line in [
        "unlearn.lr  0.003  experiments/quickstart.mu:18",
        "unlearn.epochs  5 epochs  std:methods/ga.mu:4 (default)",
    ] {
        let words = |t: &str| {
            t.replace(&format!("{}/", root().display()), "").split_whitespace().collect::<Vec<_>>().join(" ")
        };
        assert!(said.lines().any(|l| words(l) == words(line)), "{line} in\n{said}");
    }
    for (what, words) in [
        ("quickstart[forgt=worst]", "did you mean `forget`?"),
        ("quickstart[forget=wrst]", "did you mean `worst`?"),
        ("quickstrt", "did you mean `quickstart`?"),
        ("quickstart[worst]", "is not `axis=value`"),
    ] {
        let output = explain(what);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
    }
    let code = mu().args(["explain", "weak-step"]).output().unwrap();
    assert!(code.status.success() && text(&code.stdout).contains("upper-level step"));
    let code = mu().args(["explain", "week-step"]).output().unwrap();
    assert!(text(&code.stderr).contains("did you mean `weak-step`?"));
}

#[test]
fn the_reference_is_complete_and_its_examples_hold() {
    let folder = tempfile::tempdir().unwrap();
    for format in ["html", "md"] {
        let output = mu().args(["doc", "--format", format, "-o"]).arg(folder.path()).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let mut pages = String::new();
    for entry in std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()) {
        let page = std::fs::read_to_string(&entry).unwrap();
        if entry.extension().unwrap() == "md" {
            pages.push_str(&page);
        } else {
            assert!(
                page.starts_with("<!doctype html>") && !page.contains("src=") && !page.contains(".md\""),
                "{}",
                entry.display()
            );
            for link in page.split("href=\"").skip(1).filter_map(|l| l.split('"').next()) {
                assert!(folder.path().join(link).is_file(), "{link} in {}", entry.display());
            }
        }
    }
    for file in mu_stdlib::files() {
        for line in file.text.lines().filter(|l| !l.starts_with([' ', '/', ')', '}'])) {
            let mut words = line.split(|c: char| c.is_whitespace() || c == '(' || c == ':');
            if mu_syntax::ast::Kind::of(words.next().unwrap()).is_some() {
                let name = words.next().unwrap();
                assert!(pages.contains(&format!("## {name}\n")), "{name} has no entry");
            }
        }
    }
    // A file's own declarations, with their text.
    let fine = root().join("tests/suite/fine.mu");
    let own = mu()
        .arg("doc")
        .arg(fine)
        .args(["--format", "md", "-o"])
        .arg(folder.path().join("own"))
        .output()
        .unwrap();
    assert!(own.status.success());
    assert!(std::fs::read_to_string(folder.path().join("own/index.md")).unwrap().contains("Reference"));
}

#[test]
fn shells_and_manual() {
    for shell in ["bash", "zsh", "fish"] {
        let output = mu().args(["completions", shell]).output().unwrap();
        assert!(text(&output.stdout).contains("explain"), "{shell}");
    }
    assert!(text(&mu().arg("man").output().unwrap().stdout).contains(".TH mu 1"));
}

/// `mu fmt` from standard input, as editors call it.
#[test]
fn formatting_standard_input() {
    use std::io::Write;
    use std::process::Stdio;
    let format = |source: &str| {
        let mut child = mu()
            .arg("fmt")
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    };
    assert_eq!(format("let  a=1\n"), (0, "let a = 1\n".to_owned(), String::new()));
    let (code, out, said) = format("let a = = 1\n");
    assert!(code == 2 && out.is_empty() && said.contains("left as it is"), "{said}");
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

/// `mu explain` pages: the first example shows the code, the one after "Instead" does not, nor any error.
#[test]
fn explanations_show_what_they_explain() {
    let folder = tempfile::tempdir().unwrap();
    let codes = |example: &str| {
        let path = folder.path().join("example.mu");
        std::fs::write(&path, example).unwrap();
        let output =
            mu().arg("plan").arg(&path).arg("--store").arg(folder.path().join("store")).output().unwrap();
        // Planning finds what needs data; warnings are the check's to say.
        let checked = mu().arg("check").arg(&path).output().unwrap();
        let said = text(&output.stderr) + &text(&checked.stderr);
        let known = |line: &&str| Code::of(line).is_some();
        (said.lines().filter(known).map(str::to_owned).collect::<Vec<_>>(), output.status.code().unwrap())
    };
    for code in Code::ALL {
        let page = code.page();
        let examples: Vec<&str> =
            page.split("```mu\n").skip(1).filter_map(|e| e.split("```").next()).collect();
        assert_eq!(examples.len(), 2, "{}", code.name());
        assert!(
            codes(examples[0]).0.iter().any(|c| c == code.name()),
            "{}: {:?}",
            code.name(),
            codes(examples[0])
        );
        let (found, exit) = codes(examples[1]);
        assert!(exit == 0 && !found.iter().any(|c| c == code.name()), "{} instead: {found:?}", code.name());
    }
}

/// The plan of one file is one text: in what order something was looked up does not show.
#[test]
fn a_plan_is_the_same_text_every_time() {
    let folder = tempfile::tempdir().unwrap();
    // A large one, whose data are at hand everywhere.
    let strength = std::fs::read_to_string(root().join("experiments/worst_case_strength.mu")).unwrap();
    let digits = strength.split("\n/// A small network that does not fit").next().unwrap();
    let large = write(folder.path(), "digits.mu", digits);
    let shipped =
        ["quickstart.mu", "first.mu", "recipes.mu"].map(|name| root().join("experiments").join(name));
    for file in shipped.into_iter().chain([large]) {
        let name = file.display();
        let plan = || {
            let store = folder.path().join("none");
            let output =
                mu().args(["plan", "--steps"]).arg(&file).arg("--store").arg(store).output().unwrap();
            assert!(output.status.success(), "{name}: {}", text(&output.stderr));
            text(&output.stdout) + &text(&output.stderr)
        };
        let first = plan();
        assert!((0..4).all(|_| plan() == first), "{name}");
    }
}
