//! What a step gives to programs of the user's.

use mu_step::{StepKey, View};
use mu_store::Draft;

use crate::context::Context;

/// What programs are given beside the network.
pub(crate) struct Outside<'a> {
    pub(crate) context: &'a Context,
    pub(crate) draft: &'a Draft,
    pub(crate) data: StepKey,
    pub(crate) view: &'a View,
    /// Whether the program is all that the procedure does: then its own state is kept.
    pub(crate) alone: bool,
}
