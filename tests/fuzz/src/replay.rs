//! Every reader reads its seeds, its corpus, and some damaged copies of both.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::{Scratch, corpus, readers};

#[test]
#[cfg_attr(debug_assertions, ignore = "minutes without optimisation; `make test` runs it")]
fn every_reader_survives_what_was_found() {
    for reader in readers() {
        let scratch = Scratch::new().unwrap();
        let seeds = (reader.seeds)();
        assert!(!seeds.is_empty(), "{} has no seeds", reader.name);
        let found = corpus(reader.name).unwrap_or_else(|e| panic!("the corpus of {}: {e}", reader.name));
        assert!(!found.is_empty(), "{} has an empty corpus", reader.name);
        for input in seeds.iter().chain(&found) {
            for damaged in copies(input) {
                let read = catch_unwind(AssertUnwindSafe(|| (reader.read)(&scratch, &damaged)));
                if read.is_err() {
                    let at = std::env::temp_dir().join(format!("mu-{}", reader.name));
                    std::fs::write(&at, &damaged).unwrap();
                    panic!("the reader {} panicked at the bytes in {}", reader.name, at.display());
                }
            }
        }
    }
}

/// The input, cut off somewhere, and with a bit changed: always at the same places.
fn copies(input: &[u8]) -> [Vec<u8>; 3] {
    let digest = blake3::hash(input);
    let [a, b, c, d, bit, ..] = *digest.as_bytes();
    let place = |low: u8, high: u8| usize::from(u16::from_le_bytes([low, high])) % input.len().max(1);
    let mut changed = input.to_vec();
    if let Some(byte) = changed.get_mut(place(c, d)) {
        *byte ^= 1 << (bit % 8);
    }
    [input.to_vec(), input[..place(a, b)].to_vec(), changed]
}

/// A corpus without a reader would never be read.
#[test]
fn every_corpus_has_a_reader() {
    let archives = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")).unwrap();
    let archives: BTreeSet<String> =
        archives.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let names: BTreeSet<String> = readers().iter().map(|r| format!("{}.tar.gz", r.name)).collect();
    assert_eq!(archives, names);
}
