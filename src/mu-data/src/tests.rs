//! Every layout on its miniature (tests/parity/make_miniatures.py), and what is hostile or damaged.

use std::path::{Path, PathBuf};

use mu_step::{DataSpec, Prepare, SourceKind, Take};

use crate::{DataError, Part, Source, facts, open, write};

mod promises;

fn mini(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/miniatures").join(name)
}

fn spec(source: SourceKind, classes: i64, canvas: i64) -> DataSpec {
    DataSpec {
        source,
        digest: String::new(),
        train: Take::All,
        test: Take::All,
        only: None,
        prepare: Vec::new(),
        corrupt: 0,
        holdout: 0.0,
        split_seed: 0,
        canvas,
        channels: 3,
        classes,
    }
}

/// The pixels in the middle of each image: red, green, blue.
fn colours(part: &Part, spec: &DataSpec) -> Result<Vec<[u8; 3]>, DataError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let written = write(part, spec, file.path(), &|_| {})?;
    assert_eq!(written.digests.len(), 32 * part.len());
    let bytes = std::fs::read(file.path()).unwrap();
    let plane = (spec.canvas * spec.canvas) as usize;
    let channels = spec.channels as usize;
    assert_eq!(bytes.len(), part.len() * channels * plane);
    let middle = plane / 2 + spec.canvas as usize / 2;
    let pixel = |image: &[u8]| [0, 1, 2].map(|c| image[c.min(channels - 1) * plane + middle]);
    Ok(bytes.chunks_exact(channels * plane).map(pixel).collect())
}

/// The colour of image i of class c.
fn colour(class: u32, i: usize) -> [u8; 3] {
    [(40 + 20 * class) as u8, (10 * i % 200) as u8, 77]
}

/// Whether a part has these labels, and images of these colours (JPEG may be a step off).
fn is(part: &Part, spec: &DataSpec, labels: &[u32], wants: &[[u8; 3]]) {
    assert_eq!(part.labels, labels, "{:?}", spec.source);
    let found = colours(part, spec).unwrap();
    assert_eq!(found.len(), wants.len());
    for (found, wants) in found.iter().zip(wants) {
        let near = found.iter().zip(wants).all(|(a, b)| a.abs_diff(*b) <= 2);
        assert!(near, "{:?}: {found:?} is not {wants:?}", spec.source);
    }
}

fn opened(spec: &DataSpec, name: &str) -> Source {
    let source = open(spec, Some(&mini(name))).unwrap_or_else(|e| panic!("{name}: {e}"));
    let facts = facts(&spec.source, Some(&mini(name))).unwrap();
    // The facts are those of the whole set.
    assert!(facts.train >= source.train.len() && facts.digest.len() == 64, "{name}");
    source
}

#[test]
fn cifar_is_read_in_both_forms() {
    let spec = spec(SourceKind::Cifar10, 10, 32);
    for name in ["cifar10_bin", "cifar10_py"] {
        let source = opened(&spec, name);
        is(&source.train, &spec, &[3, 0, 7, 3, 3], &[3, 0, 7, 3, 3].map(|c| colour(c, 0)));
        is(source.test.as_ref().unwrap(), &spec, &[1, 9], &[colour(1, 0), colour(9, 1)]);
    }
    let twenty = DataSpec { source: SourceKind::Cifar100Coarse, classes: 20, ..spec.clone() };
    let hundred = DataSpec { source: SourceKind::Cifar100, classes: 100, ..spec };
    for name in ["cifar100_bin", "cifar100_py"] {
        let source = opened(&hundred, name);
        is(&source.train, &hundred, &[42, 99, 0], &[colour(2, 0), colour(3, 1), colour(0, 2)]);
        is(source.test.as_ref().unwrap(), &hundred, &[7], &[colour(7, 0)]);
        // The superclasses are the labels, or a group of the samples.
        let coarse = open(&twenty, Some(&mini(name))).unwrap().train;
        let group =
            |part: &Part, wanted: &str| part.groups.iter().find(|(n, _)| n == wanted).unwrap().1.clone();
        assert_eq!(group(&coarse, "fine"), [42, 99, 0], "{name}");
        assert_eq!(group(&coarse, "coarse"), group(&source.train, "coarse"), "{name}");
        assert_eq!(group(&coarse, "coarse"), coarse.labels.iter().map(|l| i64::from(*l)).collect::<Vec<_>>());
        assert_ne!(coarse.labels, source.train.labels);
    }
}

