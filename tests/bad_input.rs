//! Bad input: a clear message, exit code 2, nothing lost.

use std::io::Write;
use std::path::Path;

use crate::harness::{SMALL, mu, run, text, write};

/// The command fails with exit code 2 and says all of `words`.
pub(crate) fn refuses(output: &std::process::Output, words: &[&str]) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is not in:\n{said}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn unreadable_sources() {
    let folder = tempfile::tempdir().unwrap();
    let check = |path: &Path| mu().arg("check").arg(path).output().unwrap();
    refuses(&check(&folder.path().join("none.mu")), &["cannot read", "none.mu", "No such file"]);
    refuses(&check(&write(folder.path(), "latin.mu", b"let a = \"caf\xe9\"\n")), &["not UTF-8", "byte 12"]);
    refuses(&check(&write(folder.path(), "empty.mu", "")), &["declares nothing"]);
    // A line that no terminal has room for: said by its place.
    let long = format!("let a = [{}1]\nlet b = {}nothing\n", "1, ".repeat(60_000), " ".repeat(70_000));
    refuses(&check(&write(folder.path(), "long.mu", &long)), &["more than 50000 things", "long.mu:1:150"]);
    let far = format!("let b ={}nothing\n", " ".repeat(70_000));
    refuses(&check(&write(folder.path(), "far.mu", &far)), &["nothing is called `nothing`", "far.mu:1:70"]);
    refuses(&check(&write(folder.path(), "comment.mu", "// only a comment\n")), &["declares nothing"]);
}

/// A miniature of the IDX layout: 40 training and 20 test images of 4 × 4, labels 0..4.
pub(crate) fn idx(folder: &Path) {
    for (part, n) in [("train", 40u32), ("t10k", 20)] {
        let mut images = vec![0, 0, 8, 3];
        for size in [n, 4, 4] {
            images.extend(size.to_be_bytes());
        }
        images.extend((0..n * 16).map(|i| (i * 37 % 251) as u8));
        let mut labels = vec![0, 0, 8, 1];
        labels.extend(n.to_be_bytes());
        labels.extend((0..n).map(|i| (i % 4) as u8));
        write(folder, &format!("{part}-images-idx3-ubyte"), images);
        write(folder, &format!("{part}-labels-idx1-ubyte"), labels);
    }
}

fn idx_study(folder: &Path, classes: usize, forget: &str) -> std::path::PathBuf {
    let data = format!(
        "idx(\"{}\", classes: {classes}, canvas: 8 px, validation: 0%)",
        folder.join("data").display()
    );
    let study = SMALL.replace("digits", &data).replace("random = random(10%)", &format!("random = {forget}"));
    write(folder, "study.mu", study)
}

#[test]
fn data_that_are_not_what_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let store = folder.path().join("store");
    let study = idx_study(folder.path(), 4, "random(10%)");
    refuses(&run(&study, &store, &[]), &["cannot read", "no such folder", "data"]);
    std::fs::create_dir(&data).unwrap();
    refuses(&run(&study, &store, &[]), &["has no train-images-idx3-ubyte"]);
    idx(&data);
    let good = run(&study, &store, &[]);
    assert!(good.status.success(), "{}", text(&good.stderr));

    // Labels beyond the class count.
    let narrow = idx_study(folder.path(), 3, "random(10%)");
    refuses(&run(&narrow, &store, &[]), &["label 3", "declares 3 classes"]);

    // A budget larger than the data, and one that leaves nothing.
    refuses(
        &run(&idx_study(folder.path(), 4, "random(5000 samples)"), &store, &[]),
        &["5000 samples", "about 40"],
    );
    refuses(
        &run(&idx_study(folder.path(), 4, "random(40 samples)"), &store, &[]),
        &["leaves nothing to retain"],
    );

    // Truncated: plain and gzip, in the data and in the header.
    let study = idx_study(folder.path(), 4, "random(10%)");
    let images = data.join("train-images-idx3-ubyte");
    let whole = std::fs::read(&images).unwrap();
    std::fs::write(&images, &whole[..300]).unwrap();
    refuses(&run(&study, &store, &[]), &["train-images-idx3-ubyte", "truncated", "640"]);
    std::fs::write(&images, &whole[..7]).unwrap();
    refuses(&run(&study, &store, &[]), &["header is cut short"]);
    std::fs::remove_file(&images).unwrap();
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    zip.write_all(&whole).unwrap();
    let zipped = zip.finish().unwrap();
    std::fs::write(data.join("train-images-idx3-ubyte.gz"), &zipped[..zipped.len() / 2]).unwrap();
    refuses(&run(&study, &store, &[]), &["train-images-idx3-ubyte.gz", "truncated"]);

    // gzip and plain hold the same samples; and nothing that was computed is lost.
    std::fs::write(data.join("train-images-idx3-ubyte.gz"), &zipped).unwrap();
    let zipped = run(&study, &store, &[]);
    assert_eq!(text(&zipped.stdout), text(&good.stdout));
    std::fs::remove_file(data.join("train-images-idx3-ubyte.gz")).unwrap();
    std::fs::write(&images, &whole).unwrap();
    assert!(text(&run(&study, &store, &[]).stderr).contains("0 steps ran"));
}

