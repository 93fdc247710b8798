//! A store that two users of one group share: each reads what the other made, and neither can take it away.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use mu_step::{Failure, FailureKind, ModuleSpec, StepSpec};
use mu_store::{Begin, Meta, Store};

use crate::harness::{SMALL, bin, text, write};
use crate::needs;

/// A step whose object is one file.
fn spec(n: usize) -> StepSpec {
    StepSpec::Module(ModuleSpec { digest: n.to_string() })
}

fn put(store: &Store, n: usize, bytes: &[u8]) {
    let Begin::Draft(draft) = store.begin(spec(n).key()).unwrap() else { return };
    draft.write("module.pt", bytes).unwrap();
    let spec = serde_json::to_value(spec(n)).unwrap();
    let meta = serde_json::json!({ "spec": spec, "mu": "test", "environment": {}, "seconds": 1.0 });
    draft.commit(serde_json::from_value::<Meta>(meta).unwrap()).unwrap();
}

/// A umask that lets nobody else in does not close a group's store, and one that lets all in does not open a private one.
#[test]
fn modes_follow_the_folder_whatever_the_umask() {
    if let Some(root) = std::env::var_os("MU_TEST_STORE") {
        return fill_a_store(Path::new(&root));
    }
    for (mode, umask) in [(0o2770, 0o077), (0o770, 0o022), (0o700, 0o000), (0o755, 0o077)] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("store");
        std::fs::create_dir(&root).unwrap();
        std::fs::set_permissions(&root, std::fs::Permissions::from_mode(mode)).unwrap();
        // The umask is the whole process's, so it is set in one of its own: this test, once more.
        let own = std::env::current_exe().unwrap();
        let line =
            format!("umask {umask:o}; exec \"$0\" --exact group::modes_follow_the_folder_whatever_the_umask");
        let child = Command::new("sh").args(["-c", &line]).arg(&own).env("MU_TEST_STORE", &root).output();
        let child = child.unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        let mut seen = 0;
        let mut open = vec![root.clone()];
        while let Some(at) = open.pop() {
            for entry in std::fs::read_dir(&at).unwrap() {
                let path = entry.unwrap().path();
                let found = path.metadata().unwrap();
                let right = if found.is_dir() { mode } else { mode & 0o666 };
                assert_eq!(found.permissions().mode() & 0o2777, right, "{}", path.display());
                seen += 1;
                if found.is_dir() {
                    open.push(path);
                }
            }
        }
        assert!(seen > 20, "{seen} files and folders");
    }
}

/// All kinds of files that a store has.
fn fill_a_store(root: &Path) {
    let store = Store::open(root).unwrap();
    put(&store, 1, b"x");
    put(&store, 2, b"x");
    put(&store, 3, b"x");
    let root = mu_store::Root { file: "a.mu".into(), keys: vec![spec(1).key()], ..mu_store::Root::default() };
    std::mem::forget(store.keep(&root).unwrap());
    store.pin(spec(2).key()).unwrap();
    store.record_failure(spec(5).key(), &Failure::new(FailureKind::Kernel, "no")).unwrap();
    store.keep_bookmark(spec(4).key(), b"half way").unwrap();
    store.keep_job("job.json", b"{}").unwrap();
    mu_store::Catalog::open(&store).unwrap();
    store.set_aside(spec(2).key()).unwrap();
    let bundle = tempfile::NamedTempFile::new().unwrap();
    store.export(&[spec(1).key()], &mu_store::Head::default(), bundle.path()).unwrap();
    assert!(store.collect().unwrap().remove(spec(3).key()).unwrap());
    store.import(bundle.path(), &|_| "b.mu".to_owned()).unwrap();
}

/// The group that owns the store, by number. Nobody has to be in a list of users for that.
const GROUP: &str = "64001";