#[test]
fn arrays_are_read_from_matlab_and_numpy() {
    let svhn = spec(SourceKind::Svhn, 10, 32);
    let source = opened(&svhn, "svhn");
    is(&source.train, &svhn, &[1, 0, 3], &[colour(1, 0), colour(0, 1), colour(3, 2)]);
    is(source.test.as_ref().unwrap(), &svhn, &[0], &[colour(0, 0)]);
    let npz = spec(SourceKind::Npz, 10, 32);
    let train = [colour(3, 0), colour(0, 1), colour(7, 2), colour(3, 3)];
    is(&opened(&npz, "npz").train, &npz, &[3, 0, 7, 3], &train);
    let grey = DataSpec { channels: 1, ..npz };
    let reds = train.map(|[r, ..]| [r; 3]);
    is(&opened(&grey, "npz_medmnist").train, &grey, &[3, 0, 7, 3], &reds);
}

#[test]
fn folders_are_classes() {
    let spec = DataSpec {
        prepare: vec![Prepare::Resize { side: 24 }, Prepare::CentreCrop { side: 24 }],
        ..spec(SourceKind::Folders, 3, 24)
    };
    let all: Vec<[u8; 3]> = (0..3).flat_map(|c| (0..3).map(move |i| colour(c, i))).collect();
    let labels = [0, 0, 0, 1, 1, 1, 2, 2, 2];
    let source = opened(&spec, "folders");
    is(&source.train, &spec, &labels, &all);
    is(source.test.as_ref().unwrap(), &spec, &[0, 1, 2], &[0, 1, 2].map(|c| colour(c, 0)));
    let flat = opened(&spec, "folders_flat");
    is(&flat.train, &spec, &labels, &all);
    assert!(flat.test.is_none());
}

#[test]
fn tiny_imagenets_annotations_are_read() {
    let spec = spec(SourceKind::TinyImagenet, 2, 64);
    let source = opened(&spec, "tiny");
    is(&source.train, &spec, &[0, 0, 1, 1], &[colour(0, 0), colour(0, 1), colour(1, 0), colour(1, 1)]);
    is(source.test.as_ref().unwrap(), &spec, &[0, 1, 0], &[colour(0, 0), colour(1, 1), colour(0, 2)]);
}

#[test]
fn imagenet_is_read_from_folders_archives_and_shards() {
    let spec = DataSpec {
        prepare: vec![Prepare::Resize { side: 32 }, Prepare::CentreCrop { side: 32 }],
        ..spec(SourceKind::Imagenet, 2, 32)
    };
    let train = [colour(0, 0), colour(0, 1), colour(1, 0), colour(1, 1)];
    for name in ["imagenet_folders", "imagenet_tars", "imagenet_tar", "imagenet_kaggle"] {
        let source = opened(&spec, name);
        is(&source.train, &spec, &[0, 0, 1, 1], &train);
        let (labels, images) = match name {
            "imagenet_kaggle" => ([1, 0], [colour(1, 5), colour(0, 5)]),
            _ => ([0, 1], [colour(0, 5), colour(1, 5)]),
        };
        is(source.test.as_ref().unwrap(), &spec, &labels, &images);
    }
    let shards = opened(&spec, "imagenet_shards");
    is(&shards.train, &spec, &[0, 1, 0], &[colour(0, 0), colour(1, 1), colour(0, 2)]);
    is(shards.test.as_ref().unwrap(), &spec, &[0, 1], &[colour(0, 0), colour(1, 1)]);
}

#[test]
fn faces_have_attributes_and_people() {
    let spec = DataSpec {
        prepare: vec![Prepare::CentreCrop { side: 178 }, Prepare::Resize { side: 64 }],
        ..spec(SourceKind::Celeba { attribute: "Smiling".to_owned() }, 2, 64)
    };
    for name in ["celeba", "celeba_zip"] {
        let source = opened(&spec, name);
        is(&source.train, &spec, &[0, 1, 0], &[colour(0, 0), colour(1, 1), colour(0, 2)]);
        is(source.test.as_ref().unwrap(), &spec, &[1, 0], &[colour(1, 3), colour(0, 4)]);
        let group = |name: &str| source.train.groups.iter().find(|(n, _)| n == name).unwrap().1.clone();
        assert_eq!((group("Bald"), group("identity")), (vec![0, 0, 1], vec![17, 17, 4]));
    }
    let other = DataSpec { source: SourceKind::Celeba { attribute: "Beard".to_owned() }, ..spec };
    let Err(error) = open(&other, Some(&mini("celeba"))) else { panic!("there is no such attribute") };
    assert!(error.to_string().contains("it has Bald, Smiling, identity"), "{error}");
}

