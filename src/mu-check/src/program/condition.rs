//! Conditions on where a point stands.

/// A condition over the axes of one experiment. Of a point that is not on an axis, a comparison with that axis says
/// nothing: it neither keeps the point nor drops it.
#[derive(Clone, Debug)]
pub enum Condition {
    /// The point's position on the axis is one of the allowed.
    On(usize, Vec<bool>),
    /// Both.
    And(Box<Condition>, Box<Condition>),
    /// At least one.
    Or(Box<Condition>, Box<Condition>),
    /// The opposite.
    Not(Box<Condition>),
}

impl Condition {
    /// What it says of a point with these positions on the axes: true, false, or nothing, by Kleene's three-valued logic.
    pub(super) fn says(&self, position: &dyn Fn(usize) -> Option<usize>) -> Option<bool> {
        match self {
            Condition::On(axis, allowed) => position(*axis).map(|at| allowed[at]),
            Condition::And(a, b) => match (a.says(position), b.says(position)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Condition::Or(a, b) => match (a.says(position), b.says(position)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Condition::Not(a) => a.says(position).map(|says| !says),
        }
    }
    /// The one position that it leaves on an axis.
    pub(crate) fn fixed_at(&self, axis: usize) -> Option<usize> {
        match self {
            Condition::On(on, allowed) if *on == axis && self.fixes(axis) => allowed.iter().position(|a| *a),
            Condition::And(a, b) => a.fixed_at(axis).or_else(|| b.fixed_at(axis)),
            Condition::Or(a, b) => a.fixed_at(axis).filter(|at| b.fixed_at(axis) == Some(*at)),
            Condition::On(..) | Condition::Not(_) => None,
        }
    }
    /// Whether it leaves an axis at one position.
    pub(crate) fn fixes(&self, axis: usize) -> bool {
        match self {
            Condition::On(on, allowed) => *on == axis && allowed.iter().filter(|a| **a).count() == 1,
            Condition::And(a, b) => a.fixes(axis) || b.fixes(axis),
            Condition::Or(a, b) => a.fixes(axis) && b.fixes(axis),
            Condition::Not(_) => false,
        }
    }
}
