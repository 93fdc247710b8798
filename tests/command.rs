//! `mu` at a prompt, where it needs no engine: messages to the letter, the language server, the commands around the language. `mu` must
//! have been built (`make check` does).
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod diagnostics;
mod lsp;
mod old_stores;
mod tools;

use mu_tests::{harness, texts};
