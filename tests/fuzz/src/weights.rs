//! Weights, pickles and TorchScript modules.

use std::io::{Cursor, Read, Write};
use std::ops::Deref;
use std::path::Path;
use std::sync::OnceLock;

use mu_checkpoint::{Checkpoint, Wanted};
use mu_data::ListOf;
use mu_step::LayerGraph;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::texts::program;
use crate::{Reader, Scratch, bytes, fixtures, tests};

const CHECKPOINTS: &str = "parity/fixtures/checkpoints";
const LISTS: &str = "miniatures/lists";

pub(crate) fn readers() -> Vec<Reader> {
    vec![
        Reader {
            name: "zip",
            read: |scratch, bytes| {
                checkpoint(&scratch.file("a.pth", bytes));
                list(scratch, "a.pt", bytes);
            },
            seeds: || fixtures(CHECKPOINTS, &[".pth", ".pth.tar"]).into_iter().filter(is_zip).collect(),
        },
        Reader {
            name: "legacy",
            read: |scratch, bytes| {
                checkpoint(&scratch.file("a.pth", bytes));
                list(scratch, "a.pt", bytes);
            },
            seeds: || {
                let all = [fixtures(CHECKPOINTS, &[".pth"]), fixtures(LISTS, &[".pt", ".pth"])].concat();
                all.into_iter().filter(|seed| !is_zip(seed)).collect()
            },
        },
        Reader {
            name: "safetensors",
            read: |scratch, bytes| checkpoint(&scratch.file("a.safetensors", bytes)),
            seeds: || fixtures(CHECKPOINTS, &[".safetensors"]),
        },
        Reader {
            name: "pickle",
            read: |scratch, bytes| {
                list(scratch, "a.pkl", bytes);
                // As the table of a file of torch.save, which has no checksum in its way then.
                let archive = with_member("plain.pth", "data.pkl", bytes);
                checkpoint(&scratch.file("a.pth", &archive));
                list(scratch, "a.pt", &archive);
            },
            seeds: || {
                let archives = [fixtures(CHECKPOINTS, &[".pth"]), fixtures(LISTS, &[".pt", ".pth"])].concat();
                let tables = archives.iter().filter(|a| is_zip(a)).flat_map(|a| members(a));
                let tables = tables.filter(|(name, _)| name.ends_with("data.pkl")).map(|(_, table)| table);
                let pickles = [fixtures(CHECKPOINTS, &[".pkl"]), fixtures(LISTS, &[".pkl"])].concat();
                tables.chain(pickles).collect()
            },
        },
        Reader {
            name: "torchscript",
            // The first byte says which member of an archive the rest takes the place of, or that it is the archive itself.
            read: |scratch, bytes| {
                let Some((which, rest)) = bytes.split_first() else { return };
                let names = script_members();
                let path = match names.get(usize::from(*which)) {
                    Some(name) => scratch.file("a.pt", &with_member("scripted.pt", name, rest)),
                    None => scratch.file("a.pt", rest),
                };
                let _ = mu_checkpoint::module(&path);
                let _ = mu_checkpoint::sealed(&path);
            },
            seeds: || {
                let whole = ["frozen.pt", "scripted.pt", "traced.pt", "writes.pt"];
                let mut seeds: Vec<Vec<u8>> = whole.map(|name| [&[255], &*fixture(name)].concat()).into();
                let all = members(&fixture("scripted.pt"));
                for (at, name) in script_members().iter().enumerate() {
                    let found = all.iter().filter(|(n, _)| n.ends_with(name.as_str()));
                    seeds.extend(found.map(|(_, member)| [&[at as u8], &**member].concat()));
                }
                seeds
            },
        },
        Reader {
            name: "npy",
            read: |scratch, bytes| {
                list(scratch, "a.npy", bytes);
                list(scratch, "a.npz", &zipped(&[("arr_0.npy".to_owned(), bytes.to_vec())]));
            },
            seeds: || fixtures(LISTS, &[".npy"]),
        },
    ]
}

fn fixture(name: &str) -> Vec<u8> {
    bytes(tests().join(CHECKPOINTS).join(name))
}

#[expect(clippy::ptr_arg, reason = "a filter of vectors")]
fn is_zip(bytes: &Vec<u8>) -> bool {
    bytes.starts_with(b"PK")
}

/// The members of a module whose bytes mean something to mu.
fn script_members() -> &'static [String] {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let names = members(&fixture("scripted.pt")).into_iter().map(|(name, _)| name);
        let below = names.map(|name| name.split_once('/').map_or(name.clone(), |(_, rest)| rest.to_owned()));
        below
            .filter(|name| name.ends_with(".py") || name.ends_with(".pkl") || name.ends_with("version"))
            .collect()
    })
}

fn members(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(archive)) else { return Vec::new() };
    let mut all = Vec::new();
    for at in 0..archive.len() {
        let Ok(mut member) = archive.by_index(at) else { continue };
        let (name, mut bytes) = (String::from_utf8_lossy(member.name_raw()).into_owned(), Vec::new());
        let _ = member.read_to_end(&mut bytes);
        all.push((name, bytes));
    }
    all
}

fn zipped(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in members {
        let _ = archive.start_file(name.as_str(), plain);
        let _ = archive.write_all(bytes);
    }
    archive.finish().map(Cursor::into_inner).unwrap_or_default()
}

/// An archive of the fixtures with another member.
fn with_member(archive: &str, name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut all = members(&fixture(archive));
    for (found, member) in &mut all {
        if found.ends_with(name) {
            bytes.clone_into(member);
        }
    }
    zipped(&all)
}

/// Everything that is done with a checkpoint: found, fitted to a network, loaded.
fn checkpoint(path: &Path) {
    let _ = mu_checkpoint::read(path);
    let Ok(mut checkpoint) = Checkpoint::open(path) else { return };
    let drawn = ["fc.weight".to_owned()];
    for drawn in [&[][..], &drawn] {
        if let Ok(fit) = checkpoint.fit(network(), Wanted { table: None, drawn }) {
            let _ = checkpoint.load(&fit);
            let _ = checkpoint.normalization(&fit);
        }
    }
}

/// The network of the fixtures.
fn network() -> &'static LayerGraph {
    static NETWORK: OnceLock<LayerGraph> = OnceLock::new();
    NETWORK.get_or_init(|| {
        program("experiment a { data = digits model = small_cnn(width: 2) train = training(1 epochs) forget = random(10%) unlearn = retrain measure = [ua] }")
            .experiments[0]
            .model[0]
            .value[0]
            .deref()
            .clone()
    })
}

/// A list of numbers, and what is made of it.
pub(crate) fn list(scratch: &Scratch, name: &str, bytes: &[u8]) {
    let path = scratch.file(name, bytes);
    for of in [ListOf::Samples, ListOf::Groups] {
        if let Ok(numbers) = mu_data::list(&path, of) {
            let _ = (numbers.digest(), numbers.samples(100), numbers.groups(100));
        }
    }
}
