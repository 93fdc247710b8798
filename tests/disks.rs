//! Real file systems that fill up, and that cannot be written: mounted for the test alone, in a namespace of its own. Where the
//! system lets nobody mount, the tests are skipped; faults of each kind are injected into every write by mu-store's own tests.

use std::path::Path;
use std::process::Command;

use crate::harness::{SMALL, bin, text, write};
use crate::needs;

/// Runs a script with a file system of its own at $DISK; its exit code and what it said.
fn with_disk(folder: &Path, size: &str, script: &str) -> (i32, String) {
    let disk = folder.join("disk");
    std::fs::create_dir(&disk).unwrap();
    needs::programs(&["unshare"]);
    let whole = format!("mount -t tmpfs -o size={size} tmpfs \"$DISK\" || exit 77\n{script}");
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &whole])
        .env("DISK", &disk)
        .env("MU", bin("mu"))
        .env("FILE", write(folder, "small.mu", SMALL))
        .env("NO_COLOR", "1")
        .env_remove("MU_STORE")
        .output();
    let output = output.unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    let code = output.status.code().unwrap_or(-1);
    // unshare itself fails with 1 and its name in front.
    if code == 77 || said.starts_with("unshare:") {
        needs::skip(&format!("nothing can be mounted here ({})", said.trim().replace('\n', "; ")));
    }
    (code, said)
}

#[test]
fn a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
        "$MU" run "$FILE" --store "$DISK/s" > "$DISK/../first" 2>&1
        echo "first $?"
        mount -o remount,size=200m "$DISK" || exit 77
        "$MU" run "$FILE" --store "$DISK/s" > "$DISK/../second" 2>&1
        echo "second $?"
        "$MU" store verify --store "$DISK/s"
        echo "verify $?"
    "#;
    let (_, said) = with_disk(folder.path(), "600k", script);
    let of = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    // Points that could not be stored failed; why, is said.
    assert!(said.contains("first 1") || said.contains("first 2"), "{said}\n{}", of("first"));
    assert!(of("first").to_lowercase().contains("no space left"), "{}", of("first"));
    assert!(said.contains("second 0") && said.contains("verify 0"), "{said}\n{}", of("second"));
    // The table is that of a run with room.
    let other = folder.path().join("other");
    let whole = crate::harness::run(&folder.path().join("small.mu"), &other, &[]);
    let table = text(&whole.stdout);
    assert!(!table.is_empty() && of("second").contains(table.trim()), "{table}\n{}", of("second"));
}

#[test]
fn a_store_that_cannot_be_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"
        "$MU" run "$FILE" --store "$DISK/s" > "$DISK/../first" 2>&1
        echo "run $?"
        mount -o remount,ro "$DISK" || exit 77
        for what in table plan results; do "$MU" $what "$FILE" --store "$DISK/s" > "$DISK/../$what" 2>&1; echo "$what $?"; done
        "$MU" store status --store "$DISK/s" > /dev/null; echo "status $?"
        sed 's/0\.\.2/0..3/' "$FILE" > "$DISK/../more.mu"
        "$MU" run "$DISK/../more.mu" --store "$DISK/s" 2>&1; echo "more $?"
        "$MU" store gc --store "$DISK/s" --yes 2>&1; echo "gc $?"
    "#;
    let (_, said) = with_disk(folder.path(), "200m", script);
    for works in ["run 0", "table 0", "plan 0", "results 0", "status 0"] {
        assert!(said.contains(works), "{works}: {said}");
    }
    assert!(said.contains("more 2") || said.contains("more 1"), "{said}");
    assert!(said.to_lowercase().contains("read-only"), "{said}");
}
