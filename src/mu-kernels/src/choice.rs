//! `MU_KERNELS`: whether mu's own kernels may compute, or ATen's alone.

use std::ffi::OsStr;
use std::sync::OnceLock;

use crate::{Error, processor_fits};

/// The variable of the environment.
pub const VARIABLE: &str = "MU_KERNELS";

/// What the variable says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// Mu's kernels compute where they serve; where the variable is not set.
    #[default]
    Auto,
    /// ATen's kernels alone compute: a number that differs then comes from mu's.
    Aten,
}

impl Choice {
    fn of(value: Option<&OsStr>) -> Result<Self, Error> {
        match value.map(OsStr::to_string_lossy).as_deref() {
            None | Some("" | "auto") => Ok(Self::Auto),
            Some("aten") => Ok(Self::Aten),
            Some(other) => Err(Error::Choice(other.to_owned())),
        }
    }
}

/// What the variable says, for as long as the process lives.
///
/// # Errors
/// It has another value.
pub fn choice() -> Result<Choice, Error> {
    static CHOICE: OnceLock<Result<Choice, Error>> = OnceLock::new();
    CHOICE.get_or_init(|| Choice::of(std::env::var_os(VARIABLE).as_deref())).clone()
}

/// Whether kernels of mu's that need no special instructions compute.
pub(crate) fn allows() -> bool {
    choice() == Ok(Choice::Auto)
}

/// Whether mu's kernels compute: the processor has their instructions, and `MU_KERNELS` allows it.
#[must_use]
pub fn are_used() -> bool {
    allows() && processor_fits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_has_two_values() {
        let of = |value: &str| Choice::of(Some(OsStr::new(value)));
        assert_eq!(Choice::of(None), Ok(Choice::Auto));
        assert_eq!(of(""), Ok(Choice::Auto));
        assert_eq!(of("auto"), Ok(Choice::Auto));
        assert_eq!(of("aten"), Ok(Choice::Aten));
        for wrong in ["ATen", "mu", "0", "aten "] {
            let words = of(wrong).unwrap_err().to_string();
            for part in ["MU_KERNELS", &format!("`{wrong}`"), "`auto`", "`aten`"] {
                assert!(words.contains(part), "{words}");
            }
        }
    }
}
