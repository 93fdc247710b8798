//! What earlier versions left in stores is read by this one: `tests/stores/README.md` has the policy. Each folder there has a store
//! as it was written, the study that it was written for, its plan, its tables, and a bundle.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mu_step::artefact::{
    self, Array, Cost, DataShape, ForgetList, Health, Log, Notes, Record, Rounds, TEST, TRAIN, Trials, Value,
};
use mu_store::{Object, Store};

use crate::harness::{mu, root, text};

/// The folders, oldest first.
fn fixtures() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("tests/stores")).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|e| e.unwrap().path()).filter(|p| p.is_dir()).collect();
    found.sort_by_key(|p| p.file_name().unwrap().to_str().unwrap().parse::<u32>().unwrap());
    assert!(!found.is_empty());
    found
}

/// The store of a fixture, laid out in a folder.
fn unpack(fixture: &Path, into: &Path) -> PathBuf {
    let status = std::process::Command::new("tar")
        .arg("-xzf")
        .arg(fixture.join("store.tar.gz"))
        .arg("-C")
        .arg(into)
        .status()
        .unwrap();
    assert!(status.success());
    into.join("store")
}

/// Reads one file of an object by the type that the name stands for.
fn read(object: &Object, name: &str) {
    fn record<R: Record>(object: &Object) -> R {
        object.record().unwrap()
    }
    fn whole(object: &Object, array: Array<i64>) {
        object.array(array).unwrap();
    }
    fn real(object: &Object, array: Array<f64>) {
        object.array(array).unwrap();
    }
    match name {
        DataShape::FILE => {
            let shape: DataShape = record(object);
            let bytes = |part, n: usize| {
                let length = std::fs::metadata(object.path(part)).unwrap().len();
                assert_eq!(length, n as u64 * (shape.channels * shape.canvas * shape.canvas) as u64);
            };
            bytes(TRAIN.images, shape.train);
            bytes(TEST.images, shape.test);
        }
        "train.images" | "test.images" | artefact::MODULE => assert!(!object.read(name).unwrap().is_empty()),
        "train.b3" | "test.b3" => assert_eq!(object.read(name).unwrap().len() % 32, 0),
        "train_labels.npy" => whole(object, TRAIN.labels),
        "test_labels.npy" => whole(object, TEST.labels),
        "train.npy" => whole(object, artefact::TRAINING),
        "validation.npy" => whole(object, artefact::VALIDATION),
        "forget.npy" => {
            let ForgetList(list) = record(object);
            assert_eq!(object.array(artefact::FORGET).unwrap(), list);
        }
        ForgetList::FILE => drop(record::<ForgetList>(object)),
        Notes::FILE => drop(record::<Notes>(object)),
        Rounds::FILE => drop(record::<Rounds>(object)),
        Trials::FILE => drop(record::<Trials>(object)),
        Health::FILE => drop(record::<Health>(object)),
        Value::FILE => drop(record::<Value>(object)),
        Cost::FILE => drop(record::<Cost>(object)),
        Log::FILE => drop(record::<Log>(object)),
        "scores.npy" => real(object, artefact::SCORES),
        "weights.npy" => real(object, artefact::WEIGHTS),
        "losses.npy" => real(object, artefact::LOSSES),
        "left_out_losses.npy" => real(object, artefact::LEFT_OUT_LOSSES),
        "model.safetensors" | "outputs.safetensors" | "groups.safetensors" => {
            let bytes = object.read(name).unwrap();
            assert!(!safetensors::SafeTensors::deserialize(&bytes).unwrap().is_empty());
        }
        _ => panic!("no reader for {name}: add it here"),
    }
}

#[test]
fn every_file_of_every_old_store_is_read() {
    for fixture in fixtures() {
        let folder = tempfile::tempdir().unwrap();
        let at = unpack(&fixture, folder.path());
        let store = Store::open(&at).unwrap();
        let (mut kinds, mut files) = (BTreeSet::new(), BTreeSet::new());
        for key in store.keys() {
            let object = store.get(key).unwrap().unwrap();
            kinds.insert(object.meta.spec["step"].as_str().unwrap().to_owned());
            for name in object.meta.files.keys() {
                read(&object, name);
                files.insert(name.clone());
            }
            let shown = mu().args(["show", &key.to_string(), "--store"]).arg(&at).output().unwrap();
            assert!(shown.status.success(), "{}", text(&shown.stderr));
        }
        assert_eq!(kinds.len(), 10, "a store has every kind of step: {kinds:?}");
        assert!(files.len() >= 20, "{files:?}");
        let verified = mu().args(["store", "verify", "--store"]).arg(&at).output().unwrap();
        assert!(verified.status.success(), "{}", text(&verified.stderr));
    }
}

/// A bundle is taken in, and its objects are those of the store that it was written from.
#[test]
fn every_old_bundle_is_taken_in() {
    for fixture in fixtures() {
        let folder = tempfile::tempdir().unwrap();
        let (at, own) = (unpack(&fixture, folder.path()), folder.path().join("own"));
        let bundle = folder.path().join("bundle");
        let packed = std::fs::File::open(fixture.join("bundle.gz")).unwrap();
        let mut into = std::fs::File::create(&bundle).unwrap();
        std::io::copy(&mut flate2::read::GzDecoder::new(packed), &mut into).unwrap();
        let texts = folder.path().join("texts");
        let mut import = mu();
        import.args(["store", "import"]).arg(&bundle).arg("--into").arg(&texts).arg("--store").arg(&own);
        let output = import.output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let (from, own) = (Store::open(&at).unwrap().keys(), Store::open(&own).unwrap().keys());
        assert!(own.len() >= 7 && own.is_subset(&from), "{} objects", own.len());
    }
}

/// The plan and the keys of all steps are those of the newest fixture: nothing has changed what a step is told. Where that was meant, raise the
/// version of the kind of step, say why in the commit, and write a new fixture with `tests/stores/make`; the old ones stay.
#[test]
fn keys_and_tables_are_those_of_the_newest_store() {
    let fixture = fixtures().pop().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = unpack(&fixture, folder.path());
    let study = fixture.join("study.mu");
    let none = folder.path().join("none");
    let steps = mu().arg("plan").arg(&study).arg("--steps").arg("--store").arg(&none).output().unwrap();
    let expected = std::fs::read_to_string(fixture.join("plan.txt")).unwrap();
    assert_eq!(text(&steps.stdout), expected, "the plan is another one than that of {}", fixture.display());
    let plan = mu().arg("plan").arg(&study).arg("--store").arg(&at).output().unwrap();
    let said = text(&plan.stdout);
    let all: Vec<&str> =
        said.lines().find(|l| l.starts_with("in all")).unwrap().split_whitespace().skip(2).collect();
    assert!(
        all[0] == all[1] && all[2] == "0",
        "steps have other keys than in {}:\n{said}",
        fixture.display()
    );
    let tables = mu().arg("table").arg(&study).arg("--store").arg(&at).output().unwrap();
    let expected = std::fs::read_to_string(fixture.join("tables.txt")).unwrap();
    assert_eq!(text(&tables.stdout), expected);
}