#[test]
fn parquet_is_read_as_the_hub_has_it() {
    let spec = spec(SourceKind::Parquet { label: None }, 10, 32);
    let source = opened(&spec, "parquet");
    let train = [colour(3, 0), colour(0, 1), colour(7, 2), colour(3, 3)];
    is(&source.train, &spec, &[3, 0, 7, 3], &train);
    is(source.test.as_ref().unwrap(), &spec, &[1, 9], &[colour(1, 0), colour(9, 1)]);
    let named = DataSpec { source: SourceKind::Parquet { label: Some("coarse".to_owned()) }, ..spec };
    let Err(error) = open(&named, Some(&mini("parquet"))) else { panic!("there is no such column") };
    assert!(error.to_string().contains("no column `coarse` of labels; it has label"), "{error}");
}

#[test]
fn pictures_have_a_style_and_an_object() {
    let styles = spec(SourceKind::UnlearnCanvas { by_style: true }, 2, 48);
    let source = opened(&styles, "canvas");
    let all: Vec<[u8; 3]> = (0..4).flat_map(|c| (0..2).map(move |i| colour(c, i))).collect();
    is(&source.train, &styles, &[0, 0, 0, 0, 1, 1, 1, 1], &all);
    let objects = DataSpec { source: SourceKind::UnlearnCanvas { by_style: false }, ..styles };
    is(&opened(&objects, "canvas").train, &objects, &[0, 0, 1, 1, 0, 0, 1, 1], &all);
}

#[test]
fn classes_and_shares_are_picked() {
    let all = spec(SourceKind::Cifar10, 10, 32);
    let some = DataSpec { only: Some(vec![7, 3]), classes: 2, ..all.clone() };
    let source = opened(&some, "cifar10_bin");
    is(&source.train, &some, &[1, 0, 1, 1], &[3, 7, 3, 3].map(|c| colour(c, 0)));
    assert!(source.test.unwrap().is_empty());
    let half = DataSpec { train: Take::Share(0.5), ..all.clone() };
    is(&opened(&half, "cifar10_bin").train, &half, &[3, 0, 7, 3], &[3, 0, 7, 3].map(|c| colour(c, 0)));
    let many = DataSpec { train: Take::Samples(6), ..all.clone() };
    let said = |spec: &DataSpec| {
        open(spec, Some(&mini("cifar10_bin"))).err().map(|e| e.to_string()).unwrap_or_default()
    };
    assert!(said(&many).contains("has 5 samples, 6 are asked for"));
    let few = DataSpec { classes: 3, ..all };
    assert!(said(&few).contains("sample 0 has label 3, but the data set declares 3 classes (0 to 2)"));
}

/// As PIL scales: within a level of its rounding.
#[test]
fn resizing_is_pils() {
    // PIL.Image.resize((3, 2), BILINEAR) of the 6 × 4 image whose pixel (y, x) is 10 · x + 40 · y.
    let pixels: Vec<u8> = (0..4).flat_map(|y| (0..6).map(move |x| 10 * x + 40 * y)).collect();
    let planes = crate::Planes { count: 1, shape: [1, 4, 6], pixels };
    let spec =
        DataSpec { prepare: vec![Prepare::Resize { side: 2 }], channels: 1, ..spec(SourceKind::Npz, 1, 3) };
    let file = tempfile::NamedTempFile::new().unwrap();
    write(&Part::new(vec![0], planes), &spec, file.path(), &|_| {}).unwrap();
    let bytes = std::fs::read(file.path()).unwrap();
    let wants = [36, 54, 72, 98, 116, 134];
    // Two rows lie in the upper part of a canvas of three.
    assert!(bytes[..6].iter().zip(wants).all(|(a, b): (&u8, u8)| a.abs_diff(b) <= 1), "{bytes:?}");
}

fn refused(spec: &DataSpec, name: &str) -> String {
    let root = mini(name);
    match open(spec, Some(&root)) {
        Err(error) => error.to_string(),
        Ok(source) => colours(&source.train, spec).expect_err(name).to_string(),
    }
}

