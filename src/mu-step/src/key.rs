//! A step's name: the BLAKE3 digest of exactly what the engine is told to do.
//!
//! What the engine receives and what is hashed are one serialisation, so nothing can be told
//! without being keyed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The content key of a step.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct StepKey([u8; 32]);

impl StepKey {
    /// The key of anything that serialises.
    #[must_use]
    pub fn of<T: Serialize>(domain: &str, value: &T) -> Self {
        let mut bytes = Vec::with_capacity(512);
        bytes.extend_from_slice(domain.as_bytes());
        bytes.push(b'\n');
        // Specs are plain data with string keys and memory takes every byte: this cannot fail.
        let written = serde_json::to_writer(&mut bytes, value);
        debug_assert!(written.is_ok());
        Self(blake3::hash(&bytes).into())
    }
    /// The key of what serialises to this text.
    #[must_use]
    pub fn of_json(domain: &str, json: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(domain.as_bytes()).update(b"\n").update(json.as_bytes());
        Self(hasher.finalize().into())
    }
    /// The first twelve hex digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl StepKey {
    /// Lower-case hex; keys are hashed and sent by the million.
    fn hex<T>(&self, f: impl FnOnce(&str) -> T) -> T {
        let mut text = [0u8; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
            pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
        }
        f(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.hex(|text| f.write_str(text))
    }
}

/// A digest is spread evenly already: eight bytes of it are enough.
impl std::hash::Hash for StepKey {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

impl Serialize for StepKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.hex(|text| serializer.serialize_str(text))
    }
}

impl fmt::Debug for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.short())
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
        assert_eq!(StepKey::of("d", &a), StepKey::of_json("d", &a.to_string()));
        assert_eq!(StepKey::of("d", &a), StepKey::of("d", &crate::Shared::new(a.clone())));
        let text = StepKey::of("d", &a).to_string();
        assert_eq!(StepKey::try_from(text).unwrap(), StepKey::of("d", &a));
    }
}
