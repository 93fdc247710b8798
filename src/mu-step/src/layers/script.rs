//! A TorchScript module as a layer: what mu knows of it is its file, its tensors, and which layer each belongs to.

use serde::{Deserialize, Serialize};

use super::decl::{Init, TensorDecl};
use crate::LayerKind;

/// A TorchScript module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// Where its file is. Not part of what is keyed: the bytes count.
    #[serde(skip)]
    pub path: String,
    /// BLAKE3 of the file; empty before planning.
    pub digest: String,
    /// Features that come out of it.
    pub outputs: i64,
    /// Whether a fresh network has the file's weights, instead of newly drawn ones.
    pub keep: bool,
    /// Its tensors of real numbers, in the module's order; none before planning.
    pub tensors: Vec<ScriptTensor>,
}

/// A tensor of a module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScriptTensor {
    /// `layer1.0.conv1.weight`
    pub name: String,
    /// The other names of the same tensor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Its sizes.
    pub shape: Vec<i64>,
    /// Whether gradients move it: a parameter that is not frozen.
    pub trainable: bool,
    /// The kind of the layer that it is of, where that is one of PyTorch's.
    pub of: Option<LayerKind>,
}

impl ScriptTensor {
    /// The layer's name, and the tensor's own within it.
    fn place(&self) -> (&str, &str) {
        self.name.rsplit_once('.').unwrap_or(("", &self.name))
    }
}

impl Script {
    /// Its layers with tensors of their own: each layer's kind and tensors.
    pub(super) fn layers(&self, named: &dyn Fn(&str) -> String) -> Vec<(Option<LayerKind>, Vec<TensorDecl>)> {
        let mut layers: Vec<(Option<LayerKind>, &str, Vec<TensorDecl>)> = Vec::new();
        for tensor in &self.tensors {
            let (layer, _) = tensor.place();
            let decl = self.decl(tensor, named(&tensor.name));
            match layers.last_mut() {
                Some((_, last, tensors)) if *last == layer => tensors.push(decl),
                _ => layers.push((tensor.of, layer, vec![decl])),
            }
        }
        layers.into_iter().map(|(kind, _, tensors)| (kind, tensors)).collect()
    }

    /// Fresh tensors follow PyTorch's defaults for its own layers; of other layers they are the file's.
    fn decl(&self, tensor: &ScriptTensor, name: String) -> TensorDecl {
        let (layer, part) = tensor.place();
        let weight = self.tensors.iter().find(|t| t.place() == (layer, "weight"));
        let fans = |shape: &[i64]| {
            let kernel: i64 = shape.iter().skip(2).product();
            [1, 0].map(|axis| (shape.get(axis).copied().unwrap_or(1) * kernel) as f64)
        };
        let init = match (tensor.of, part) {
            _ if self.keep || !tensor.trainable && !part.starts_with("running_") => Init::Kept,
            (Some(LayerKind::Norm), "weight" | "running_var") => Init::Ones,
            (Some(LayerKind::Norm), "bias" | "running_mean") => Init::Zeros,
            (Some(LayerKind::Conv | LayerKind::Linear), "weight" | "bias") => Init::FanIn,
            _ => Init::Kept,
        };
        TensorDecl {
            name,
            shape: tensor.shape.clone(),
            init,
            fans: weight.map_or([1.0, 1.0], |w| fans(&w.shape)),
            statistic: !tensor.trainable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_tensors_follow_their_layers() {
        let tensor = |name: &str, shape: &[i64], trainable, of| ScriptTensor {
            name: name.to_owned(),
            aliases: Vec::new(),
            shape: shape.to_vec(),
            trainable,
            of,
        };
        let script = Script {
            tensors: vec![
                tensor("gamma", &[4], true, None),
                tensor("conv.weight", &[8, 3, 3, 3], true, Some(LayerKind::Conv)),
                tensor("conv.bias", &[8], true, Some(LayerKind::Conv)),
                tensor("bn.weight", &[8], true, Some(LayerKind::Norm)),
                tensor("bn.running_var", &[8], false, Some(LayerKind::Norm)),
                tensor("fc.weight", &[5, 8], false, Some(LayerKind::Linear)),
            ],
            ..Script::default()
        };
        let found: Vec<Vec<(Init, f64, bool)>> = script
            .layers(&str::to_owned)
            .into_iter()
            .map(|(_, tensors)| tensors.iter().map(|t| (t.init, t.fans[0], t.statistic)).collect())
            .collect();
        let expected = vec![
            vec![(Init::Kept, 1.0, false)],
            vec![(Init::FanIn, 27.0, false), (Init::FanIn, 27.0, false)],
            vec![(Init::Ones, 1.0, false), (Init::Ones, 1.0, true)],
            vec![(Init::Kept, 8.0, true)],
        ];
        assert_eq!(found, expected, "a frozen weight keeps its values");
    }
}
