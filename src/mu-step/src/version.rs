//! Versions of single primitives. The version of a kind of step (`StepSpec::version`) changes the keys of all of its steps; that of
//! a primitive changes the keys of the steps that use it, and of those that read their artefacts.

use crate::{StepKey, StepSpec};

/// A primitive that gives another result than it once did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised {
    /// The field by which a step's JSON names it: `rule`, `layer`, `by`, …
    pub field: &'static str,
    /// What the field says: `adam`.
    pub word: &'static str,
    /// Its version; every other primitive has version 1.
    pub version: u32,
}

/// The primitives whose version is above 1.
pub const RAISED: &[Raised] = &[
    // In a phase of steps that is shorter than an epoch it goes to 1 as well.
    Raised { field: "op", word: "progress", version: 2 },
];

impl Raised {
    /// Whether a step's JSON names it. In JSON a quotation mark inside a text has a backslash before it: no text reads so.
    fn is_in(&self, json: &str) -> bool {
        let (field, word) = (self.field, self.word);
        let plain = format!("\"{field}\":\"{word}\"");
        json.contains(&plain) || json.contains(&format!("\"{field}\":{{\"{word}\":"))
    }
}

impl StepSpec {
    /// The key where these primitives have another version than 1.
    #[must_use]
    pub fn key_with(&self, raised: &[Raised]) -> StepKey {
        let mut domain = format!("mu step {} {}", self.word(), self.version());
        // Specs are plain data with string keys: this cannot fail.
        let json = serde_json::to_string(self).unwrap_or_default();
        for primitive in raised.iter().filter(|primitive| primitive.is_in(&json)) {
            domain.push_str(&format!(" {} {}", primitive.word, primitive.version));
        }
        StepKey::of_json(&domain, &json)
    }

    /// The step's content key.
    #[must_use]
    pub fn key(&self) -> StepKey {
        self.key_with(RAISED)
    }
}
