//! Data sets: one file of a small one is replaced, and the whole is opened and decoded.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use mu_step::{DataSpec, Prepare, SourceKind, Take};

use crate::scratch::put;
use crate::{Reader, Scratch, bytes, files, tests, weights};

pub(crate) fn readers() -> Vec<Reader> {
    macro_rules! layouts {
        ($($name:literal: $($folder:literal)+;)+) => { vec![$(Reader {
            name: $name,
            read: |scratch, bytes| replace(scratch, &[$($folder),+], bytes),
            seeds: || seeds(&[$($folder),+]),
        }),+] };
    }
    let mut all = layouts! {
        "image": "pixels";
        "idx": "idx";
        "mat": "svhn";
        "parquet": "parquet" "parquet_unlabelled";
        "tar": "imagenet_shards" "imagenet_tar" "imagenet_tars";
        "layouts": "cifar10_bin" "cifar10_py" "cifar100_bin" "cifar100_py" "celeba" "celeba_zip" "tiny" "imagenet_folders"
            "imagenet_kaggle" "folders" "folders_flat" "canvas";
    };
    all.push(Reader {
        name: "npz",
        read: |scratch, bytes| {
            replace(scratch, &["npz", "npz_medmnist"], bytes);
            weights::list(scratch, "a.npz", bytes.get(1..).unwrap_or_default());
        },
        seeds: || {
            let lists = crate::fixtures("miniatures/lists", &[".npz"]);
            seeds(&["npz", "npz_medmnist"])
                .into_iter()
                .chain(lists.iter().map(|l| [&[0], &**l].concat()))
                .collect()
        },
    });
    all
}

/// How the files in a folder of `miniatures/` are read.
fn source(folder: &str) -> SourceKind {
    match folder {
        "idx" => SourceKind::Idx,
        "svhn" => SourceKind::Svhn,
        "cifar10_bin" | "cifar10_py" => SourceKind::Cifar10,
        "cifar100_bin" => SourceKind::Cifar100,
        "cifar100_py" => SourceKind::Cifar100Coarse,
        "npz" | "npz_medmnist" => SourceKind::Npz,
        "parquet" | "parquet_unlabelled" => SourceKind::Parquet { label: None },
        "celeba" | "celeba_zip" => SourceKind::Celeba { attribute: "Bald".to_owned() },
        "tiny" => SourceKind::TinyImagenet,
        "canvas" => SourceKind::UnlearnCanvas { by_style: true },
        _ if folder.starts_with("imagenet") => SourceKind::Imagenet,
        _ => SourceKind::Folders,
    }
}

/// Where a layout is tried: a kind of source without a place here does not compile.
#[cfg(test)]
fn tried_in(source: &SourceKind) -> Option<&'static str> {
    Some(match source {
        // Ships with mu.
        SourceKind::Digits => return None,
        SourceKind::Idx => "idx",
        SourceKind::Cifar10 => "cifar10_py",
        SourceKind::Cifar100 => "cifar100_bin",
        SourceKind::Cifar100Coarse => "cifar100_py",
        SourceKind::Svhn => "svhn",
        SourceKind::Npz => "npz",
        SourceKind::Folders => "folders",
        SourceKind::TinyImagenet => "tiny",
        SourceKind::Imagenet => "imagenet_folders",
        SourceKind::Parquet { .. } => "parquet",
        SourceKind::Celeba { .. } => "celeba",
        SourceKind::UnlearnCanvas { .. } => "canvas",
    })
}

/// A small data set: its folder's name, and its files.
struct Set {
    folder: &'static str,
    files: Vec<(PathBuf, Vec<u8>)>,
}

const NAMES: [&str; 22] = [
    "pixels",
    "idx",
    "svhn",
    "parquet",
    "parquet_unlabelled",
    "npz",
    "npz_medmnist",
    "imagenet_shards",
    "imagenet_tar",
    "imagenet_tars",
    "imagenet_folders",
    "imagenet_kaggle",
    "cifar10_bin",
    "cifar10_py",
    "cifar100_bin",
    "cifar100_py",
    "celeba",
    "celeba_zip",
    "tiny",
    "folders",
    "folders_flat",
    "canvas",
];