#[test]
fn damaged_images_are_named_counted_and_tolerated_up_to_a_limit() {
    let folders = spec(SourceKind::Folders, 2, 40);
    let said = refused(&folders, "bad/cut");
    assert!(said.starts_with("1 image(s) cannot be read, 0 may be") && said.contains("0.jpg"), "{said}");
    assert!(refused(&folders, "bad/text").contains("cannot be read"));
    let huge = refused(&folders, "bad/huge");
    assert!(huge.contains("exceeds limit"), "{huge}");
    let lenient = DataSpec { corrupt: 1, ..folders };
    let source = open(&lenient, Some(&mini("bad/cut"))).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let written = write(&source.train, &lenient, file.path(), &|_| {}).unwrap();
    assert_eq!((written.corrupt.len(), written.corrupt[0].sample), (1, 0));
    let bytes = std::fs::read(file.path()).unwrap();
    assert!(bytes[..3 * 1600].iter().all(|b| *b == 0) && bytes[3 * 1600..].iter().any(|b| *b != 0));
}

#[test]
fn hostile_files_do_nothing() {
    let celeba = spec(SourceKind::Celeba { attribute: "Smiling".to_owned() }, 2, 218);
    assert!(refused(&celeba, "bad/traversal").contains("is no name of an image"));
    let evil = refused(&spec(SourceKind::Cifar10, 10, 32), "bad/evil");
    assert!(
        evil.contains("an array of NumPy is needed") && !Path::new("/tmp/mu-was-here").exists(),
        "{evil}"
    );
    // 300 MB of zeros in 300 kB.
    let folder = tempfile::tempdir().unwrap();
    let mut zip =
        zip::ZipWriter::new(std::fs::File::create(folder.path().join("img_align_celeba.zip")).unwrap());
    zip.start_file("img_align_celeba/000001.jpg", zip::write::SimpleFileOptions::default()).unwrap();
    for _ in 0..300 {
        std::io::Write::write_all(&mut zip, &vec![0; 1 << 20]).unwrap();
    }
    zip.finish().unwrap();
    std::fs::write(folder.path().join("list_attr_celeba.txt"), "1\nSmiling\n000001.jpg 1\n").unwrap();
    std::fs::write(folder.path().join("list_eval_partition.txt"), "000001.jpg 0\n").unwrap();
    let source = open(&celeba, Some(folder.path())).unwrap();
    let said = colours(&source.train, &celeba).unwrap_err().to_string();
    assert!(said.contains("unpacks to more than"), "{said}");
}

/// Data sets as archives and Kaggle leave them: a folder in one of its own name, lists as csv, files in folders of their names.
#[test]
fn unpacked_archives_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("celeba");
    let pictures = root.join("celeba/img_align_celeba/img_align_celeba");
    copy(&mini("celeba/img_align_celeba"), &pictures);
    let commas = |text: String| -> String {
        text.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(",") + "\r\n").collect()
    };
    let published = |name: &str| std::fs::read_to_string(mini("celeba").join(name)).unwrap();
    let attributes = published("list_attr_celeba.txt").replace("5\nBald", "image_id Bald");
    let partition = format!("image_id partition\n{}", published("list_eval_partition.txt"));
    let inner = root.join("celeba");
    std::fs::write(inner.join("list_attr_celeba.csv"), format!("\u{feff}{}", commas(attributes))).unwrap();
    std::fs::write(inner.join("list_eval_partition.csv"), commas(partition)).unwrap();
    let celeba = DataSpec {
        prepare: vec![Prepare::CentreCrop { side: 178 }, Prepare::Resize { side: 16 }],
        ..spec(SourceKind::Celeba { attribute: "Smiling".to_owned() }, 2, 16)
    };
    let kaggle = open(&celeba, Some(&root)).unwrap();
    let whole = open(&celeba, Some(&mini("celeba"))).unwrap();
    assert_eq!(kaggle.train.labels, whole.train.labels);
    assert_eq!(kaggle.train.groups, whole.train.groups[..2], "all but the people, who are not listed");
    assert_eq!(colours(&kaggle.train, &celeba).unwrap(), colours(&whole.train, &celeba).unwrap());
    assert_eq!(facts(&celeba.source, Some(&root)).unwrap().train, 3);

    let cifar = folder.path().join("cifar");
    copy(&mini("cifar10_py"), &cifar.join("cifar/cifar-10-batches-py/cifar-10-batches-py"));
    let ten = spec(SourceKind::Cifar10, 10, 32);
    assert_eq!(open(&ten, Some(&cifar)).unwrap().train.labels, [3, 0, 7, 3, 3]);

    // A test part in one folder has no classes: the validation part tests.
    let classes = folder.path().join("classes");
    copy(&mini("folders"), &classes);
    let first = crate::formats::files(&SourceKind::Folders, &classes).unwrap().files[0].clone();
    std::fs::create_dir_all(classes.join("test/images")).unwrap();
    std::fs::copy(first, classes.join("test/images/0.png")).unwrap();
    let found = facts(&SourceKind::Folders, Some(&classes)).unwrap();
    assert_eq!((found.train, found.test), (9, Some(3)));
    assert!(found.left_out.iter().any(|n| n.contains("no folders of the training classes, and `val` tests")));
}

