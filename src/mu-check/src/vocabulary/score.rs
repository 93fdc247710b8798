//! Scores that are no expressions.

use super::argument::Share;
use super::word::vocabulary;
use crate::program::Score;

vocabulary! { Score: Score {
    "grand"(models: usize, epochs: usize) => Score::GradientNorm { models, epochs },
    "forgetting_events" => Score::Forgetting,
    "feature_distance" => Score::FeatureDistance,
    "consistency"(models: usize, share: Share) =>
        Score::LeftOut { models, share: share.0, memorisation: false },
    "memorisation"(models: usize, share: Share) =>
        Score::LeftOut { models, share: share.0, memorisation: true },
} }
