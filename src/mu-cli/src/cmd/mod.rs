//! One file per sub-command.

pub(crate) mod check;
pub(crate) mod fmt;
pub(crate) mod plan;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod table;
