//! Every change on disk fails once, in every way: what was there stays, what is there is whole, and a second try succeeds.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mu_step::{Failure, FailureKind, ModuleSpec, StepSpec};

use super::tests::{VALUE, meta, put, spec};
use super::*;
use crate::disk::fault::{self, Ended, Kind};
use crate::{BundleError, Head, Root};

/// An object that says the truth about what made it.
fn make(store: &Store, n: usize) -> Result<Object, StoreError> {
    match store.begin(spec(n).key())? {
        Begin::Draft(draft) => {
            draft.write(VALUE, format!("value {n}").as_bytes())?;
            draft.commit(meta(n))
        }
        Begin::Exists(object) => Ok(object),
        Begin::Busy(holder) => panic!("{holder}"),
    }
}

/// All that changes a store, one after the other.
fn work(store: &Path, bundle: &Path) -> Result<(), StoreError> {
    let plain = |e: BundleError| match e {
        BundleError::Store(error) => error,
        BundleError::Bad { path, problem } => StoreError::Damaged { path, problem },
    };
    let store = Store::open(store)?;
    make(&store, 1)?;
    store.keep_bookmark(spec(2).key(), b"half way")?;
    make(&store, 2)?;
    store.record_failure(spec(3).key(), &Failure::new(FailureKind::Kernel, "no"))?;
    make(&store, 3)?;
    let mut kept = store.keep(&Root { file: "a.mu".into(), keys: vec![spec(1).key()], ..Root::default() })?;
    kept.again(&Root { file: "a.mu".into(), keys: vec![spec(1).key()], ..Root::default() })?;
    drop(kept);
    store.pin(spec(2).key())?;
    store.unpin(spec(2).key())?;
    make(&store, 4)?;
    store.collect()?.remove(spec(4).key())?;
    store.import(bundle, &|_| "b.mu".to_owned()).map_err(plain)?;
    Ok(())
}

/// What is there is whole, says what it is, and nothing that was reported done is gone.
fn check(store: &Store, at: &str) {
    for key in store.keys() {
        let object = store.get(key).unwrap_or_else(|e| panic!("{at}: {e}")).unwrap();
        let spec: StepSpec = serde_json::from_value(object.meta.spec.clone()).unwrap();
        assert_eq!(spec.key(), key, "{at}");
        let StepSpec::Module(ModuleSpec { digest }) = spec else { panic!("{at}") };
        assert_eq!(object.read(VALUE).unwrap(), format!("value {digest}").as_bytes(), "{at}");
    }
    if let Some(bookmark) = store.bookmark(spec(2).key()) {
        assert_eq!(bookmark, b"half way", "{at}");
    }
    let (roots, unknown) = store.roots().unwrap();
    assert!(unknown.is_empty(), "{at}: {unknown:?}");
    for root in roots {
        assert!(root.file == "a.mu" || root.file == "b.mu", "{at}");
    }
}

#[test]
fn every_change_may_fail() {
    let other = tempfile::tempdir().unwrap();
    let source = Store::open(other.path()).unwrap();
    make(&source, 5).unwrap();
    make(&source, 6).unwrap();
    let bundle = other.path().join("bundle");
    let head = Head::default();
    source.export(&[spec(5).key(), spec(6).key()], &head, &bundle).unwrap();

    // Processes that end are no news.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.payload().is::<Ended>() {
            usual(info);
        }
    }));
    let mut faults = 0;
    for kind in [Kind::Full, Kind::Broken, Kind::Short, Kind::Crash, Kind::CrashShort] {
        for n in 0.. {
            // In memory, where that can be had: thousands of changes are made durable here.
            let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
            let at = format!("{kind:?} at change {n}");
            fault::set(n, kind);
            let ended = catch_unwind(AssertUnwindSafe(|| work(folder.path(), &bundle)));
            if fault::clear() {
                // The work was over before.
                assert!(matches!(ended, Ok(Ok(()))), "{at}");
                break;
            }
            faults += 1;
            match ended {
                Err(panic) => assert!(panic.is::<Ended>(), "{at}: another panic"),
                Ok(Err(error)) => assert!(error.to_string().contains("os error"), "{at}: {error}"),
                // Clearing away what is of no use any more may fail in silence.
                Ok(Ok(())) => {}
            }
            check(&Store::read_only(folder.path()), &at);
            work(folder.path(), &bundle).unwrap_or_else(|e| panic!("{at}, again: {e}"));
            let store = Store::open(folder.path()).unwrap();
            check(&store, &at);
            let there: Vec<bool> = [1, 2, 3, 4, 5, 6].map(|n| store.contains(spec(n).key())).into();
            assert_eq!(there, [true, true, true, false, true, true], "{at}");
            assert_eq!(store.roots().unwrap().0.len(), 2, "{at}");
        }
    }
    assert!(faults > 200, "{faults} faults");
}

