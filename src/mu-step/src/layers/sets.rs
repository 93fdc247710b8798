//! Sets of parameters that the layers of a network alone say, whatever their weights are.

use super::graph::LayerGraph;
use super::tensors::Part;
use crate::{LayerKind, ParameterSet};

impl LayerGraph {
    /// The layers of the sets that speak of layers; all of them for other sets.
    #[must_use]
    pub fn layers_of(&self, set: &ParameterSet) -> Vec<Part> {
        let all = self.parts();
        let heavy = |part: &&Part| matches!(part.kind, Some(LayerKind::Conv | LayerKind::Linear));
        let places: Vec<usize> = all.iter().enumerate().filter(|(_, n)| heavy(n)).map(|(i, _)| i).collect();
        match set {
            ParameterSet::Last { layers } => {
                let from = places.len().saturating_sub(*layers);
                all[places.get(from).copied().unwrap_or(all.len())..].to_vec()
            }
            ParameterSet::First { layers } => {
                let to = places.get(*layers).copied().unwrap_or(all.len());
                all[..to].to_vec()
            }
            ParameterSet::Kind { layer } => {
                all.into_iter().filter(|part| part.kind == Some(*layer)).collect()
            }
            ParameterSet::All
            | ParameterSet::Named { .. }
            | ParameterSet::Moving
            | ParameterSet::Some { .. }
            | ParameterSet::Union { .. }
            | ParameterSet::Without { .. }
            | ParameterSet::Ranked { .. }
            | ParameterSet::Exceeding { .. } => all,
        }
    }

    /// The tensors that are replaced where a set is drawn anew: its parameters, and the statistics of a normalisation with them. `None`
    /// where only a run can say which they are.
    #[must_use]
    pub fn drawn(&self, set: &ParameterSet) -> Option<Vec<String>> {
        let named = self.parameters(set)?;
        let parts = self.parts();
        let touched = parts.iter().filter(|part| part.tensors.iter().any(|t| named.contains(&t.name)));
        let taken = |part: &Part| {
            let tensors = part.tensors.iter().filter(|t| t.statistic || named.contains(&t.name));
            tensors.map(|t| t.name.clone()).collect::<Vec<_>>()
        };
        Some(touched.flat_map(taken).collect())
    }

    /// The parameters of a set by name. `None` where only a run can say which they are.
    #[must_use]
    pub fn parameters(&self, set: &ParameterSet) -> Option<Vec<String>> {
        let plain = |set: &ParameterSet| {
            let tensors = self.layers_of(set).into_iter().flat_map(|part| part.tensors);
            tensors.filter(|t| !t.statistic).map(|t| t.name)
        };
        Some(match set {
            ParameterSet::Moving
            | ParameterSet::Some { .. }
            | ParameterSet::Ranked { .. }
            | ParameterSet::Exceeding { .. } => return None,
            ParameterSet::Named { pattern } => {
                plain(&ParameterSet::All).filter(|name| names(pattern, name)).collect()
            }
            ParameterSet::Union { of } => {
                let parts = of.iter().map(|part| self.parameters(part)).collect::<Option<Vec<_>>>()?;
                parts.into_iter().flatten().collect()
            }
            ParameterSet::Without { of, except } => {
                let (of, except) = (self.parameters(of)?, self.parameters(except)?);
                of.into_iter().filter(|name| !except.contains(name)).collect()
            }
            ParameterSet::All
            | ParameterSet::Last { .. }
            | ParameterSet::First { .. }
            | ParameterSet::Kind { .. } => plain(set).collect(),
        })
    }
}

/// Whether a pattern in which `*` stands for anything names a tensor.
fn names(pattern: &str, name: &str) -> bool {
    let Some((first, others)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts = others.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Init, Layer, LayerNode};

    #[test]
    fn patterns_name_tensors() {
        assert!(names("layer4.*", "layer4.0.conv1.weight") && names("*.bias", "fc.bias"));
        assert!(names("fc.bias", "fc.bias") && names("layer*.conv1.*", "layer2.0.conv1.weight"));
        assert!(!names("layer4.*", "layer3.0.conv1.weight") && !names("fc", "fc.bias"));
        assert!(!names("*.bias", "fc.weight"));
        assert!(names("*.weight", "a.weight.weight") && !names("*.weight", "a.weight.bias"));
    }

    #[test]
    fn a_normalisation_is_drawn_with_its_statistics() {
        let node = |name: &str, layer| LayerNode { name: name.to_owned(), layer };
        let linear = |inputs, outputs| Layer::Linear { inputs, outputs, weight: Init::FanIn, bias: None };
        let graph = LayerGraph {
            input: [1, 2, 2],
            nodes: vec![
                node("", Layer::Flatten),
                node("fc1", linear(4, 3)),
                node("bn", Layer::BatchNorm { channels: 3 }),
                node("fc2", linear(3, 2)),
            ],
        };
        let drawn = |set: &ParameterSet| graph.drawn(set);
        assert_eq!(drawn(&ParameterSet::Last { layers: 1 }).unwrap(), ["fc2.weight"]);
        let two = drawn(&ParameterSet::Last { layers: 2 }).unwrap();
        assert_eq!(
            two,
            ["fc1.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "fc2.weight"]
        );
        let all = Box::new(ParameterSet::All);
        let norms = Box::new(ParameterSet::Kind { layer: LayerKind::Norm });
        let without = ParameterSet::Without { of: all, except: norms };
        assert_eq!(drawn(&without).unwrap(), ["fc1.weight", "fc2.weight"]);
        assert_eq!(drawn(&ParameterSet::Named { pattern: "fc2*".to_owned() }).unwrap(), ["fc2.weight"]);
        assert_eq!(drawn(&ParameterSet::Moving), None);
    }
}
