//! Whole studies as users run them: `.mu` in, exact output out, objects in a store between. `mu` and `mu-engine` must have been built
//! (`make test` does).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod checkpoints;
mod classes;
mod data;
mod denoisers;
mod disks;
mod engine;
mod everyday;
mod exports;
mod functions;
mod group;
mod network;
mod output;
mod programs;
mod report;
mod requests;
mod running;
mod science;
mod slurm;
mod sources;
mod survival;
mod traps;

use mu_tests::{harness, needs, texts};
