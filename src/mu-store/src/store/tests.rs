use super::*;
use crate::Meta;
use mu_step::FailureKind;

pub(super) fn meta() -> Meta {
    let environment = std::collections::BTreeMap::new();
    Meta {
        spec: serde_json::json!(1),
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

pub(super) fn put(store: &Store, key: StepKey, bytes: &[u8]) -> Object {
    match store.begin(key).unwrap() {
        Begin::Draft(draft) => {
            draft.write("value", bytes).unwrap();
            draft.commit(meta()).unwrap()
        }
        Begin::Exists(object) => object,
        Begin::Busy(holder) => panic!("{holder}"),
    }
}

#[test]
fn an_object_is_there_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let key = StepKey::of("t", &1);
    if let Begin::Draft(draft) = store.begin(key).unwrap() {
        draft.write("value", b"half").unwrap();
    }
    assert!(!store.contains(key), "a dropped draft leaves nothing");
    put(&store, key, b"whole");
    assert_eq!(store.get(key).unwrap().unwrap().read("value").unwrap(), b"whole");
    assert_eq!(put(&store, key, b"other").read("value").unwrap(), b"whole", "what exists is not made again");
}

#[test]
fn one_flipped_bit_anywhere_is_noticed_and_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for name in ["value", "meta.json", "meta.b3"] {
        let key = StepKey::of("t", &name);
        put(&store, key, b"bytes of the object");
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
    let key = StepKey::of("t", &2);
    let failure = Failure::new(FailureKind::Diverged, "loss is NaN in epoch 3");
    store.record_failure(key, &failure).unwrap();
    assert_eq!(store.failure(key), Some(failure));
    put(&store, key, b"better now");
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
    let keys: Vec<StepKey> = (0..5).map(|n| StepKey::of("t", &n)).collect();
    let listed = || -> Vec<StepKey> {
        let entries = crate::Catalog::open(&store).unwrap().entries().unwrap();
        entries.iter().map(|e| e.key).collect()
    };
    assert!(listed().is_empty());
    for key in &keys {
        put(&store, *key, b"x");
    }
    assert_eq!(listed().len(), 5, "what is new is added");
    assert!(store.remove(keys[0]).unwrap());
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
    let key = StepKey::of("t", &1);
    let draft = |bytes: &[u8]| match store.begin(key).unwrap() {
        Begin::Draft(draft) => {
            draft.write("value", bytes).unwrap();
            draft
        }
        _ => panic!("the key is free"),
    };
    let ours = draft(b"ours");
    // The other machine does not see our lock: the file behind it is another one there.
    fs::remove_file(folder.path().join("locks").join(key.to_string())).unwrap();
    let theirs = draft(b"theirs");
    theirs.commit(meta()).unwrap();
    let kept = ours.commit(meta()).unwrap();
    assert_eq!(kept.read("value").unwrap(), b"theirs", "the first one stays");
    assert_eq!(store.get(key).unwrap().unwrap().read("value").unwrap(), b"theirs");
    assert_eq!(store.keys().len(), 1);
}
