//! What becomes of measured numbers: cells, marks, tests of significance, verdicts. The numbers are made up, the results worked out by
//! hand.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod claim;
mod study;
mod table;
