//! The graph of steps: what must be computed, in which order, and about how much work it is. Nothing here knows a program.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::ops::Index;
use std::path::PathBuf;

use indexmap::IndexMap;
use mu_step::{StepKey, StepSpec};

/// A step of a graph.
#[derive(Clone, Debug)]
pub struct Step {
    /// What to do; its inputs are named by their keys.
    pub spec: StepSpec,
    /// Where the files lie that it reads from outside the store.
    pub root: Option<PathBuf>,
    /// About how many multiplications and additions it takes.
    pub flops: f64,
}

/// Steps by key, each once. A step's inputs stand before it.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    steps: IndexMap<StepKey, Step>,
}

impl Graph {
    /// Adds a step behind its inputs. A step that is there already stays as it is.
    pub fn insert(&mut self, key: StepKey, step: Step) {
        self.steps.entry(key).or_insert(step);
    }

    /// Says where the files lie that a step reads from outside the store.
    pub fn set_root(&mut self, key: StepKey, root: Option<PathBuf>) {
        if let Some(step) = self.steps.get_mut(&key) {
            step.root = root;
        }
    }

    /// The step of a key.
    #[must_use]
    pub fn get(&self, key: StepKey) -> Option<&Step> {
        self.steps.get(&key)
    }

    /// Whether there is a step of that key.
    #[must_use]
    pub fn contains(&self, key: StepKey) -> bool {
        self.steps.contains_key(&key)
    }

    /// How many steps stand before a step.
    #[must_use]
    pub fn position(&self, key: StepKey) -> Option<usize> {
        self.steps.get_index_of(&key)
    }

    /// How many steps there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is no step.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The keys, inputs before what needs them.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = StepKey> {
        self.steps.keys().copied()
    }

    /// The steps with their keys, inputs before what needs them.
    pub fn iter(&self) -> impl Iterator<Item = (StepKey, &Step)> {
        self.steps.iter().map(|(key, step)| (*key, step))
    }

    /// What must run for some keys: those of them that are missing, and what they need that is missing too, inputs first.
    #[must_use]
    pub fn missing(
        &self,
        keys: impl IntoIterator<Item = StepKey>,
        has: &dyn Fn(StepKey) -> bool,
    ) -> Vec<StepKey> {
        let mut wanted = vec![false; self.steps.len()];
        let index = |key: StepKey| self.position(key);
        for at in keys.into_iter().filter(|k| !has(*k)).filter_map(index) {
            wanted[at] = true;
        }
        // Inputs stand before what needs them: one pass backwards reaches them all.
        for at in (0..self.steps.len()).rev() {
            if wanted[at] {
                for input in self.steps[at].spec.inputs().into_iter().filter(|k| !has(*k)).filter_map(index) {
                    wanted[input] = true;
                }
            }
        }
        self.steps.keys().zip(&wanted).filter(|(_, w)| **w).map(|(k, _)| *k).collect()
    }

    /// Some steps by depth: those without an input among them, then those that need one of the first, and so on.
    #[must_use]
    pub fn levels(&self, steps: &[StepKey]) -> Vec<Vec<StepKey>> {
        let mut depths: HashMap<StepKey, usize> = HashMap::new();
        let mut levels: Vec<Vec<StepKey>> = Vec::new();
        for key in steps {
            let inputs = self[*key].spec.inputs();
            let depth = inputs.iter().filter_map(|i| depths.get(i)).max().map_or(0, |d| d + 1);
            depths.insert(*key, depth);
            if levels.len() <= depth {
                levels.resize(depth + 1, Vec::new());
            }
            levels[depth].push(*key);
        }
        levels
    }

    /// Some steps without those that are lost, and without what needs one of those.
    #[must_use]
    pub fn without(&self, steps: Vec<StepKey>, lost: &dyn Fn(StepKey) -> bool) -> Vec<StepKey> {
        let mut gone: HashSet<StepKey> = HashSet::new();
        let mut left = Vec::new();
        for key in steps {
            if lost(key) || self[key].spec.inputs().iter().any(|i| gone.contains(i)) {
                gone.insert(key);
            } else {
                left.push(key);
            }
        }
        left
    }
}

impl Index<StepKey> for Graph {
    type Output = Step;

    /// The step of a key that the graph is known to have.
    fn index(&self, key: StepKey) -> &Step {
        &self.steps[&key]
    }
}

impl FromIterator<(StepKey, Step)> for Graph {
    fn from_iter<T: IntoIterator<Item = (StepKey, Step)>>(steps: T) -> Self {
        Self { steps: steps.into_iter().collect() }
    }
}
