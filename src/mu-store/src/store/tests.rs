use super::*;
use crate::Meta;
use mu_step::FailureKind;

/// A step with a file of its own, `VALUE`.
pub(super) fn spec(n: usize) -> StepSpec {
    StepSpec::Module(mu_step::ModuleSpec { digest: n.to_string() })
}

pub(super) const VALUE: &str = "module.pt";

pub(super) fn meta(n: usize) -> Meta {
    let environment = std::collections::BTreeMap::new();
    Meta {
        spec: serde_json::to_value(spec(n)).unwrap(),
        mu: "test".into(),
        environment,
        seconds: 1.0,
        flops: 0.0,
        peak: None,
        device_peak: None,
        made: 0,
        files: Default::default(),
    }
}

pub(super) fn put(store: &Store, n: usize, bytes: &[u8]) -> Object {
    match store.begin(spec(n).key()).unwrap() {
        Begin::Draft(draft) => {
            draft.write(VALUE, bytes).unwrap();
            draft.commit(meta(n)).unwrap()
        }
        Begin::Exists(object) => object,
        Begin::Busy(holder) => panic!("{holder}"),
    }
}

#[test]
fn an_object_is_there_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let key = spec(1).key();
    if let Begin::Draft(draft) = store.begin(key).unwrap() {
        draft.write(VALUE, b"half").unwrap();
    }
    assert!(!store.contains(key), "a dropped draft leaves nothing");
    put(&store, 1, b"whole");
    assert_eq!(store.get(key).unwrap().unwrap().read(VALUE).unwrap(), b"whole");
    assert_eq!(put(&store, 1, b"other").read(VALUE).unwrap(), b"whole", "what exists is not made again");
}

#[test]
fn one_flipped_bit_anywhere_is_noticed_and_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for (n, name) in [VALUE, "meta.json", "meta.b3"].into_iter().enumerate() {
        let key = spec(n).key();
        put(&store, n, b"bytes of the object");
        let path = store.object(key).join(name);
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(matches!(store.get(key), Err(StoreError::Damaged { .. })), "{name}");
        assert_eq!(store.quarantine_damaged(&[key]).unwrap().len(), 1);
        assert!(!store.contains(key));
    }
}

#[test]
fn a_failure_is_remembered_until_the_step_succeeds() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let key = spec(2).key();
    let failure = Failure::new(FailureKind::Diverged, "loss is NaN in epoch 3");
    store.record_failure(key, &failure).unwrap();
    assert_eq!(store.failure(key), Some(failure));
    put(&store, 2, b"better now");
    assert_eq!(store.failure(key), None);
}

#[test]
fn another_format_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    Store::open(folder.path()).unwrap();
    fs::write(folder.path().join("FORMAT"), "99\n").unwrap();
    assert!(matches!(Store::open(folder.path()), Err(StoreError::Format { found, .. }) if found == "99"));
}

#[test]
fn temporary_files_go_when_they_are_old_whatever_the_clock_says_now() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let now = std::time::SystemTime::now();
    let day = Duration::from_secs(86_400);
    for (name, at) in [(".old", now - 2 * day), (".new", now), (".from_tomorrow", now + day)] {
        let file = File::create(folder.path().join("drafts").join(name)).unwrap();
        file.set_modified(at).unwrap();
    }
    store.sweep_drafts();
    let left = |name: &str| folder.path().join("drafts").join(name).exists();
    assert!(!left(".old") && left(".new") && left(".from_tomorrow"));
}

#[test]
fn the_index_is_a_copy_that_mends_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let listed = || -> Vec<StepKey> {
        let entries = crate::Catalog::open(&store).unwrap().entries().unwrap();
        entries.iter().map(|e| e.key).collect()
    };
    assert!(listed().is_empty());
    for n in 0..5 {
        put(&store, n, b"x");
    }
    assert_eq!(listed().len(), 5, "what is new is added");
    assert!(store.remove(spec(0).key()).unwrap());
    assert_eq!(listed().len(), 4, "what is gone is forgotten");
    fs::write(folder.path().join("catalog.sqlite"), b"no database").unwrap();
    assert_eq!(listed().len(), 4, "what is damaged is built anew");
    assert_eq!(crate::Catalog::reindex(&store).unwrap(), 4);
    // Where nothing can be written it is built in memory.
    let gone = Store::read_only(Path::new("/proc/no-such-store"));
    assert!(crate::Catalog::open(&gone).unwrap().entries().unwrap().is_empty());
}

#[test]
fn a_lock_that_does_not_reach_another_machine_makes_one_object_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let key = spec(1).key();
    let draft = |bytes: &[u8]| match store.begin(key).unwrap() {
        Begin::Draft(draft) => {
            draft.write(VALUE, bytes).unwrap();
            draft
        }
        _ => panic!("the key is free"),
    };
    let ours = draft(b"ours");
    // The other machine does not see our lock: the file behind it is another one there.
    fs::remove_file(folder.path().join("locks").join(key.to_string())).unwrap();
    let theirs = draft(b"theirs");
    theirs.commit(meta(1)).unwrap();
    let kept = ours.commit(meta(1)).unwrap();
    assert_eq!(kept.read(VALUE).unwrap(), b"theirs", "the first one stays");
    assert_eq!(store.get(key).unwrap().unwrap().read(VALUE).unwrap(), b"theirs");
    assert_eq!(store.keys().len(), 1);
}