#[test]
fn foreign_and_damaged_bundles_bring_nothing_in() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let source = Store::open(&one).unwrap();
    make(&source, 1).unwrap();
    let bundle = folder.path().join("bundle");
    source.export(&[spec(1).key()], &Head::default(), &bundle).unwrap();
    let bytes = fs::read(&bundle).unwrap();
    let store = Store::open(&two).unwrap();
    let changed = folder.path().join("changed");
    let mut refused = 0;
    for at in (0..bytes.len()).step_by(7) {
        let mut other = bytes.clone();
        other[at] ^= 0x40;
        fs::write(&changed, &other).unwrap();
        // A byte of padding or of a header that nobody reads changes nothing.
        match store.import(&changed, &|_| "b.mu".to_owned()) {
            Err(_) => refused += 1,
            Ok(_) => {
                assert_eq!(store.get(spec(1).key()).unwrap().unwrap().read(VALUE).unwrap(), b"value 1")
            }
        }
        if store.contains(spec(1).key()) {
            store.remove(spec(1).key()).unwrap();
        }
    }
    assert!(refused > 100, "{refused}");
    for cut in [0, 100, bytes.len() / 3, bytes.len() / 2] {
        fs::write(&changed, &bytes[..cut]).unwrap();
        assert!(store.import(&changed, &|_| "b.mu".to_owned()).is_err(), "cut to {cut}");
    }
    // An object under another's key, and a path that leads elsewhere.
    for name in [format!("objects/{}/module.pt", spec(2).key()), "objects/../../evil".to_owned()] {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, bytes) in [
            ("bundle.json".to_owned(), serde_json::to_vec(&Head::default()).unwrap()),
            (name.clone(), b"x".to_vec()),
        ] {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            let _ = header.set_path(&name);
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, bytes.as_slice()).unwrap();
        }
        fs::write(&changed, archive.into_inner().unwrap()).unwrap();
        assert!(store.import(&changed, &|_| "b.mu".to_owned()).is_err(), "{name}");
        assert!(!folder.path().join("evil").exists() && store.keys().is_empty());
    }
}

#[test]
fn gc_keeps_what_runs_what_is_pinned_and_what_it_came_from() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let [one, two] = [make(&store, 1), make(&store, 2)].map(|o| o.unwrap().path("").exists());
    assert!(one && two);
    put(&store, 3, b"x");
    store.record_root(&Root { file: "a.mu".into(), keys: vec![spec(1).key()], ..Root::default() }).unwrap();
    store.pin(spec(2).key()).unwrap();
    let needed = store.needed().unwrap();
    assert_eq!([1, 2, 3].map(|n| needed.contains(&spec(n).key())), [true, true, false]);
    // A key that is being made is not removed.
    let held = store.begin(spec(9).key()).unwrap();
    assert!(matches!(&held, Begin::Draft(_)));
    assert!(!store.remove(spec(9).key()).unwrap());
    assert_eq!(store.running().len(), 1);
    assert!(store.running()[0].1.contains(&format!("process {}", std::process::id())));
}
