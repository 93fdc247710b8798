//! Every reader reads its seeds, its corpus, and some damaged copies of both.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::{Scratch, corpus, readers};

#[test]
fn every_reader_survives_what_was_found() {
    let scratch = Scratch::new().unwrap();
    for reader in readers() {
        let seeds = (reader.seeds)();
        assert!(!seeds.is_empty(), "{} has no seeds", reader.name);
        for input in seeds.iter().chain(&corpus(reader.name)) {
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

/// The input, cut off in places, and with single bits changed: always the same ones.
fn copies(input: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![input.to_vec()];
    let large = input.len() > 1 << 12;
    let count = if large { 1 } else { 3 };
    for n in 0..count {
        let digest = blake3::hash(&[input, &[n]].concat());
        let place = |at: usize| {
            let bytes = digest.as_bytes();
            usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]])) % input.len().max(1)
        };
        all.push(input[..place(0).min(input.len())].to_vec());
        let mut changed = input.to_vec();
        if let Some(byte) = changed.get_mut(place(2)) {
            *byte ^= 1 << (digest.as_bytes()[4] % 8);
        }
        all.push(changed);
    }
    all
}

/// A folder of a corpus without a reader would never be read.
#[test]
fn every_corpus_has_a_reader() {
    let folders = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")).unwrap();
    let folders: BTreeSet<String> = folders.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let names: BTreeSet<String> = readers().iter().map(|r| r.name.to_owned()).collect();
    assert_eq!(folders, names);
}
