//! Why something cannot be done: one shape for files, stores, engines and servers, and for mu's own mistakes.

use std::fmt::Display;

use crate::{Diagnostic, Sources};

/// Why something cannot be done: what is wrong, where, and the way out.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What is wrong, in lower case and without a full stop. Where it has no place in a source, it names the file or the
    /// thing; where findings say all of it, it is empty.
    pub what: String,
    /// Where: findings at their places, with the sources that they are in.
    pub found: Option<Box<(Vec<Diagnostic>, Sources)>>,
    /// The way out; empty where there is none to tell.
    pub help: String,
    /// Whose mistake it is.
    pub cause: Cause,
}

/// Whose mistake a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// What mu was given, or the machine that it runs on: there is a way out.
    Input,
    /// mu's: it contradicts itself.
    Bug,
}

impl Problem {
    /// What was given cannot be used.
    pub fn new(what: impl Display, help: impl Into<String>) -> Self {
        Self { what: what.to_string(), found: None, help: help.into(), cause: Cause::Input }
    }

    /// A program cannot be used: findings say where, and why.
    #[must_use]
    pub fn found(findings: Vec<Diagnostic>, sources: Sources) -> Self {
        Self { found: Some(Box::new((findings, sources))), ..Self::new("", "") }
    }

    /// mu contradicts itself: what it takes for granted is not so.
    pub fn bug(what: impl Display) -> Self {
        Self { cause: Cause::Bug, ..Self::new(what, "") }
    }
}
