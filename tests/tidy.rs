//! The code base's own rules.

use std::collections::BTreeMap;

use crate::harness::root;

/// Which crate may use which, as ARCHITECTURE.md says; a new edge is a new line there.
#[test]
fn the_layers_are_those_of_the_architecture() {
    let document = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut allowed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in document.lines().filter(|l| l.starts_with("| `mu-")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells[1].trim_matches('`').to_owned();
        let uses = cells[3].split([',', ' ']).map(|w| w.trim_matches('`')).filter(|w| w.starts_with("mu-"));
        allowed.insert(name, uses.map(str::to_owned).collect());
    }
    let mut manifests: Vec<_> =
        std::fs::read_dir(root().join("src")).unwrap().map(|e| e.unwrap().path()).collect();
    manifests.extend([root().join("grammar"), root().join("stdlib")]);
    for folder in manifests {
        let text = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let name = text.lines().find_map(|l| l.strip_prefix("name = ")).unwrap().trim_matches('"').to_owned();
        let dependencies = text.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        let mut uses: Vec<String> = dependencies
            .lines()
            .filter(|l| l.starts_with("mu-"))
            .map(|l| l.split('.').next().unwrap().to_owned())
            .collect();
        uses.sort();
        let mut table =
            allowed.get(&name).unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for {name}")).clone();
        table.sort();
        assert_eq!(uses, table, "{name}");
    }
}

#[test]
fn every_library_declaration_is_documented() {
    for file in mu_stdlib::files() {
        let lines: Vec<&str> = file.text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let word = line.split_whitespace().next().unwrap_or("");
            let declares = mu_syntax::ast::Kind::of(word).is_some() && !line.starts_with(' ');
            assert!(!declares || at > 0 && lines[at - 1].starts_with("///"), "{}: {line}", file.name);
        }
    }
}

/// Every label of the library that says whose reading it is stands in the list of what it is held against.
#[test]
fn every_label_that_claims_a_source_says_what_checks_it() {
    let list = std::fs::read_to_string(root().join("tests/parity/README.md")).unwrap();
    let rows: Vec<&str> = list.lines().filter(|l| l.starts_with("| ")).collect();
    let mut labels = vec!["attack(faithful: true)".to_owned(), "worst_case(faithful: true)".to_owned()];
    for file in mu_stdlib::files() {
        for line in
            file.text.lines().filter(|l| ["method ", "metric ", "model "].iter().any(|k| l.starts_with(k)))
        {
            let name = line.split([' ', '(', ':']).nth(1).unwrap();
            labels.extend(name.contains('@').then(|| name.to_owned()));
        }
    }
    assert!(labels.len() > 20, "{labels:?}");
    for label in labels {
        assert!(rows.iter().any(|r| r.contains(&format!("`{label}`"))), "no row for {label}");
    }
    // The tests that it names are there.
    for (test, folder) in
        [("classes.rs", "tests"), ("data.rs", "tests"), ("laws.rs", "src/mu-engine/src/unlearn")]
    {
        assert!(list.contains(test) && root().join(folder).join(test).is_file(), "{test}");
    }
}

/// Every example of the README is right, up to files that readers would have.
#[test]
fn the_readmes_examples_check() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let examples: Vec<&str> =
        readme.split("```mu\n").skip(1).filter_map(|example| example.split("```").next()).collect();
    assert!(examples.len() >= 4);
    for example in examples {
        let path = folder.path().join("example.mu");
        std::fs::write(&path, example).unwrap();
        let output = crate::harness::mu().arg("check").arg(&path).output().unwrap();
        assert!(output.status.success(), "{example}\n{}", crate::harness::text(&output.stderr));
    }
}

#[test]
fn the_readme_shows_the_file_that_runs() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let first = std::fs::read_to_string(root().join("experiments/first.mu")).unwrap();
    assert!(readme.contains(&first), "README.md and experiments/first.mu differ");
}

