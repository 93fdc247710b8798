//! What a network costs, before it runs.

use super::graph::LayerGraph;
use super::kernel::{Layer, LayerNode};
use super::shape::Shape;

/// What a network costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Footprint {
    /// Trainable numbers.
    pub parameters: f64,
    /// Multiplications and additions of one sample's forward pass, in convolutions, linear layers and attention.
    pub flops: f64,
    /// Numbers that one sample's forward pass leaves behind for the backward pass: the outputs of all layers.
    pub activations: f64,
    /// Whether there are TorchScript modules in it, of which only the parameters are counted.
    pub uncounted: bool,
}

impl std::fmt::Display for Footprint {
    /// `11.2 M parameters, 1.11 G operations and 2.46 MB of activations a sample`; activations as float32.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let short = |n: f64| {
            let (value, unit) = match n {
                n if n >= 1e9 => (n / 1e9, " G"),
                n if n >= 1e6 => (n / 1e6, " M"),
                n if n >= 1e3 => (n / 1e3, " k"),
                n => return format!("{n} "),
            };
            let digits = 2 - value.log10().floor() as usize;
            format!("{value:.digits$}{unit}")
        };
        let (parameters, flops, bytes) =
            (short(self.parameters), short(self.flops), short(4.0 * self.activations));
        write!(
            f,
            "{} parameters, {} operations and {}B of activations a sample",
            parameters.trim_end(),
            flops.trim_end(),
            bytes
        )?;
        if self.uncounted {
            write!(f, ", without those inside the TorchScript module")?;
        }
        Ok(())
    }
}

impl LayerGraph {
    /// Parameters, operations and activations.
    #[must_use]
    pub fn footprint(&self) -> Footprint {
        let mut sum = Footprint::default();
        walk(&self.nodes, Shape::Image(self.input), &mut sum);
        sum
    }

    /// Multiplications and additions of one sample's forward pass, in convolutions, linear layers and attention.
    #[must_use]
    pub fn flops(&self) -> f64 {
        self.footprint().flops
    }
}

/// Adds a chain's cost; a graph's shapes were settled when it was made, so that a misfit ends the walk.
fn walk(nodes: &[LayerNode], input: Shape, sum: &mut Footprint) -> Shape {
    nodes.iter().fold(input, |input, node| {
        let trainable = node.tensors().into_iter().filter(|t| !t.statistic);
        sum.parameters +=
            trainable.map(|t| t.shape.iter().map(|side| *side as f64).product::<f64>()).sum::<f64>();
        sum.uncounted |= matches!(node.layer, Layer::Script(_));
        let Ok(output) = node.layer.output(input) else { return input };
        sum.flops += 2.0 * node.layer.products(output);
        for branch in node.layer.branches() {
            walk(branch, input, sum);
        }
        if !node.layer.is_seen() {
            sum.activations += output.size() as f64;
        }
        output
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Function, Init};

    #[test]
    fn counts_are_those_by_hand() {
        let node = |name: &str, layer| LayerNode { name: name.to_owned(), layer };
        let conv = |inputs, outputs, groups| Layer::Conv {
            inputs,
            outputs,
            kernel: 3,
            stride: 1,
            padding: 1,
            groups,
            weight: Init::HeFanOut,
            bias: None,
        };
        let graph = LayerGraph {
            input: [3, 4, 4],
            nodes: vec![
                node("a", conv(3, 8, 1)),
                node("n", Layer::BatchNorm { channels: 8 }),
                node("", Layer::Activation { function: Function::Relu }),
                node("", Layer::Residual { body: vec![node("b", conv(8, 8, 8))], shortcut: vec![] }),
                node("", Layer::GlobalAveragePool { image: true }),
                node(
                    "c",
                    Layer::Linear { inputs: 8, outputs: 5, weight: Init::FanIn, bias: Some(Init::FanIn) },
                ),
            ],
        };
        let cost = graph.footprint();
        assert_eq!(cost.parameters as i64, 3 * 8 * 9 + 16 + 8 * 9 + 8 * 5 + 5);
        assert_eq!(cost.flops as i64, 2 * (27 * 8 * 16 + 9 * 8 * 16 + 40));
        assert_eq!(cost.activations as i64, 128 * 5 + 8 + 5);
        assert_eq!(cost.to_string(), "349 parameters, 9.30 k operations and 2.61 kB of activations a sample");
    }
}
