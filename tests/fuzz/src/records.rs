//! What mu writes itself and finds again: objects, records of the store, bundles, files of steps, downloads, locked tables.

use std::fs;
use std::path::Path;

use mu_run::{Batch, Task};
use mu_step::artefact::Value;
use mu_step::{Failure, FailureKind, Job, SplitSpec, StepKey, StepSpec};
use mu_store::{Begin, Catalog, Head, Meta, Root, Store};
use mu_table::Lock;

use crate::scratch::put;
use crate::{Reader, Scratch, bytes, fixtures};

pub(crate) fn readers() -> Vec<Reader> {
    vec![
        Reader { name: "object", read: object, seeds: || written().map(|w| w.meta).into_iter().collect() },
        Reader { name: "record", read: record, seeds: || written().map(|w| w.records).unwrap_or_default() },
        Reader { name: "bundle", read: bundle, seeds: || written().map(|w| w.bundle).into_iter().collect() },
        Reader { name: "task", read: |_, bytes| task(bytes), seeds: || vec![a_task()] },
        Reader { name: "archive", read: archive, seeds: || fixtures("miniatures", &[".tar", ".zip"]) },
    ]
}

fn spec() -> StepSpec {
    let data = StepKey::of("fuzz", &0);
    StepSpec::Split(SplitSpec { data, validation: 0.1, seed: 1, numpy: false })
}

fn a_task() -> Vec<u8> {
    let spec = spec();
    let job = Job { key: spec.key(), spec, root: None, flops: 1.0, prefixes: Vec::new() };
    let batch = Batch { tasks: vec![Task { jobs: vec![(job, "split".to_owned())] }] };
    serde_json::to_vec(&batch).unwrap_or_default()
}

/// What a store has after a step.
struct Written {
    meta: Vec<u8>,
    records: Vec<Vec<u8>>,
    bundle: Vec<u8>,
}

/// Makes a step's object, as the engine would.
fn written() -> Option<Written> {
    let scratch = Scratch::new().ok()?;
    let store = Store::open(scratch.path()).ok()?;
    let key = spec().key();
    let Begin::Draft(draft) = store.begin(key).ok()? else { return None };
    for name in spec().files() {
        draft.write(name, b"\x93NUMPY").ok()?;
    }
    let meta = Meta {
        spec: serde_json::to_value(spec()).ok()?,
        mu: "0.1.0".to_owned(),
        environment: [("device".to_owned(), "cpu".to_owned())].into(),
        seconds: 1.5,
        flops: 1e6,
        peak: Some(1 << 20),
        device_peak: None,
        made: 1_700_000_000,
        files: Default::default(),
    };
    let object = draft.commit(meta).ok()?;
    let root =
        Root { file: "a.mu".to_owned(), at: 1, keys: vec![key], facts: serde_json::json!({ "data": {} }) };
    store.record_root(&root).ok()?;
    store.record_failure(key, &Failure::new(FailureKind::Diverged, "nan")).ok()?;
    let to = scratch.path().join("a.bundle");
    let texts = [("a.mu".to_owned(), "let a = 1".to_owned())].into();
    store.export(&[key], &Head { root, texts, main: "a.mu".to_owned() }, &to).ok()?;
    let mut lock = Lock { mu: "0.1.0".to_owned(), ..Lock::default() };
    lock.tables.insert("t".to_owned(), [("a b".to_owned(), Default::default())].into());
    let mut records = vec![serde_json::to_vec(&lock).ok()?];
    for folder in ["roots", "failures"] {
        records.extend(crate::files(&scratch.path().join(folder)).iter().map(bytes));
    }
    Some(Written { meta: bytes(object.path("meta.json")), records, bundle: bytes(to) })
}

/// An object with this `meta.json`, under the key of the step that it names: opened, peeked into, indexed.
fn object(scratch: &Scratch, bytes: &[u8]) {
    let meta = serde_json::from_slice::<Meta>(bytes).ok();
    let spec = meta.and_then(|m| serde_json::from_value::<StepSpec>(m.spec).ok());
    let key = spec.map_or_else(|| self::spec().key(), |spec| spec.key());
    let root = scratch.path().join("store");
    let Ok(store) = Store::open(&root) else { return };
    let folder = root.join("objects").join(&key.to_string()[..2]).join(key.to_string());
    put(&folder.join("meta.json"), bytes);
    put(&folder.join("meta.b3"), blake3::hash(bytes).to_hex().as_bytes());
    let _ = store.get(key);
    let _ = store.peek::<Value>(key);
    let _ = store.ancestry([key]);
    let _ = Catalog::open(&store).map(|catalog| catalog.entries());
    let _ = fs::remove_dir_all(folder);
}

/// The same bytes in the place of every small record.
fn record(scratch: &Scratch, bytes: &[u8]) {
    let root = scratch.path().join("store");
    let Ok(store) = Store::open(&root) else { return };
    let key = spec().key();
    let name = key.to_string();
    let places = [
        "roots/a.json",
        "live/a.json",
        &format!("failures/{name}.json"),
        &format!("pins/{name}"),
        &format!("locks/{name}"),
    ];
    places.iter().for_each(|place| put(&root.join(place), bytes));
    let _ = (store.roots(), store.pins(), store.failure(key), store.running(), store.needed().is_ok());
    let _ = store.collect().map(|collection| collection.needs(key));
    if let Ok(lock) = serde_json::from_slice::<Lock>(bytes) {
        let _ = lock.compare(&Lock::default());
        let _ = Lock::default().compare(&lock);
    }
    let _ = fs::remove_dir_all(root);
}

fn bundle(scratch: &Scratch, bytes: &[u8]) {
    let from = scratch.file("a.bundle", bytes);
    let Ok(store) = Store::open(&scratch.empty("store")) else { return };
    let _ = store.import(&from, &|head| head.main.clone());
    nothing_beside(scratch.path(), &["a.bundle", "store"]);
}

/// A file of steps, as far as a worker reads it before an engine is started.
fn task(bytes: &[u8]) {
    let Ok(batch) = serde_json::from_slice::<Batch>(bytes) else { return };
    for task in batch.tasks {
        let mut known = true;
        for (job, _) in &task.jobs {
            known &= job.spec.key() == job.key;
            let _ = (job.spec.inputs(), job.spec.files(), job.spec.word());
        }
        if known {
            let _ = task.graph();
        }
    }
}

/// A download, as each kind of archive.
fn archive(scratch: &Scratch, bytes: &[u8]) {
    for name in ["a.zip", "a.tar", "a.tar.gz"] {
        let from = scratch.file(name, bytes);
        let to = scratch.empty("unpacked");
        let _ = mu_fetch::unpack(&from, &to);
        let _ = fs::remove_file(from);
    }
    nothing_beside(scratch.path(), &["unpacked"]);
}

/// Nothing was written but where it may be.
fn nothing_beside(folder: &Path, allowed: &[&str]) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        assert!(allowed.iter().any(|a| name == *a), "{name:?} was written outside its folder");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seeds are what these readers accept.
    #[test]
    fn what_is_written_is_read() {
        let written = written().unwrap();
        let scratch = Scratch::new().unwrap();
        let store = Store::open(&scratch.empty("store")).unwrap();
        let from = scratch.file("a.bundle", &written.bundle);
        assert_eq!(store.import(&from, &|head| head.main.clone()).unwrap().added, 1);
        assert_eq!(written.records.len(), 3);
        serde_json::from_slice::<Batch>(&a_task()).unwrap();
    }
}
