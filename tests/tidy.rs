//! The code base's own rules.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::harness::root;
use crate::references;

/// Which crate may use which, as the tables of ARCHITECTURE.md say: a new edge is a new word there. Cargo itself says what the manifests
/// mean, so edges of tests, of build scripts and of one system only are among them.
#[test]
fn the_layers_are_those_of_the_architecture() {
    let document = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut allowed: BTreeMap<(String, &str), BTreeSet<String>> = BTreeMap::new();
    for line in document.lines().filter(|l| l.starts_with("| `mu-")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells[1].trim_matches('`').to_owned();
        let kind = match cells[2] {
            "tests" => "dev",
            "build script" => "build",
            _ => "normal",
        };
        let uses = cells[3].split([',', ' ']).map(|w| w.trim_matches('`')).filter(|w| w.starts_with("mu-"));
        assert!(allowed.insert((name, kind), uses.map(str::to_owned).collect()).is_none(), "twice: {line}");
    }
    let mut found: BTreeMap<(String, &str), BTreeSet<String>> = BTreeMap::new();
    let is_own = |package: &serde_json::Value| {
        let tests = root().join("tests");
        !Path::new(package["manifest_path"].as_str().unwrap()).starts_with(tests)
    };
    for package in packages().iter().filter(|p| is_own(p)) {
        let name = package["name"].as_str().unwrap().to_owned();
        found.insert((name.clone(), "normal"), BTreeSet::new());
        for dependency in package["dependencies"].as_array().unwrap() {
            // Whatever lies in a folder is ours.
            if dependency["path"].is_string() {
                let kind = match dependency["kind"].as_str() {
                    Some("dev") => "dev",
                    Some("build") => "build",
                    _ => "normal",
                };
                let of = dependency["name"].as_str().unwrap().to_owned();
                found.entry((name.clone(), kind)).or_default().insert(of);
            }
        }
    }
    assert!(found.len() > 15, "{found:?}");
    for (edge, uses) in &found {
        let table = allowed.get(edge).unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for {edge:?}"));
        assert_eq!(uses, table, "{edge:?}");
    }
    let gone: Vec<_> = allowed.keys().filter(|edge| !found.contains_key(*edge)).collect();
    assert!(gone.is_empty(), "ARCHITECTURE.md has rows for {gone:?}");
}

/// The packages of the workspace, as Cargo reads their manifests.
fn packages() -> Vec<serde_json::Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = std::process::Command::new(cargo);
    command.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(root());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", crate::harness::text(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// No file uses another that uses it, be it through others: each can be read after those that it uses, and moved with them. See
