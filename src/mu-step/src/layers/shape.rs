//! What goes from layer to layer, per sample.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The shape of a sample between two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// [channels, height, width]
    Image([i64; 3]),
    /// [height, width, channels]: an image whose channels come last, as transformers over windows have it.
    Grid([i64; 3]),
    /// [tokens, features]
    Tokens([i64; 2]),
    /// [features]
    Features(i64),
}

impl Shape {
    /// Numbers in it.
    #[must_use]
    pub fn size(self) -> i64 {
        match self {
            Shape::Image(sides) | Shape::Grid(sides) => {
                sides.iter().fold(1, |all: i64, side| all.saturating_mul(*side))
            }
            Shape::Tokens([n, d]) => n.saturating_mul(d),
            Shape::Features(f) => f,
        }
    }

    /// The length of its last axis where that holds features, and how often such a row occurs.
    #[must_use]
    pub fn rows(self) -> Option<(i64, i64)> {
        match self {
            Shape::Image(_) => None,
            Shape::Grid([h, w, c]) => Some((c, h.saturating_mul(w))),
            Shape::Tokens([n, d]) => Some((d, n)),
            Shape::Features(f) => Some((f, 1)),
        }
    }

    pub(super) fn image(self) -> Option<[i64; 3]> {
        if let Shape::Image(sides) = self { Some(sides) } else { None }
    }

    pub(super) fn grid(self) -> Option<[i64; 3]> {
        if let Shape::Grid(sides) = self { Some(sides) } else { None }
    }

    pub(super) fn tokens(self) -> Option<[i64; 2]> {
        if let Shape::Tokens(sides) = self { Some(sides) } else { None }
    }

    /// Channels of an image; 0 where it is none.
    #[must_use]
    pub fn channels(self) -> i64 {
        self.image().map_or(0, |[channels, ..]| channels)
    }

    /// The length of its rows; 0 where it has none.
    #[must_use]
    pub fn features(self) -> i64 {
        self.rows().map_or(0, |(features, _)| features)
    }

    /// The same with rows of another length.
    #[must_use]
    pub fn with_rows(self, features: i64) -> Shape {
        match self {
            Shape::Grid([h, w, _]) => Shape::Grid([h, w, features]),
            Shape::Tokens([n, _]) => Shape::Tokens([n, features]),
            Shape::Image(_) | Shape::Features(_) => Shape::Features(features),
        }
    }

    /// What `linear` and its like call what they take.
    pub(crate) const ROWS: &str = "a row of numbers";
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Image([c, h, w]) => write!(f, "{c} × {h} × {w}"),
            Shape::Grid([h, w, c]) => write!(f, "a grid of {h} × {w} with {c} features each"),
            Shape::Tokens([n, d]) => write!(f, "{n} tokens of {d} features"),
            Shape::Features(n) => write!(f, "{n} features"),
        }
    }
}
