//! What every reader promises: samples in torchvision's order and Pillow's pixels, nothing left out unsaid, all classes where only some
//! samples are taken, and a digest that is of the bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;

use super::*;

fn known<T: serde::de::DeserializeOwned>(name: &str) -> T {
    serde_json::from_slice(&std::fs::read(mini(name)).unwrap()).unwrap()
}

/// Sample i is the same image as in torchvision's `ImageFolder` of the same folder (tests/parity/make_lists.py).
#[test]
fn folders_are_walked_as_torchvision_walks_them() {
    let spec = spec(SourceKind::Folders, 3, 4);
    let source = opened(&spec, "walk");
    let wants: Vec<(String, u32)> = known("walk.json");
    let name = |image: usize| {
        let path = PathBuf::from(source.train.images.name(image));
        path.strip_prefix(mini("walk")).unwrap().to_str().unwrap().to_owned()
    };
    let found: Vec<(String, u32)> =
        source.train.picked.iter().map(|i| name(*i)).zip(source.train.labels.clone()).collect();
    assert_eq!(found, wants);
    assert_eq!(colours(&source.train, &spec).unwrap().len(), wants.len());
    assert!(facts(&spec.source, Some(&mini("walk"))).unwrap().left_out.is_empty());
}

/// Pixels in colour and in grey are those of Pillow's `convert`, within JPEG's rounding.
#[test]
fn pixels_are_pillows() {
    let known: BTreeMap<String, ([u8; 3], u8)> = known("pixels.json");
    assert!(known.len() >= 17);
    for (name, (colour, grey)) in known {
        let bytes = std::fs::read(mini("pixels").join(&name)).unwrap();
        let pixel = |channels: i64| {
            let spec = DataSpec { channels, ..spec(SourceKind::Folders, 1, 4) };
            let planes = crate::picture::canvas(crate::images::Stored::File(&bytes), &spec).unwrap();
            planes.chunks_exact(16).map(|plane| plane[10]).collect::<Vec<u8>>()
        };
        let near = |found: Vec<u8>, wants: &[u8]| {
            let step = if name.ends_with("jpg") { 2 } else { 0 };
            assert!(
                found.iter().zip(wants).all(|(a, b)| a.abs_diff(*b) <= step),
                "{name}: {found:?}, {wants:?}"
            );
        };
        near(pixel(3), &colour);
        near(pixel(1), &[grey]);
    }
}

/// A folder of classes with `count` images of one pixel each.
fn lay(root: &Path, count: usize, classes: &[&str]) {
    for (class, name) in classes.iter().enumerate() {
        let folder = root.join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for i in 0..count {
            std::fs::write(
                folder.join(format!("{i:03}.pgm")),
                [b"P5 1 1 255 ", &[class as u8 * 9 + 1][..]].concat(),
            )
            .unwrap();
        }
    }
}

/// What lies in a data set's folders and is not read is said, each time.
#[test]
fn what_is_left_out_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    lay(&root.join("train"), 3, &["a", "b"]);
    lay(&root.join("test"), 2, &["a", "b"]);
    let said = || facts(&SourceKind::Folders, Some(root)).unwrap().left_out.join("\n");
    assert_eq!(said(), "");
    lay(&root.join("val"), 2, &["a", "b"]);
    lay(&root.join("train/.copies"), 2, &["x"]);
    for name in [
        "train/a/1.gif",
        "train/b/2.GIF",
        "train/a/notes.txt",
        "test/b/.hidden.png",
        "train/loose.png",
        "train/a/.DS_Store",
    ] {
        std::fs::write(root.join(name), "x").unwrap();
    }
    let said = said();
    let wants = [
        "1 file with .gif left out",
        "1 file with .GIF left out",
        "1 file with .txt left out",
        "1 file with .png (hidden) left out",
        "1 file with .png (of no class) left out",
        "val is left out: `test` tests",
        "2 image(s) in the hidden folder",
    ];
    wants.iter().for_each(|w| assert!(said.contains(w), "`{w}` is not in:\n{said}"));
    assert!(!said.contains("DS_Store"), "{said}");
    assert_eq!(open(&spec(SourceKind::Folders, 2, 8), Some(root)).unwrap().train.len(), 6);
    // Parts under other names are no classes.
    let other = tempfile::tempdir().unwrap();
    lay(other.path(), 1, &["Train", "Test"]);
    let error = facts(&SourceKind::Folders, Some(other.path())).unwrap_err().to_string();
    assert!(error.contains("must be called `train`"), "{error}");
}