#[test]
fn a_store_that_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let study = write(folder.path(), "small.mu", SMALL);
    let file = write(folder.path(), "file", "not a folder");
    refuses(&run(&study, &file.join("store"), &[]), &["cannot create", "--store"]);
    // /proc refuses writes, also to root.
    refuses(&run(&study, Path::new("/proc/mu-store"), &[]), &["cannot create", "/proc/mu-store"]);
    std::fs::create_dir_all(folder.path().join("old")).unwrap();
    write(&folder.path().join("old"), "FORMAT", "99\n");
    refuses(&run(&study, &folder.path().join("old"), &[]), &["store format 99"]);
}

#[test]
fn no_libtorch_and_no_engine() {
    let folder = tempfile::tempdir().unwrap();
    let study = write(folder.path(), "small.mu", SMALL);
    let run_with = |name: &str, value: &str| {
        let store = folder.path().join("store");
        mu().arg("run").arg(&study).arg("--store").arg(store).env(name, value).output().unwrap()
    };
    refuses(
        &run_with("MU_LIBTORCH", "/nonexistent"),
        &["MU_LIBTORCH is /nonexistent", "make setup", "2.11.0"],
    );
    refuses(&run_with("MU_ENGINE", "/nonexistent/mu-engine"), &["no engine", "make build"]);
    // An engine whose libtorch is gone: the loader's own words, and the way out.
    let engine = crate::harness::root().join("tests/engine_without_libtorch");
    refuses(&run_with("MU_ENGINE", engine.to_str().unwrap()), &["libtorch_cpu.so", "make setup"]);
    let output = mu()
        .arg("run")
        .arg(&study)
        .args(["--devices", "cuda:9", "--store"])
        .arg(folder.path().join("s"))
        .output()
        .unwrap();
    refuses(&output, &["cuda:9"]);
}

#[test]
fn tables_that_do_not_exist() {
    let folder = tempfile::tempdir().unwrap();
    let study = write(folder.path(), "small.mu", SMALL);
    let output = mu().arg("table").arg(&study).arg("mian").output().unwrap();
    refuses(&output, &["no table `mian`", "did you mean `main`?"]);
    let output = mu().arg("table").arg(&study).arg("main").output().unwrap();
    assert!(text(&output.stdout).contains("values are not computed yet"));
}

/// Pipes, which would be waited for without end, and devices, which would fill all memory, are refused whoever names them.
#[test]
fn what_is_no_plain_file_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let store = folder.path().join("store");
    for named in [pipe.to_str().unwrap(), "/dev/zero"] {
        let uses = write(folder.path(), "u.mu", format!("use {named:?}\n{SMALL}"));
        let starts = SMALL.replace("training(", &format!("checkpoint({named:?}, retrain: training("));
        let starts = write(folder.path(), "c.mu", starts.replace("sgd(lr: 0.05))", "sgd(lr: 0.05)))"));
        let lists = SMALL.replace("random(10%)", &format!("from_file({named:?})"));
        let lists = write(folder.path(), "l.mu", lists);
        let file = |path: &std::path::Path| path.to_str().unwrap().to_owned();
        for words in [
            vec!["check".to_owned(), named.to_owned()],
            vec!["check".to_owned(), file(&uses)],
            vec!["plan".to_owned(), file(&starts)],
            vec!["plan".to_owned(), file(&lists)],
            vec!["worker".to_owned(), named.to_owned()],
            vec!["store".to_owned(), "import".to_owned(), named.to_owned()],
        ] {
            let mut command = mu();
            let output = command.args(&words).env("MU_STORE", &store).output().unwrap();
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{words:?}: {said}");
            let refused = said.contains("it is no plain file") || said.contains("is no file");
            assert!(refused, "{words:?}: {said}");
        }
    }
}
