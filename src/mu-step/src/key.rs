//! A step's name: the BLAKE3 digest of exactly what the engine is told to do.
//!
//! What the engine receives and what is hashed are one serialisation, so nothing can be told
//! without being keyed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The content key of a step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StepKey([u8; 32]);

impl StepKey {
    /// The key of anything that serialises.
    #[must_use]
    pub fn of<T: Serialize>(domain: &str, value: &T) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(domain.as_bytes()).update(b"\n");
        // Specs are plain data with string keys and a hasher takes every byte: this cannot fail.
        let written = serde_json::to_writer(&mut hasher, value);
        debug_assert!(written.is_ok());
        Self(hasher.finalize().into())
    }
    /// The first twelve hex digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.short())
    }
}

impl From<StepKey> for String {
    fn from(key: StepKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for StepKey {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let bad = || format!("`{text}` is not a step key");
        if text.len() != 64 || !text.is_ascii() {
            return Err(bad());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| bad())?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_see_every_value() {
        let a = serde_json::json!({"x": 1, "y": [0.1, "s"]});
        let c = serde_json::json!({"x": 1, "y": [0.1, "t"]});
        assert_eq!(StepKey::of("d", &a), StepKey::of("d", &a.clone()));
        assert_ne!(StepKey::of("d", &a), StepKey::of("d", &c));
        assert_ne!(StepKey::of("d", &a), StepKey::of("e", &a));
        assert_eq!(StepKey::of("d", &a), StepKey::of("d", &crate::Shared::new(a.clone())));
        let text = StepKey::of("d", &a).to_string();
        assert_eq!(StepKey::try_from(text).unwrap(), StepKey::of("d", &a));
    }
}