/// The small data sets, read once.
fn sets(folders: &[&'static str]) -> Vec<&'static Set> {
    static ALL: OnceLock<Vec<Set>> = OnceLock::new();
    let all = ALL.get_or_init(|| NAMES.map(|folder| Set { folder, files: small(folder) }).into());
    folders.iter().filter_map(|f| all.iter().find(|set| set.folder == *f)).collect()
}

fn small(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    match folder {
        "idx" => idx(),
        // Each is an image of a class.
        "pixels" => vec![("train/a/0.png".into(), bytes(tests().join("miniatures/pixels/colour.png")))],
        _ => {
            let at = tests().join("miniatures").join(folder);
            files(&at)
                .into_iter()
                .map(|f| (f.strip_prefix(&at).unwrap_or(&f).to_owned(), bytes(&f)))
                .collect()
        }
    }
}

/// Two images of 3 × 3 in either part.
fn idx() -> Vec<(PathBuf, Vec<u8>)> {
    let images = [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3][..], &[7; 18]].concat();
    let labels = vec![0, 0, 8, 1, 0, 0, 0, 2, 0, 1];
    let parts = ["train", "t10k"].into_iter().flat_map(|part| {
        [
            (format!("{part}-images-idx3-ubyte").into(), images.clone()),
            (format!("{part}-labels-idx1-ubyte").into(), labels.clone()),
        ]
    });
    parts.collect()
}

/// The first byte says which file the rest takes the place of.
fn replace(scratch: &Scratch, folders: &[&'static str], bytes: &[u8]) {
    let Some((which, rest)) = bytes.split_first() else { return };
    let mut at = usize::from(*which);
    for set in sets(folders) {
        let Some((path, own)) = set.files.get(at) else {
            at -= set.files.len();
            continue;
        };
        let root = scratch.path().join(set.folder);
        if !root.is_dir() {
            set.files.iter().for_each(|(path, bytes)| put(&root.join(path), bytes));
        }
        put(&root.join(path), rest);
        let _ = open(scratch, &root, source(set.folder));
        return put(&root.join(path), own);
    }
}

fn seeds(folders: &[&'static str]) -> Vec<Vec<u8>> {
    if folders == ["pixels"] {
        return crate::fixtures("miniatures/pixels", &[""])
            .iter()
            .map(|image| [&[0], &**image].concat())
            .collect();
    }
    let all = sets(folders).into_iter().flat_map(|set| &set.files);
    (0..=u8::MAX).zip(all).map(|(at, (_, bytes))| [&[at], &**bytes].concat()).collect()
}

/// Everything that is done with a data set: facts, labels, pixels. How many images were decoded.
fn open(scratch: &Scratch, root: &Path, source: SourceKind) -> usize {
    let _ = mu_data::facts(&source, Some(root));
    let mut decoded = 0;
    for channels in [3, 1] {
        let spec = DataSpec {
            source: source.clone(),
            digest: String::new(),
            train: Take::Share(0.5),
            test: Take::All,
            only: None,
            prepare: vec![Prepare::Resize { side: 8 }, Prepare::CentreCrop { side: 6 }],
            corrupt: 1000,
            holdout: 0.0,
            split_seed: 0,
            canvas: 8,
            channels,
            classes: 1000,
        };
        let Ok(found) = mu_data::open(&spec, Some(root)) else { return decoded };
        for part in [Some(found.train), found.test].into_iter().flatten() {
            let written = mu_data::write(&part, &spec, &scratch.path().join("decoded"), &|_| {});
            decoded += written.map_or(0, |written| part.len() - written.corrupt.len());
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind of source has a small data set that one of the readers replaces files of, and that is read where nothing is
    /// replaced: otherwise nothing behind its first check would be fuzzed.
    #[test]
    fn every_layout_is_fuzzed() {
        let kinds = [
            SourceKind::Digits,
            SourceKind::Idx,
            SourceKind::Cifar10,
            SourceKind::Cifar100,
            SourceKind::Cifar100Coarse,
            SourceKind::Svhn,
            SourceKind::Npz,
            SourceKind::Folders,
            SourceKind::TinyImagenet,
            SourceKind::Imagenet,
            SourceKind::Parquet { label: None },
            SourceKind::Celeba { attribute: "Bald".to_owned() },
            SourceKind::UnlearnCanvas { by_style: true },
        ];
        for kind in kinds {
            let Some(folder) = tried_in(&kind) else { continue };
            assert_eq!(std::mem::discriminant(&source(folder)), std::mem::discriminant(&kind));
            assert!(!sets(&[folder]).is_empty(), "{folder}");
        }
        for set in sets(&NAMES) {
            let (scratch, folder) = (Scratch::new().unwrap(), set.folder);
            let root = scratch.path().join(folder);
            set.files.iter().for_each(|(path, bytes)| put(&root.join(path), bytes));
            mu_data::facts(&source(folder), Some(&root)).unwrap_or_else(|e| panic!("{folder}: {e}"));
            assert!(open(&scratch, &root, source(folder)) > 0, "{folder}");
        }
    }
}