/// The editor's grammar knows the words of the language, and its files are what the editor reads.
#[test]
fn the_editor_extension_knows_the_language() {
    let folder = root().join("editors/vscode");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let package: serde_json::Value = serde_json::from_str(&read("package.json")).unwrap();
    for file in ["/main", "/contributes/languages/0/configuration", "/contributes/grammars/0/path"] {
        let path = package.pointer(file).and_then(|p| p.as_str()).unwrap();
        assert!(folder.join(path).is_file(), "{path}");
    }
    let grammar = read("syntaxes/mu.tmLanguage.json");
    let _: serde_json::Value = serde_json::from_str(&grammar).unwrap();
    let known: Vec<&str> = grammar.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let words = mu_syntax::lex::item_words().chain(mu_syntax::lex::RESERVED.iter().copied());
    for word in words.chain(mu_check::UNITS.iter().copied()) {
        assert!(known.contains(&word), "the grammar does not know `{word}`");
    }
}

/// Whoever reads a file that somebody names reads it through `mu_file`: plain files of a bounded size.
#[test]
fn files_are_opened_in_one_way() {
    // What these open they have made themselves: drafts, locks, downloads in part, and what is written.
    let own =
        ["mu-store/src/disk.rs", "mu-store/src/draft.rs", "mu-store/src/store.rs", "mu-store/src/live.rs"];
    let also = ["mu-fetch/src/download.rs", "mu-data/src/write.rs"];
    let mut seen = 0;
    for path in sources(&root().join("src")) {
        let name = path.strip_prefix(root().join("src")).unwrap().to_string_lossy().into_owned();
        let is_test =
            ["tests", "laws", "by_hand", "resume", "faults"].iter().any(|t| name.contains(&format!("/{t}")));
        if name.starts_with("mu-file/") || is_test || own.contains(&&*name) || also.contains(&&*name) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        for word in ["fs::read(", "fs::read_to_string(", "File::open(", "OpenOptions::new("] {
            assert!(!code.contains(word), "{name} opens a file by `{word}..)`: use mu_file");
        }
        seen += 1;
    }
    assert!(seen > 150, "{seen}");
}

/// The Rust files below a folder.
fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|p| p.is_dir());
    let own = files.into_iter().filter(|p| p.extension().is_some_and(|e| e == "rs"));
    own.chain(folders.iter().flat_map(|f| sources(f))).collect()
}

/// How the files of objects are called stands in one place.
#[test]
fn artefacts_are_named_once() {
    let folder = root().join("src/mu-step/src/artefact");
    let mut names = Vec::new();
    for path in sources(&folder) {
        let text = std::fs::read_to_string(&path).unwrap();
        let literals = text.split('"').skip(1).step_by(2);
        let is_file = |l: &&str| {
            [".json", ".npy", ".safetensors", ".pt", ".images", ".b3"].iter().any(|e| l.ends_with(e))
        };
        names.extend(literals.filter(is_file).map(|l| format!("\"{l}\"")));
    }
    assert!(names.len() >= 20, "{names:?}");
    for path in sources(&root().join("src")) {
        if path.starts_with(&folder) || path.ends_with("mu-store/src/store/tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for name in &names {
            assert!(!text.contains(name), "{} names {name}: use mu_step::artefact", path.display());
        }
    }
}

/// What several commands need lies beside their folder: a command can be read alone, and each is in the list.
#[test]
fn no_command_imports_another() {
    let folder = root().join("src/mu-cli/src/cmd");
    let list = std::fs::read_to_string(folder.join("mod.rs")).unwrap();
    let mut seen = 0;
    for path in sources(&folder).into_iter().filter(|p| !p.ends_with("mod.rs")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        // Inside a module of its own a command names itself by `super`.
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        for word in ["super::", "crate::cmd"] {
            assert!(!code.contains(word), "cmd/{name}.rs names `{word}`: move what they share out of cmd/");
        }
        assert!(code.contains("fn run(self) -> Result<Outcome, Problem>"), "cmd/{name}.rs has no command");
        assert!(list.contains(&format!("({name}::")), "cmd/{name}.rs is not in the list of commands");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}