/// `references.rs` for what counts.
#[test]
fn files_refer_to_each_other_in_one_direction() {
    let mut problems = Vec::new();
    for package in packages() {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap()).to_owned();
        let folder = manifest.parent().unwrap();
        if !folder.starts_with(root().join("src")) {
            continue;
        }
        let short = |p: &Path| p.strip_prefix(root()).unwrap().display().to_string();
        let mut read = BTreeSet::new();
        for target in package["targets"].as_array().unwrap() {
            let files = references::of_crate(Path::new(target["src_path"].as_str().unwrap()));
            for way in references::circles(&files.references) {
                let names = |pair: &[PathBuf]| {
                    let names = &files.references[&pair[0]][&pair[1]];
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    format!("  {} uses {} of {}", short(&pair[0]), names.join(", "), short(&pair[1]))
                };
                problems.push(way.windows(2).map(names).collect::<Vec<_>>().join("\n"));
            }
            read.extend(files.read);
        }
        // What no crate has read could hide anything.
        for file in sources(&folder.join("src")) {
            assert!(read.contains(&file), "{} belongs to no crate", short(&file));
        }
    }
    assert!(problems.is_empty(), "files that use each other:\n{}", problems.join("\nand\n"));
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
    let examples: Vec<&str> =
        readme.split("```mu\n").skip(1).filter_map(|example| example.split("```").next()).collect();
    assert!(examples.len() >= 4);
    for example in examples {
        let checked = mu_check::check(&crate::texts::NoFiles, "example.mu", example);
        assert!(!checked.has_errors(), "{example}\n{:?}", checked.diagnostics);
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
    let own = [
        "mu-store/src/disk.rs",
        "mu-store/src/draft.rs",
        "mu-store/src/store.rs",
        "mu-store/src/live.rs",
        "mu-engine/src/unlearn/program.rs",
    ];
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
        let runs = code.split("pub(crate) fn run(self").nth(1).and_then(|rest| rest.split(" {").next());
        let runs = runs.is_some_and(|signature| signature.ends_with(") -> Result<Outcome, Problem>"));
        assert!(runs, "cmd/{name}.rs has no command");
        assert!(list.contains(&format!("({name}::")), "cmd/{name}.rs is not in the list of commands");
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

/// What Rust calls of the C++: no exception leaves it, and only one file asks what the processor can do.
#[test]
fn every_function_of_the_cpp_is_guarded() {
    let folder = root().join("src/mu-kernels/cpp");
    let mut names = Vec::new();
    for path in ["", "plain", "cuda"].iter().flat_map(|f| std::fs::read_dir(folder.join(f)).unwrap()) {
        let path = path.unwrap().path();
        if !path.extension().is_some_and(|e| e == "cpp" || e == "h") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        if !path.ends_with("processor.cpp") {
            for word in ["__builtin_cpu_", "cpuid", "getauxval"] {
                assert!(!text.contains(word), "{} asks for the processor: use processor.cpp", path.display());
            }
        }
        names.extend(unguarded(&text).map_err(|e| format!("{}: {e}", path.display())).unwrap());
    }
    // Those that Rust declares are those that were looked at.
    for path in sources(&root().join("src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for block in text.split("unsafe extern \"C\" {").skip(1) {
            let block = block.split("\n}").next().unwrap();
            for name in block.split("fn ").skip(1).map(|f| f.split('(').next().unwrap()) {
                assert!(names.iter().any(|n| n == name), "{name} of {} was not found", path.display());
            }
        }
    }
    assert!(names.len() > 20, "{names:?}");
}

/// The functions in the `extern "C"` parts of a text; an error names the first that exceptions could leave.
fn unguarded(text: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for part in text.split("extern \"C\"").skip(1) {
        let Some(body) = part.trim_start().strip_prefix('{') else {
            return Err("a function of its own: put it into an `extern \"C\" {` part".to_owned());
        };
        let lines: Vec<&str> = body.split("\n}\n}").next().unwrap_or(body).lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let starts = line.starts_with(|c: char| c.is_ascii_lowercase()) && line.contains('(');
            if !starts {
                continue;
            }
            let rest = lines[at..].join("\n");
            let (head, inner) = rest.split_once('{').ok_or_else(|| format!("{line} has no body"))?;
            let name = head.split('(').next().unwrap().split([' ', '*']).next_back().unwrap();
            let guarded = inner.trim_start().starts_with("return guarded(");
            if !guarded && !head.trim_end().ends_with("noexcept") {
                return Err(format!("{name} neither begins with `return guarded(` nor is noexcept"));
            }
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

#[test]
fn an_unguarded_function_is_found() {
    let good = "extern \"C\" {\n\nchar* mu_a(int x,\n          int y) {\n  return guarded([&] {\n    f();\n  });\n}\n\
        void mu_b(char* t) noexcept { free(t); }\n}\n";
    assert_eq!(unguarded(good), Ok(vec!["mu_a".to_owned(), "mu_b".to_owned()]));
    for bad in [good.replace("return guarded([&] {", "f([&] {"), good.replace(" noexcept", "")] {
        assert!(unguarded(&bad).is_err(), "{bad}");
    }
    assert!(unguarded("extern \"C\" int mu_c() { return g(); }").is_err());
}

/// What cargo builds and tests unless it is told more: all but the crates that need libtorch, found by what they use.
#[test]
fn the_default_members_need_no_libtorch() {
    let workspace = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let listed = workspace.split("default-members = [").nth(1).unwrap().split(']').next().unwrap();
    let mut listed: Vec<&str> = listed.split('"').skip(1).step_by(2).collect();
    listed.sort_unstable();
    let mut folders =
        vec!["grammar".to_owned(), "stdlib".to_owned(), "tests".to_owned(), "tests/fuzz".to_owned()];
    for entry in std::fs::read_dir(root().join("src")).unwrap() {
        folders.push(format!("src/{}", entry.unwrap().file_name().to_str().unwrap()));
    }
    // The crates that link libtorch, and those that use one of them, until no more are found.
    let mut linked: Vec<String> = vec!["tch".to_owned()];
    loop {
        let known = linked.len();
        for folder in &folders {
            let text = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
            let name =
                text.lines().find_map(|l| l.strip_prefix("name = ")).unwrap().trim_matches('"').to_owned();
            let begins = |line: &str, word: &str| {
                line.strip_prefix(word).is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
            };
            let uses = text.lines().any(|line| linked.iter().any(|word| begins(line, word)));
            if uses && !linked.contains(&name) {
                linked.push(name);
            }
        }
        if linked.len() == known {
            break;
        }
    }
    assert!(linked.iter().any(|name| name == "mu-engine"), "{linked:?}");
    let mut expected: Vec<&str> = folders
        .iter()
        .map(String::as_str)
        .filter(|f| !linked.iter().any(|l| *f == format!("src/{l}")))
        .collect();
    expected.sort_unstable();
    assert_eq!(listed, expected, "default-members in Cargo.toml; these link libtorch: {linked:?}");
}
