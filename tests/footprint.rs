//! How many files know one example of each thing that can be added: `tests/footprint.txt` lists them. ARCHITECTURE.md says where
//! one more is added; here is the count. A longer list is a change that somebody signs: `BLESS=1` writes the file anew.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use mu_tests::harness::root;

/// What is added, and the names that one example of it has in the source.
const EXAMPLES: [(&str, &[&str]); 21] = [
    ("an activation", &["silu", "Silu"]),
    ("a layer with tensors", &["layer_norm", "LayerNorm"]),
    ("a loss", &["entropy_gap", "EntropyGap"]),
    ("a law of labels", &["boundary", "Boundary"]),
    ("a teacher", &["scratch", "Scratch"]),
    ("a change of parameters", &["fisher_noise", "FisherNoise"]),
    ("a method", &["bad_teacher"]),
    ("a model", &["resnet18"]),
    ("a schedule", &["triangle", "Triangle"]),
    ("an optimizer", &["adagrad", "Adagrad"]),
    ("a metric from measured numbers", &["avg_gap"]),
    ("a metric kernel", &["js_divergence", "JensenShannon"]),
    ("a score kernel", &["feature_distance", "FeatureDistance"]),
    ("a selection kernel", &["complement", "Complement"]),
    ("an augmentation", &["centre_crop", "CentreCrop"]),
    ("a layout of data sets", &["svhn_files", "Svhn"]),
    ("a table format", &["Latex"]),
    ("a command", &["Completions", "completions"]),
    ("a kind of step", &["StepSpec::Score"]),
    ("a diffusion", &["ddpm", "Ddpm"]),
    ("a sampler", &["heun", "Heun"]),
];

/// Whether a text has a name as a word of its own, outside comments.
fn names(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.lines().filter(|line| !line.trim_start().starts_with("//")).any(|line| {
        line.match_indices(name).any(|(at, _)| {
            let (before, after) = (&line[..at], &line[at + name.len()..]);
            !before.ends_with(word) && !after.starts_with(word)
        })
    })
}

fn sources(folder: &Path, into: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap();
        let ending = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if path.is_dir() {
            sources(&path, into);
        } else if ["rs", "mu", "pest", "cpp", "h"].contains(&ending)
            && !name.contains("test")
            && !["parity.rs", "laws.rs", "resume.rs", "statements.rs", "toy.rs", "by_hand.rs"].contains(&name)
        {
            let file = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            into.push((file, text.split("#[cfg(test)]").next().unwrap().to_owned()));
        }
    }
}

#[test]
fn as_many_files_know_an_example_as_were_signed() {
    let mut files = Vec::new();
    ["src", "stdlib", "grammar"].into_iter().for_each(|folder| sources(&root().join(folder), &mut files));
    let mut found = String::from(
        "# Files that know one example of each thing that can be added. tests/footprint.rs writes this list.\n",
    );
    let mut counts = BTreeMap::new();
    for (what, words) in EXAMPLES {
        let known = files.iter().filter(|(_, text)| words.iter().any(|word| names(text, word)));
        let known: Vec<&str> = known.map(|(file, _)| file.as_str()).collect();
        assert!(!known.is_empty(), "no file knows {words:?}: name another example");
        counts.insert(what, known.len());
        let _ = writeln!(found, "\n{what} ({}): {}", words.join(", "), known.len());
        known.iter().for_each(|file| {
            let _ = writeln!(found, "  {file}");
        });
    }
    let golden = root().join("tests/footprint.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&golden, &found).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&golden).unwrap_or_default(), found, "{counts:?}");
}
