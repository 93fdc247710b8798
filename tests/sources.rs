//! What a program reads is what it names, and what is kept under a key is of the bytes that were read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::bad_input::{idx, refuses};
use crate::harness::{mu, run, text, write};

/// A study of a folder of IDX files, by default `data` beside it.
fn study(forget: &str) -> String {
    format!(
        "experiment e {{ data = idx(\"data\", classes: 4, canvas: 8 px, validation: 0%) model = small_cnn(width: 4) \
           train = training(1 epochs, batch: 8 samples, optimizer: sgd(lr: 0.05)) forget = {forget} unlearn = each [retrain] \
           measure = [ua, ta] }}\n"
    )
}

/// The sample numbers of the study's forget set.
fn forgotten(file: &Path, store: &Path) -> Vec<i64> {
    let output = mu().args(["indices", "e"]).arg(file).arg("--store").arg(store).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The objects of a store by key, as the digests of their files.
fn objects(store: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for shelf in std::fs::read_dir(store.join("objects")).unwrap() {
        for object in std::fs::read_dir(shelf.unwrap().path()).unwrap() {
            let path = object.unwrap().path();
            let meta: serde_json::Value =
                serde_json::from_slice(&std::fs::read(path.join("meta.json")).unwrap()).unwrap();
            found.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), meta["files"].to_string());
        }
    }
    found
}

