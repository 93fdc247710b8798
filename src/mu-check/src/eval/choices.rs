//! Which positions an evaluation takes on axes.

use std::rc::Rc;

use crate::value::Value;

/// The position that is taken on an axis.
pub(super) struct Choice {
    pub(super) axis: String,
    pub(super) taken: usize,
    pub(super) of: usize,
    pub(super) label: String,
    pub(super) full: String,
    /// The positions, where they were computed.
    pub(super) items: Option<Rc<Vec<Value>>>,
}

/// The positions that the evaluation takes on the axes that it meets.
#[derive(Default)]
pub(super) struct Choices {
    pub(super) allowed: bool,
    /// Where in the field the evaluation is: `forget`, `budget`.
    pub(super) path: Vec<String>,
    pub(super) made: Vec<Choice>,
    pub(super) next: usize,
}

impl Choices {
    pub(super) fn suspend(&mut self) -> bool {
        std::mem::replace(&mut self.allowed, false)
    }
    pub(super) fn resume(&mut self, allowed: bool) {
        self.allowed = allowed;
    }
}
