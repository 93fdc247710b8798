//! One file per sub-command.

pub(crate) mod check;
pub(crate) mod claims;
pub(crate) mod data;
pub(crate) mod diff;
pub(crate) mod doc;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod figure;
pub(crate) mod fmt;
pub(crate) mod indices;
pub(crate) mod lock;
pub(crate) mod log;
pub(crate) mod lsp;
pub(crate) mod new;
pub(crate) mod plan;
pub(crate) mod point;
pub(crate) mod report;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod shell;
pub(crate) mod show;
pub(crate) mod store;
pub(crate) mod table;
pub(crate) mod verify;
pub(crate) mod weights;
pub(crate) mod worker;
