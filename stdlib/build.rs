#![allow(clippy::expect_used, reason = "a build script reports by panicking")]
//! Lists every `.mu` file below this folder, sorted, so that adding a declaration is adding a file.
use std::{env, fs, io::Write, path::Path};

fn collect(folder: &Path, out: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("stdlib is readable").map(|e| e.expect("stdlib is readable")) {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "mu") {
            out.push(path.to_str().expect("stdlib's names are UTF-8").to_owned());
        }
    }
}

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let mut files = Vec::new();
    collect(Path::new(&root), &mut files);
    files.sort();
    let to = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("files.rs");
    let mut out = fs::File::create(to).expect("OUT_DIR is writable");
    writeln!(out, "&[").expect("write");
    for file in files {
        let name = file[root.len() + 1..].to_owned();
        writeln!(out, "    File {{ name: \"std:{name}\", text: include_str!({file:?}) }},").expect("write");
    }
    writeln!(out, "]").expect("write");
    println!("cargo::rerun-if-changed={root}");
}
