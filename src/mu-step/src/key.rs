//! A step's name: the BLAKE3 digest of exactly what the engine is told to do.
//!
//! What the engine receives and what is hashed are one serialisation, so nothing can be told
//! without being keyed. Object members are hashed in sorted order and numbers in serde_json's
//! shortest form, so the key does not depend on the order of Rust's fields.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
        // Specs are plain data with string keys: serialising them to a Value cannot fail.
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        hash(&value, &mut hasher);
        Self(hasher.finalize().into())
    }
    /// The first twelve hex digits, for people.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

fn hash(value: &Value, into: &mut blake3::Hasher) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            into.update(b"{");
            for name in names {
                into.update(Value::from(name.as_str()).to_string().as_bytes()).update(b":");
                hash(&members[name], into);
                into.update(b",");
            }
            into.update(b"}");
        }
        Value::Array(items) => {
            into.update(b"[");
            for item in items {
                hash(item, into);
                into.update(b",");
            }
            into.update(b"]");
        }
        plain => {
            into.update(plain.to_string().as_bytes());
        }
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
    fn keys_ignore_member_order_and_see_every_value() {
        let a: Value = serde_json::from_str(r#"{"x": 1, "y": [0.1, "s"]}"#).unwrap();
        let b: Value = serde_json::from_str(r#"{"y": [0.1, "s"], "x": 1}"#).unwrap();
        let c: Value = serde_json::from_str(r#"{"y": [0.1, "t"], "x": 1}"#).unwrap();
        assert_eq!(StepKey::of("d", &a), StepKey::of("d", &b));
        assert_ne!(StepKey::of("d", &a), StepKey::of("d", &c));
        assert_ne!(StepKey::of("d", &a), StepKey::of("e", &a));
        let text = StepKey::of("d", &a).to_string();
        assert_eq!(StepKey::try_from(text).unwrap(), StepKey::of("d", &a));
    }
}
