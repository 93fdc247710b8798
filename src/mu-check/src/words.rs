//! Words of messages.

use mu_diag::one_line;

/// The indefinite article of a word.
pub(crate) fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) && !word.starts_with("un") { "an" } else { "a" }
}

/// A caption, or what a claim says: one line without control characters.
pub(crate) fn title(text: &str) -> String {
    one_line(&text.replace(['\n', '\t'], " ")).into_owned()
}