/// Competitions keep the labels of their test part: its rows say −1.
#[test]
fn a_test_part_without_labels_does_not_test() {
    let spec = spec(SourceKind::Parquet { label: None }, 10, 32);
    let source = opened(&spec, "parquet_unlabelled");
    is(&source.train, &spec, &[3, 0, 7], &[colour(3, 0), colour(0, 1), colour(7, 2)]);
    is(source.test.as_ref().unwrap(), &spec, &[1, 9], &[colour(1, 0), colour(9, 1)]);
    let found = facts(&spec.source, Some(&mini("parquet_unlabelled"))).unwrap();
    assert_eq!((found.train, found.test), (3, Some(2)));
    let [note] = found.left_out.as_slice() else { panic!("{:?}", found.left_out) };
    assert!(
        note.starts_with("the part `test` is left out") && note.ends_with("the validation part tests"),
        "{note}"
    );
}

/// Every file of every miniature cut short, emptied, replaced by noise or taken away: an error that names a file, or, where the
/// bytes still mean something, a data set; never a panic.
#[test]
fn damaged_sets_are_errors() {
    let sets: [(&str, SourceKind); 13] = [
        ("cifar10_bin", SourceKind::Cifar10),
        ("cifar10_py", SourceKind::Cifar10),
        ("cifar100_py", SourceKind::Cifar100),
        ("svhn", SourceKind::Svhn),
        ("npz", SourceKind::Npz),
        ("folders", SourceKind::Folders),
        ("tiny", SourceKind::TinyImagenet),
        ("imagenet_tars", SourceKind::Imagenet),
        ("imagenet_tar", SourceKind::Imagenet),
        ("imagenet_kaggle", SourceKind::Imagenet),
        ("imagenet_shards", SourceKind::Imagenet),
        ("celeba_zip", SourceKind::Celeba { attribute: "Smiling".to_owned() }),
        ("parquet", SourceKind::Parquet { label: None }),
    ];
    for (name, source) in sets {
        let spec = DataSpec {
            prepare: vec![Prepare::Resize { side: 16 }, Prepare::CentreCrop { side: 16 }],
            ..spec(source, 100, 16)
        };
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("set");
        for file in crate::formats::files(&spec.source, &mini(name)).unwrap().files {
            let whole = std::fs::read(&file).unwrap();
            let noise: Vec<u8> = (0..whole.len()).map(|i| ((i * 2_654_435_761) >> 7) as u8).collect();
            let mut spoiled = vec![whole[..whole.len() / 8 + 1].to_vec(), Vec::new(), noise];
            for at in [3, whole.len() / 3, whole.len() - 2] {
                let mut turned = whole.clone();
                turned[at] ^= 0x41;
                spoiled.push(turned);
            }
            for (kind, bytes) in spoiled.iter().enumerate() {
                let _ = std::fs::remove_dir_all(&root);
                copy(&mini(name), &root);
                std::fs::write(root.join(file.strip_prefix(mini(name)).unwrap()), bytes).unwrap();
                let result = open(&spec, Some(&root)).and_then(|s| {
                    colours(&s.train, &spec)?;
                    s.test.map_or(Ok(Vec::new()), |t| colours(&t, &spec))
                });
                // Any bytes are pixels and labels.
                if kind < 2 || kind == 2 && !name.ends_with("_bin") {
                    let said = result.err().map(|e| e.to_string()).unwrap_or_default();
                    assert!(said.len() > 10, "{name}: {} spoiled ({kind}) was read", file.display());
                }
            }
            let _ = std::fs::remove_dir_all(&root);
            copy(&mini(name), &root);
            std::fs::remove_file(root.join(file.strip_prefix(mini(name)).unwrap())).unwrap();
            let _ = open(&spec, Some(&root));
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &to) } else { assert!(std::fs::copy(&path, &to).is_ok()) }
    }
}