#[test]
fn an_object_is_what_its_key_says_or_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let refused = |n: usize, why: &str| {
        let error = store.get(spec(n).key()).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
        assert_eq!(store.quarantine_damaged(&[spec(n).key()]).unwrap().len(), 1);
    };
    // Two that lie in each other's place, each whole.
    (1..3).for_each(|n| drop(put(&store, n, b"x")));
    let [one, two] = [1, 2].map(|n| store.object(spec(n).key()));
    let aside = folder.path().join("aside");
    for (from, to) in [(&one, &aside), (&two, &one), (&aside, &two)] {
        fs::rename(from, to).unwrap();
    }
    refused(1, "its key is not that of the step");
    refused(2, "its key is not that of the step");
    // One that lists no file, or another's, with a right digest of that.
    for (n, files, why) in [
        (3, serde_json::json!({}), "it has no module.pt"),
        (4, serde_json::json!({ "module.pt": "0", "../x": "0" }), "not its own: ../x"),
        (5, serde_json::json!({ "module.pt": "0", "/etc/passwd": "0" }), "not its own: /etc/passwd"),
    ] {
        put(&store, n, b"x");
        let at = store.object(spec(n).key());
        let mut meta: serde_json::Value =
            serde_json::from_slice(&fs::read(at.join("meta.json")).unwrap()).unwrap();
        meta["files"] = files;
        let text = serde_json::to_vec(&meta).unwrap();
        fs::write(at.join("meta.b3"), blake3::hash(&text).to_hex().as_str()).unwrap();
        fs::write(at.join("meta.json"), text).unwrap();
        refused(n, why);
    }
    // One that was never made whole is no object.
    let Begin::Draft(draft) = store.begin(spec(6).key()).unwrap() else { panic!("the key is free") };
    assert!(draft.commit(meta(6)).unwrap_err().to_string().contains("it has no module.pt"));
    assert!(!store.contains(spec(6).key()));
}

#[test]
fn only_plain_files_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for (n, name) in [VALUE, "meta.json", "meta.b3"].into_iter().enumerate() {
        put(&store, n, b"x");
        let at = store.object(spec(n).key()).join(name);
        for device in ["/dev/zero", "/dev/tty"] {
            fs::remove_file(&at).unwrap();
            std::os::unix::fs::symlink(device, &at).unwrap();
            assert!(matches!(store.get(spec(n).key()), Err(StoreError::Damaged { .. })), "{name}");
        }
    }
    fs::create_dir(folder.path().join("roots")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("roots/x.json")).unwrap();
    assert!(store.collect().unwrap_err().to_string().contains("it is no plain file"));
}

#[test]
fn what_a_run_needs_stays_while_it_runs_and_what_cannot_be_read_keeps_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    (1..4).for_each(|n| drop(put(&store, n, b"x")));
    let root =
        |n: usize| crate::Root { file: "a.mu".into(), keys: vec![spec(n).key()], ..crate::Root::default() };
    let first = store.keep(&root(1)).unwrap();
    // The same file, changed, is run while the first run goes on.
    let second = store.keep(&root(2)).unwrap();
    let needs = |n: usize| store.collect().unwrap().needs(spec(n).key());
    assert_eq!([1, 2, 3].map(needs), [true, true, false]);
    drop(first);
    assert_eq!([1, 2, 3].map(needs), [false, true, false], "the run is over");
    drop(second);
    assert_eq!([1, 2, 3].map(needs), [false, true, false], "the file is what it is kept for");
    // A process that ended without a word holds nothing.
    fs::write(folder.path().join("live/dead.json"), serde_json::to_vec(&root(3)).unwrap()).unwrap();
    assert!(!needs(3) && !folder.path().join("live/dead.json").exists());
    // What cannot be read stops all.
    let roots = folder.path().join("roots");
    let record = fs::read_dir(&roots).unwrap().next().unwrap().unwrap().path();
    let whole = fs::read(&record).unwrap();
    fs::write(&record, &whole[..whole.len() / 2]).unwrap();
    let error = store.collect().unwrap_err().to_string();
    assert!(error.contains("says what must be kept, and cannot be read: it is damaged"), "{error}");
    fs::write(&record, whole).unwrap();
    store.pin(spec(1).key()).unwrap();
    fs::write(store.object(spec(1).key()).join("meta.json"), "{").unwrap();
    assert!(matches!(store.collect(), Err(StoreError::Damaged { .. })), "what a pinned object was made from");
}

#[test]
fn nothing_is_removed_while_a_run_says_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    put(&store, 1, b"x");
    let collection = store.collect().unwrap();
    let (begun, ready) = (std::sync::mpsc::channel(), std::sync::mpsc::channel());
    std::thread::scope(|scope| {
        let run = scope.spawn(|| {
            begun.0.send(()).unwrap();
            let root =
                crate::Root { file: "a.mu".into(), keys: vec![spec(1).key()], ..crate::Root::default() };
            let kept = store.keep(&root).unwrap();
            ready.0.send(store.contains(spec(1).key())).unwrap();
            kept
        });
        begun.1.recv().unwrap();
        assert!(ready.1.try_recv().is_err(), "the run waits");
        assert!(collection.remove(spec(1).key()).unwrap());
        drop(collection);
        assert!(!ready.1.recv().unwrap(), "the run sees what is gone");
        drop(run.join().unwrap());
    });
}
