//! Text → tree. Total: any text gives a tree and the list of what is wrong with it.

pub mod ast;
mod errors;
mod format;
pub mod lex;
mod lower;
mod number;
mod parse;

pub use format::{HasErrors, format};
pub use number::Number;
pub use parse::{Parsed, parse};