fn folder(root: &Path, name: &str) -> PathBuf {
    let path = root.join(name);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Lists, groups, data, checkpoints and modules: a relative path leads beside the file that is run, whatever folder mu is started in.
#[test]
fn paths_lead_to_one_place() {
    let root = tempfile::tempdir().unwrap();
    let (a, b) = (folder(root.path(), "a"), folder(root.path(), "b"));
    idx(&folder(&a, "data"));
    write(&a, "list.txt", "3\n1\n2\n");
    write(&b, "list.txt", "30\n31\n");
    let people = |of: &str| {
        (0..40).map(|i| if of.contains(&format!("<{i}>")) { "1\n" } else { "0\n" }).collect::<String>()
    };
    write(&a, "people.csv", people("<5><6>"));
    write(&b, "people.csv", people("<7>"));
    for (name, forget, wants) in [
        ("list.mu", "from_file(\"list.txt\")", vec![1, 2, 3]),
        ("group.mu", "by_group(\"people.csv\", 1)", vec![5, 6]),
    ] {
        let file = write(&a, name, study(forget));
        for from in [&a, &b, &root.path().to_path_buf()] {
            let store = folder(from, &format!("store of {name}"));
            let output =
                mu().current_dir(from).arg("run").arg(&file).arg("--store").arg(&store).output().unwrap();
            assert!(output.status.success(), "{}", text(&output.stderr));
            assert_eq!(forgotten(&file, &store), wants, "{name} from {}", from.display());
        }
    }
    // What is only where mu is started is not taken, and both places are named.
    let at = |path: &Path| path.canonicalize().unwrap().display().to_string();
    for (name, text, thing) in [
        ("list", study("from_file(\"only.txt\")"), "only.txt"),
        ("group", study("by_group(\"only.txt\", 1)"), "only.txt"),
        ("data", study("random(10%)").replace("\"data\"", "\"only\""), "only"),
        (
            "original",
            study("random(10%)")
                .replace("training(", "checkpoint(\"only.pth\", retrain: training(")
                .replace("0.05))", "0.05)))"),
            "only.pth",
        ),
        (
            "module",
            study("random(10%)").replace("small_cnn(width: 4)", "own")
                + "model own { torchscript(\"only.pt\", features: classes) }\n",
            "only.pt",
        ),
    ] {
        write(&b, "only.txt", "3\n");
        write(&b, "only.pth", "");
        write(&b, "only.pt", "");
        idx(&folder(&b, "only"));
        let file = write(&a, &format!("{name}.mu"), text);
        let output =
            mu().current_dir(&b).arg("run").arg(&file).arg("--store").arg(b.join("s")).output().unwrap();
        let said = crate::harness::text(&output.stderr).replace(['│', '\n'], " ");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        for place in [&a, &b] {
            let place = format!("{}/{thing}", at(place));
            assert!(
                said.replace(' ', "").contains(&place.replace(' ', "")),
                "{name}: {place} is not in {said}"
            );
        }
    }
}

/// A list in any form gives the set, and the key, that its numbers say.
#[test]
fn a_list_is_its_numbers() {
    let root = tempfile::tempdir().unwrap();
    idx(&folder(root.path(), "data"));
    write(root.path(), "list.txt", "3\n1\n10\n");
    write(root.path(), "row.csv", "3,1,10\n");
    write(root.path(), "object.json", "{\"forget\": [3, 1, 10]}");
    let mask: Vec<bool> = (0..40).map(|i| [1, 3, 10].contains(&i)).collect();
    write(root.path(), "mask.json", serde_json::to_string(&mask).unwrap());
    let mut same = Vec::new();
    for name in ["list.txt", "row.csv", "object.json", "mask.json"] {
        let store = root.path().join(format!("store of {name}"));
        let file = write(root.path(), "e.mu", study(&format!("from_file({name:?})")));
        let output = run(&file, &store, &[]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(forgotten(&file, &store), [1, 3, 10], "{name}");
        same.push(objects(&store).into_keys().collect::<Vec<_>>());
    }
    assert!(same[0] == same[1] && same[1] == same[2], "the same numbers have the same keys");
    write(root.path(), "short.json", serde_json::to_string(&mask[1..]).unwrap());
    let file = write(root.path(), "e.mu", study("from_file(\"short.json\")"));
    refuses(&run(&file, &root.path().join("s"), &[]), &["a mask of 39 samples, and there are 40"]);
    write(root.path(), "rows.csv", "3,1\n10,4\n");
    let file = write(root.path(), "e.mu", study("from_file(\"rows.csv\")"));
    refuses(&run(&file, &root.path().join("s"), &[]), &["2 lines of 2 numbers", "rows.csv"]);
}

/// Data that are replaced by others of the same size and time (`cp -p`, `rsync -t`) are other data: no key has two objects.
#[test]
fn no_key_is_of_other_bytes() {
    let root = tempfile::tempdir().unwrap();
    let data = folder(root.path(), "data");
    idx(&data);
    let file = write(root.path(), "e.mu", study("random(10%)"));
    let (one, two) = (root.path().join("one"), root.path().join("two"));
    // The cache of facts, which must not say what it knew of the old bytes, is this test's own.
    let go = |store: &Path| {
        let mut command = mu();
        command
            .env("XDG_CACHE_HOME", root.path().join("cache"))
            .arg("run")
            .arg(&file)
            .arg("--store")
            .arg(store);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    let date =
        |path: &Path| std::fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
    let images = data.join("train-images-idx3-ubyte");
    date(&images);
    go(&one);
    let mut bytes = std::fs::read(&images).unwrap();
    bytes[16..].iter_mut().for_each(|b| *b = 255 - *b);
    std::fs::write(&images, bytes).unwrap();
    date(&images);
    go(&two);
    let (one, two) = (objects(&one), objects(&two));
    let other: Vec<&String> =
        one.iter().filter(|(k, files)| two.get(*k).is_some_and(|f| f != *files)).map(|(k, _)| k).collect();
    assert!(other.is_empty(), "{other:?}");
    assert!(one.keys().ne(two.keys()));
}

/// What was known of data when a file was run stands in for data that are gone; not for data that are damaged, and not for another
/// project's.
#[test]
fn what_was_known_is_of_these_data() {
    let root = tempfile::tempdir().unwrap();
    let (a, b, store) = (folder(root.path(), "a"), folder(root.path(), "b"), root.path().join("store"));
    let data = folder(&a, "data");
    idx(&data);
    let file = write(&a, "e.mu", study("random(10%)"));
    let good = run(&file, &store, &[]);
    assert!(good.status.success(), "{}", text(&good.stderr));
    let images = data.join("train-images-idx3-ubyte");
    let whole = std::fs::read(&images).unwrap();
    std::fs::write(&images, &whole[..7]).unwrap();
    refuses(&run(&file, &store, &[]), &["header is cut short"]);
    std::fs::remove_file(&images).unwrap();
    refuses(&run(&file, &store, &[]), &["has no train-images-idx3-ubyte"]);
    std::fs::remove_dir_all(&data).unwrap();
    let gone = run(&file, &store, &[]);
    assert_eq!(text(&gone.stdout), text(&good.stdout), "{}", text(&gone.stderr));
    let other = write(&b, "e.mu", study("random(10%)"));
    refuses(&run(&other, &store, &[]), &["no such folder"]);
}

/// What lies among the images and is not read is said by every plan, also where all is computed.
#[test]
fn what_is_left_out_is_said() {
    let root = tempfile::tempdir().unwrap();
    for (part, class) in [("train", "a"), ("train", "b"), ("test", "a"), ("test", "b")] {
        let at = folder(root.path(), &format!("data/{part}/{class}"));
        (0..8).for_each(|i| drop(write(&at, &format!("{i}.pgm"), [b"P5 1 1 255 ", &[i * 9][..]].concat())));
        write(&at, "8.gif", "GIF89a");
    }
    let text_of = study("random(2 samples)").replace(
        "idx(\"data\", classes: 4, canvas: 8 px, ",
        "imagefolder(\"data\", classes: 2, side: 8 px, ",
    );
    let file = write(root.path(), "e.mu", text_of);
    for _ in 0..2 {
        let output = run(&file, &root.path().join("store"), &[]);
        let said = text(&output.stderr);
        assert!(output.status.success() && said.contains("4 files with .gif left out"), "{said}");
    }
}
