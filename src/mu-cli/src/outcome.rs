//! How a command ends that went through.

/// How a command ended.
pub(crate) enum Outcome {
    /// 0
    Well,
    /// 1: a point failed, or a check said no.
    Failed,
    /// 2: bad input or environment, already reported.
    Bad,
    /// 130: the run was asked to end; it can go on.
    Stopped,
}

impl Outcome {
    /// The exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Outcome::Well => 0,
            Outcome::Failed => 1,
            Outcome::Bad => 2,
            Outcome::Stopped => 130,
        }
    }
}
