//! Decoders of other projects: what they panic on is an error of the file that they were given, not one of mu.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Calls a decoder. Only code of other projects belongs into `f`: a panic of mu's own is a bug, and must be seen as one.
///
/// # Errors
/// In words, where it panics.
pub fn guarded<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    static QUIET: Once = Once::new();
    // The message is told by the error; everybody else's is printed as before.
    QUIET.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                before(panic);
            }
        }));
    });
    let outer = GUARDED.replace(true);
    let made = catch_unwind(AssertUnwindSafe(f));
    GUARDED.set(outer);
    made.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        format!("it is damaged: {}", text.and_then(|t| t.lines().next()).unwrap_or("its decoder gave up"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        assert_eq!(guarded(|| 1), Ok(1));
        let found = guarded(|| [0u8; 0].first().copied().expect("there is a first byte"));
        assert_eq!(found, Err("it is damaged: there is a first byte".to_owned()));
        assert!(!GUARDED.get());
    }
}