/// `train: N samples` of data in the order of their classes has all classes, each by its share; so for every layout.
#[test]
fn some_samples_are_of_all_classes() {
    let folder = tempfile::tempdir().unwrap();
    lay(&folder.path().join("train"), 30, &["a", "b", "c"]);
    lay(&folder.path().join("test"), 10, &["a", "b", "c"]);
    for (n, wants) in
        [(3, [1, 1, 1]), (30, [10, 10, 10]), (31, [11, 10, 10]), (89, [30, 30, 29]), (90, [30; 3])]
    {
        let spec = DataSpec { train: Take::Samples(n), channels: 1, ..spec(SourceKind::Folders, 3, 1) };
        let part = open(&spec, Some(folder.path())).unwrap().train;
        let counts = [0, 1, 2].map(|c| part.labels.iter().filter(|l| **l == c).count());
        assert_eq!(counts, wants, "{n}");
        // The first of each class, in the order of the samples.
        let first: Vec<usize> = (0..3).flat_map(|c| (0..wants[c]).map(move |i| c * 30 + i)).collect();
        assert_eq!(part.picked, first, "{n}");
    }
    for (name, source, classes) in layouts() {
        let all = open(&spec(source.clone(), classes, 256), Some(&mini(name))).unwrap().train;
        let present: BTreeSet<u32> = all.labels.iter().copied().collect();
        for n in 0..=all.len() {
            let some = DataSpec { train: Take::Samples(n), ..spec(source.clone(), classes, 256) };
            let part = open(&some, Some(&mini(name))).unwrap().train;
            assert_eq!(part.len(), n, "{name}");
            for class in &present {
                let count = |p: &Part| p.labels.iter().filter(|l| *l == class).count();
                let exact = count(&all) as f64 * n as f64 / all.len() as f64;
                assert!((count(&part) as f64 - exact).abs() < 1.0, "{name}: {n} samples, class {class}");
            }
        }
    }
}

fn layouts() -> Vec<(&'static str, SourceKind, i64)> {
    vec![
        ("cifar10_bin", SourceKind::Cifar10, 10),
        ("cifar10_py", SourceKind::Cifar10, 10),
        ("cifar100_bin", SourceKind::Cifar100, 100),
        ("cifar100_py", SourceKind::Cifar100, 100),
        ("svhn", SourceKind::Svhn, 10),
        ("npz", SourceKind::Npz, 10),
        ("npz_medmnist", SourceKind::Npz, 10),
        ("folders", SourceKind::Folders, 3),
        ("folders_flat", SourceKind::Folders, 3),
        ("walk", SourceKind::Folders, 3),
        ("tiny", SourceKind::TinyImagenet, 2),
        ("imagenet_folders", SourceKind::Imagenet, 2),
        ("imagenet_tars", SourceKind::Imagenet, 2),
        ("imagenet_tar", SourceKind::Imagenet, 2),
        ("imagenet_kaggle", SourceKind::Imagenet, 2),
        ("imagenet_shards", SourceKind::Imagenet, 2),
        ("celeba", SourceKind::Celeba { attribute: "Smiling".to_owned() }, 2),
        ("celeba_zip", SourceKind::Celeba { attribute: "Smiling".to_owned() }, 2),
        ("parquet", SourceKind::Parquet { label: None }, 10),
        ("canvas", SourceKind::UnlearnCanvas { by_style: true }, 2),
    ]
}

/// In every layout: a file whose bytes change has another stamp, also where its size and time are what they were, and its data set
/// another digest; the digest comes back with the bytes.
#[test]
fn other_bytes_have_another_digest() {
    for (name, source, _) in layouts() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("set");
        copy(&mini(name), &root);
        let Ok(first) = facts(&source, Some(&root)) else { panic!("{name}") };
        for file in crate::formats::files(&source, &root).unwrap().files {
            let whole = std::fs::read(&file).unwrap();
            let time = std::fs::metadata(&file).unwrap().modified().unwrap();
            let before = crate::Stamp::now(&source, Some(&root)).unwrap();
            let changed = || {
                let meta = std::fs::metadata(&file).unwrap();
                (meta.ctime(), meta.ctime_nsec())
            };
            let put = |bytes: &[u8]| {
                let last = changed();
                // Clocks of file systems are coarse.
                while changed() == last {
                    std::fs::write(&file, bytes).unwrap();
                    std::fs::File::options().write(true).open(&file).unwrap().set_modified(time).unwrap();
                }
            };
            let mut other = whole.clone();
            let last = other.len() - 1;
            other[last] ^= 1;
            put(&other);
            assert_ne!(
                crate::Stamp::now(&source, Some(&root)).ok().as_ref(),
                Some(&before),
                "{name}: {}",
                file.display()
            );
            // A set that cannot be read any more has no digest at all.
            let now = facts(&source, Some(&root)).map(|f| f.digest).unwrap_or_default();
            assert_ne!(now, first.digest, "{name}: {}", file.display());
            put(&whole);
            assert_eq!(facts(&source, Some(&root)).unwrap(), first, "{name}: {}", file.display());
        }
    }
}
