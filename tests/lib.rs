//! What the tests of mu share, and what runs them: README.md says which tests there are.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "support/golden.rs"]
pub mod golden;
#[path = "support/harness.rs"]
pub mod harness;
#[path = "support/needs.rs"]
pub mod needs;
#[path = "support/study.rs"]
pub mod study;
#[path = "support/texts.rs"]
pub mod texts;
