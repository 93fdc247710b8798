//! The language and the code base, by calls of crates: no process is started, nothing but the repository is read. Part of `make check`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance;
mod footprint;
mod format;
mod holes;
mod library;
mod plans;
mod properties;
mod references;
mod tables;
mod tidy;

use mu_tests::{golden, harness, needs, study, texts};
