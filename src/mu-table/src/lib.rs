//! Numbers → tables: what each cell shows, how a table is written in each format, and what it was when it was committed.

mod export;
mod lock;
mod table;

pub use export::html::markup;
pub use export::{Format, export, tables};
pub use lock::{Lock, Locked, Stale, lock};
// What a cell holds.
pub use mu_numbers::Cell;
pub use table::{Filled, FilledCell, Note, fill};
