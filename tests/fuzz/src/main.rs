//! The fuzzer: libFuzzer on the reader that `MU_READER` names.
#![no_main]

use std::cell::OnceCell;

use libfuzzer_sys::fuzz_target;
use mu_fuzz::{Reader, Scratch, reader};

thread_local! {
    static CHOSEN: OnceCell<(Reader, Scratch)> = const { OnceCell::new() };
}

fn chosen() -> (Reader, Scratch) {
    let name = std::env::var("MU_READER").unwrap_or_default();
    let found = reader(&name).zip(Scratch::new().ok());
    found.unwrap_or_else(|| {
        eprintln!("MU_READER={name} names no reader");
        std::process::abort();
    })
}

/// Writes the reader's seeds where `MU_SEEDS` says, for the fuzzer to begin with.
fn write_seeds() {
    let Some(folder) = std::env::var_os("MU_SEEDS") else { return };
    CHOSEN.with(|cell| {
        for (at, seed) in (cell.get_or_init(chosen).0.seeds)().iter().enumerate() {
            if let Err(error) = std::fs::write(std::path::Path::new(&folder).join(format!("{at}")), seed) {
                eprintln!("cannot write seeds: {error}");
                std::process::abort();
            }
        }
    });
}

fuzz_target!(init: write_seeds(), |bytes: &[u8]| {
    CHOSEN.with(|cell| {
        let (reader, scratch) = cell.get_or_init(chosen);
        (reader.read)(scratch, bytes);
    });
});
