//! One file per sub-command.

pub(crate) mod check;
pub(crate) mod claims;
pub(crate) mod figure;
pub(crate) mod fmt;
pub(crate) mod plan;
pub(crate) mod results;
pub(crate) mod run;
pub(crate) mod table;
