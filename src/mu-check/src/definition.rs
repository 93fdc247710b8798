//! What a name of a file stands for.

use std::rc::Rc;

use mu_syntax::ast::{Declaration, Kind, Let, Name};

/// What a name of a file stands for.
#[derive(Clone, Debug)]
pub(crate) enum Definition {
    Let(Rc<Let>),
    Declaration(Rc<Declaration>),
}

impl Definition {
    pub(crate) fn name(&self) -> &Name {
        match self {
            Definition::Let(l) => &l.name,
            Definition::Declaration(d) => &d.name,
        }
    }

    /// Whether it is an experiment, or reports on one.
    pub(crate) fn is_view(&self) -> bool {
        let views = [Kind::Experiment, Kind::Table, Kind::Figure];
        matches!(self, Definition::Declaration(d) if views.contains(&d.kind))
    }
}