/// Runs `mu` as a user, in that group and a group of the user's own, with a umask that lets nobody else in.
fn mu_as(user: &str, group: &str, home: &Path, store: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid",
        user,
        "--regid",
        user,
        "--groups",
        group,
        "sh",
        "-c",
        "umask 077; exec \"$@\"",
        "sh",
    ]);
    command.arg(bin("mu")).args(arguments).arg("--store").arg(store);
    command.env("HOME", home).env("XDG_CACHE_HOME", home).env_remove("MU_STORE").output().unwrap()
}

#[test]
#[ignore = "needs setpriv and root: make group"]
fn a_group_shares_a_store_and_nobody_loses_anything() {
    needs::programs(&["setpriv"]);
    needs::superuser();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mode = |path: &Path, mode: u32| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let own = |path: &Path, owner: &str| {
        assert!(Command::new("chown").arg(owner).arg(path).status().unwrap().success());
    };
    mode(folder.path(), 0o755);
    // What README says: a folder of the group's, and the bit that hands the group on.
    let store = at("store");
    std::fs::create_dir(&store).unwrap();
    own(&store, &format!("0:{GROUP}"));
    mode(&store, 0o2770);
    let changed = SMALL.replace("lr: 1e-3", "lr: 2e-3");
    let users = [("64011", SMALL), ("64012", changed.as_str())].map(|(user, study)| {
        let home = at(user);
        std::fs::create_dir(&home).unwrap();
        let file = write(&home, "study.mu", study);
        own(&home, user);
        mode(&file, 0o644);
        (user, home, file.to_string_lossy().into_owned())
    });
    let run = |(user, home, file): &(&str, std::path::PathBuf, String), command: &[&str]| {
        let arguments: Vec<&str> =
            command.iter().map(|word| if *word == "FILE" { file } else { *word }).collect();
        mu_as(user, GROUP, home, &store, &arguments)
    };
    let [one, two] = &users;
    let first = run(one, &["run", "FILE"]);
    assert!(first.status.success(), "{}", text(&first.stderr));
    // The second user has only what differs to compute.
    let second = run(two, &["run", "FILE"]);
    assert!(second.status.success(), "{}", text(&second.stderr));
    assert!(text(&second.stderr).contains("24 steps ran, 46 were in the store"), "{}", text(&second.stderr));
    // What either collects is nobody's.
    for user in [one, two] {
        let gc = run(user, &["store", "gc", "--yes"]);
        assert_eq!(text(&gc.stdout), "everything in the store is needed\n", "{}", text(&gc.stderr));
    }
    let table = run(two, &["table", "FILE"]);
    let forgotten = run(one, &["store", "gc", "--yes", "--forget", "FILE"]);
    assert!(text(&forgotten.stdout).contains("24 objects were removed"), "{}", text(&forgotten.stdout));
    let again = run(two, &["table", "FILE"]);
    assert!(text(&again.stdout).contains('±'), "{}", text(&again.stderr));
    assert_eq!(text(&again.stdout), text(&table.stdout), "what the other user needs is there");
    // A record that one user cannot read keeps everything.
    let record = std::fs::read_dir(store.join("roots")).unwrap().next().unwrap().unwrap().path();
    mode(&record, 0o600);
    let objects = mu_store::Store::read_only(&store).keys().len();
    let refused = run(one, &["store", "gc", "--yes"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = text(&refused.stderr);
    assert!(said.contains("says what must be kept, and cannot be read: Permission denied"), "{said}");
    assert!(said.contains(&record.display().to_string()), "{said}");
    assert_eq!(mu_store::Store::read_only(&store).keys().len(), objects);
    mode(&record, 0o660);
    assert!(run(one, &["store", "gc", "--yes"]).status.success());
    // Who is not in the group sees nothing.
    let (_, home, file) = one;
    let stranger = mu_as("64013", "64013", home, &store, &["table", file.as_str()]);
    assert!(!text(&stranger.stdout).contains('±'), "{}", text(&stranger.stdout));
}
