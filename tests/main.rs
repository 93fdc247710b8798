//! Tests of mu as its users meet it: `.mu` in, exact output out. One binary, one module per subject.
//!
//! `mu` and `mu-engine` must have been built (`make build`); `INSTA_UPDATE=always` rewrites snapshots.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod bench;
mod checkpoints;
mod classes;
mod conformance;
mod data;
mod diagnostics;
mod disks;
mod engine;
mod exports;
mod format;
mod group;
mod harness;
mod lsp;
mod network;
mod output;
mod properties;
mod references;
mod report;
mod running;
mod science;
mod slurm;
mod sources;
mod survival;
mod tidy;
mod tools;
mod traps;
