//! Weights that a program takes from files.

use mu_step::{LayerGraph, ParameterSet};

/// The axis of forget sets that are asked for one after the other.
pub const REQUEST: &str = "request";

/// Weights in a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// The file. `{seed}` in it stands for a point's own seed: see [`Weights::axes`].
    pub path: String,
    /// Which of its tables of tensors, where the program says.
    pub table: Option<String>,
    /// What is drawn anew instead of taken.
    pub drawn: Option<ParameterSet>,
    /// What the model in it was trained without, as the program says.
    pub unseen: Unseen,
}

/// The fields of an experiment whose positions a path may name, and the axis that is none of them.
pub(crate) const FIELDS: [&str; 7] = ["data", "model", "train", "forget", "unlearn", "seed", REQUEST];

/// Whether a name in a path may be that of an axis.
pub(crate) fn may_be_axis(name: &str) -> bool {
    FIELDS.contains(&name.split('.').next().unwrap_or(name))
}

impl Weights {
    /// The names of the tensors of a network that are drawn anew.
    #[must_use]
    pub fn drawn(&self, graph: &LayerGraph) -> Vec<String> {
        self.drawn.as_ref().and_then(|set| graph.drawn(set)).unwrap_or_default()
    }

    /// The axes whose positions the path names, in order: `seed` of `npo_{seed}.pth`.
    #[must_use]
    pub fn axes(&self) -> Vec<&str> {
        pieces(&self.path).into_iter().filter_map(|(_, axis)| axis).collect()
    }

    /// The path with what each axis stands for in its place.
    #[must_use]
    pub fn path_at(&self, label: &dyn Fn(&str) -> String) -> String {
        let mut path = String::new();
        for (text, axis) in pieces(&self.path) {
            path.push_str(text);
            path.extend(axis.map(label));
        }
        path
    }
}

/// A path as texts, each with the axis behind it.
fn pieces(path: &str) -> Vec<(&str, Option<&str>)> {
    let mut found = Vec::new();
    let (mut begun, mut at) = (0, 0);
    while let Some(open) = path[at..].find('{').map(|i| at + i) {
        let name = path[open + 1..].split_once('}').map(|(name, _)| name).filter(|name| may_be_axis(name));
        match name {
            Some(name) => {
                found.push((&path[begun..open], Some(name)));
                at = open + name.len() + 2;
                begun = at;
            }
            None => at = open + 1,
        }
    }
    found.push((&path[begun..], None));
    found
}

/// Which samples of the data set a model in a file was trained without, beside the test samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// Nobody says.
    Unknown,
    /// The validation samples.
    Validation,
    /// All of them: it was trained on other data.
    All,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_stand_in_paths() {
        let weights =
            |path: &str| Weights { path: path.to_owned(), table: None, drawn: None, unseen: Unseen::Unknown };
        let both = weights("{model}/npo_{seed}.pth");
        assert_eq!(both.axes(), ["model", "seed"]);
        assert_eq!(both.path_at(&|axis| format!("<{axis}>")), "<model>/npo_<seed>.pth");
        for plain in ["a.pth", "a{1}.pth", "{x}.pth", "a{seed", "{{seed"] {
            assert!(weights(plain).axes().is_empty(), "{plain}");
            assert_eq!(weights(plain).path_at(&|_| "no".to_owned()), plain);
        }
        assert_eq!(weights("{{unlearn.lr}}").axes(), ["unlearn.lr"]);
    }
}
