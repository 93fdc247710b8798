//! Which missing steps are made on the way of longer ones.

use std::collections::HashMap;

use mu_graph::Graph;
use mu_step::{Prefix, StepKey};

/// For each step that has others on its way, those; shorter ones first.
pub(crate) fn prefixes(graph: &Graph, wanted: &[StepKey]) -> HashMap<StepKey, Vec<Prefix>> {
    let mut families: HashMap<StepKey, Vec<StepKey>> = HashMap::new();
    for key in wanted {
        if let Some(family) = graph[*key].spec.family() {
            families.entry(family).or_default().push(*key);
        }
    }
    let mut all = HashMap::new();
    for members in families.into_values().filter(|m| m.len() > 1) {
        let of = |long: &StepKey| -> Vec<Prefix> {
            let longer = &graph[*long].spec;
            let own = |key: &StepKey| {
                let step = &graph[*key];
                let epochs = step.spec.is_beginning_of(longer)?;
                Some(Prefix { key: *key, spec: step.spec.clone(), epochs, flops: step.flops })
            };
            let mut found: Vec<Prefix> = members.iter().filter_map(own).collect();
            found.sort_by_key(|p| p.epochs);
            found
        };
        // The one with most on its way serves its family; what it has not, runs by itself.
        if let Some((long, found)) = members.iter().map(|m| (*m, of(m))).max_by_key(|(_, found)| found.len())
            && !found.is_empty()
        {
            all.insert(long, found);
        }
    }
    all
}
