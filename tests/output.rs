//! What is printed arrives or is an error, and has no control characters of others.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use crate::harness::{SMALL, mu, run, text, write};

/// A way to have a command print, for each command; none for those that print nothing.
fn ways<'a>(file: &'a str, store: &'a str, folder: &'a str, key: &'a str) -> Vec<(&'a str, Vec<&'a str>)> {
    let point = "small[unlearn=ga, seed=1]";
    let of = ["--store", store];
    let with = |words: &[&'a str]| [words, &of].concat();
    vec![
        ("check", vec!["check", file]),
        ("check", vec!["check", "--format", "json", file]),
        ("explain", vec!["explain", "cycle"]),
        ("explain", with(&["explain", point, file])),
        ("fmt", vec!["fmt", "-"]),
        ("plan", with(&["plan", file])),
        ("run", with(&["run", file])),
        ("run", with(&["run", file, "--format", "json"])),
        ("table", with(&["table", file, "--format", "tex"])),
        ("figure", with(&["figure", file, "--format", "csv"])),
        ("claims", with(&["claims", file])),
        ("report", with(&["report", file])),
        ("results", with(&["results", file])),
        ("indices", with(&["indices", point, file])),
        ("images", vec![]),
        ("outputs", vec![]),
        ("weights", vec![]),
        ("data", vec!["data", "list"]),
        ("log", with(&["log"])),
        ("show", with(&["show", key])),
        ("diff", with(&["diff", file])),
        ("export", with(&["export", "tensorboard", file, "-o", folder])),
        ("lock", with(&["lock", file])),
        ("verify", with(&["verify", file])),
        ("store", with(&["store", "status"])),
        ("new", vec!["new", folder]),
        ("doc", vec!["doc", "-o", folder]),
        ("lsp", vec!["lsp"]),
        ("worker", vec![]),
        ("completions", vec!["completions", "bash"]),
        ("man", vec!["man"]),
        ("help", vec!["help"]),
        ("help", vec!["--version"]),
    ]
}

/// What `fmt` and `lsp` read.
fn input(command: &str) -> Vec<u8> {
    if command != "lsp" {
        return SMALL.into();
    }
    let body = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"capabilities":{}}}"#;
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into()
}

#[test]
fn output_that_is_lost_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let study = format!(
        "{SMALL}\nfigure f {{ from = small x = unlearn y = ua line = forget }}\nclaim \"c\" {{ mean(small.ua where forget == random and unlearn == ga over seed) < 200% }}\n"
    );
    let file = write(folder.path(), "s.mu", study);
    let store = path("store");
    let ran = run(&file, Path::new(&store), &[]);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let plan = mu().args(["plan", "--steps"]).arg(&file).args(["--store", &store]).output().unwrap();
    let plan = text(&plan.stdout);
    let is_key = |w: &&str| w.len() >= 8 && w.chars().all(|c| c.is_ascii_hexdigit());
    let key = plan.split_whitespace().find(is_key).unwrap();
    let new = path("new");
    let ways = ways(file.to_str().unwrap(), &store, &new, key);
    let help = text(&mu().arg("--help").output().unwrap().stdout);
    let listed = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    for command in listed.lines().filter_map(|l| l.strip_prefix("  ")?.split_whitespace().next()) {
        assert!(ways.iter().any(|(name, _)| *name == command), "nothing is known of `mu {command}`");
    }
    for (command, words) in ways.iter().filter(|(_, words)| !words.is_empty()) {
        let _ = std::fs::remove_dir_all(&new);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut child =
            mu().args(words).stdin(Stdio::piped()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(&input(command));
        let output = child.wait_with_output().unwrap();
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "mu {words:?}: {said}");
        assert!(said.contains("No space left on device"), "mu {words:?}: {said}");
    }
}

/// Labels, captions, claims and messages are of others; a terminal, a drawing and a page get none of their control characters.
#[test]
fn control_characters_are_written_out() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "\u{1b}[2J\u{9b}\u{202e}\u{1}";
    let study = format!(
        "experiment e {{\n  data = digits\n  model = small_cnn\n  train = training(1 epochs)\n  forget = from_file(each \
         [\"k{hostile}.txt\", \"l{hostile}.txt\"])\n  unlearn = [retrain]\n  measure = [ua]\n}}\n\
         table t {{ from = e rows = forget.path columns = [ua] cell = mean caption = \"c{hostile}\" }}\n\
         figure f {{ from = e x = forget.path y = ua caption = \"c{hostile}\" }}\nclaim \"c{hostile}\" {{ mean(e.ua over forget.path) < 200% }}\n"
    );
    let study = study.replace("[retrain]", "retrain");
    let file = write(folder.path(), "s.mu", study);
    write(folder.path(), &format!("k{hostile}.txt"), "2\n4\n");
    write(folder.path(), &format!("l{hostile}.txt"), "3\n1\n");
    let store = folder.path().join("store");
    let clean = |said: &str| {
        assert!(!said.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{said:?}");
    };
    let formats = ["text", "md", "tex", "csv", "json", "html"].map(|f| vec!["table", "--format", f]);
    for words in [vec!["plan", "--steps"], vec!["claims"], vec!["results"]].into_iter().chain(formats) {
        let output = mu().args(&words).arg(&file).arg("--store").arg(&store).output().unwrap();
        clean(&text(&output.stdout));
        clean(&text(&output.stderr));
        assert!(
            text(&output.stdout).contains("\\u001b[2J") || words.contains(&"tex"),
            "{words:?} {output:?}"
        );
    }
    let drawn = mu().arg("figure").arg(&file).arg("-o").arg(folder.path()).output().unwrap();
    assert!(drawn.status.success(), "{}", text(&drawn.stderr));
    clean(&std::fs::read_to_string(folder.path().join("f.svg")).unwrap());
    // In a message, and in the lines that it shows.
    let wrong = write(folder.path(), "w.mu", format!("// {hostile}\nexperiment {hostile} e {{\n"));
    clean(&text(&mu().arg("check").arg(&wrong).output().unwrap().stderr));
}

#[test]
fn a_reference_has_no_markup_of_others() {
    let folder = tempfile::tempdir().unwrap();
    let docs = "/// x <script src=\"http://h/x.js\"></script> ![i](http://h/i.png) [y](javascript:alert(1)) [z](https://z)\n";
    let file = write(folder.path(), "s.mu", format!("{docs}{}", SMALL.trim_start()));
    for (format, page) in [("html", "experiments.html"), ("md", "experiments.md")] {
        let out = folder.path().join(format);
        let made = mu().arg("doc").arg(&file).args(["--format", format, "-o"]).arg(&out).output().unwrap();
        assert!(made.status.success(), "{}", text(&made.stderr));
        let text = std::fs::read_to_string(out.join(page)).unwrap();
        assert!(!text.contains("<script") && !text.contains("<img"), "{text}");
        // A link that runs something is text: in Markdown with its bracket escaped.
        assert!(!text.contains("href=\"javascript"), "{text}");
        assert!(format == "html" || !text.contains("[y](javascript") || text.contains("\\[y]"), "{text}");
        assert!(text.contains("https://z"), "{text}");
    }
}
