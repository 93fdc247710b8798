//! Tensors that follow from an architecture, and that PyTorch's modules keep with their weights all the same: what reads a file
//! strictly wants them.

use mu_step::{Layer, LayerGraph};

use crate::{Array, Dtype, Tensors};

/// Adds those of a network's windowed attention, as torchvision and as Unlearn-WorstCase keep them, and the other names of
/// tensors that a TorchScript module has twice.
pub fn complete(graph: &LayerGraph, tensors: &mut Tensors) {
    for node in graph.parametric() {
        let Layer::Script(script) = &node.layer else { continue };
        for twice in &script.tensors {
            let name = node.tensor_name(&twice.name);
            let Some((_, array)) = tensors.iter().find(|(n, _)| *n == name) else { continue };
            let array = array.clone();
            tensors.extend(twice.aliases.iter().map(|a| (node.tensor_name(a), array.clone())));
        }
        // Modules of TorchScript ask for this count, which other modules of PyTorch forgive.
        for layer in script.tensors.iter().filter_map(|t| t.name.strip_suffix("running_mean")) {
            let count = Array { dtype: Dtype::I64, shape: vec![], bytes: vec![0; 8] };
            tensors.push((node.tensor_name(&format!("{layer}num_batches_tracked")), count));
        }
    }
    tensors.extend(attention(graph));
}

fn attention(graph: &LayerGraph) -> Tensors {
    let mut out = Vec::new();
    for node in graph.parametric() {
        let Layer::WindowAttention { window, shift, shared, .. } = node.layer else { continue };
        let (side, shift) = (window as usize, shift as usize);
        if let Some(prefix) = node.name.strip_suffix("relative_position_bias_table") {
            out.push((format!("{prefix}relative_position_index"), places(side)));
        }
        if let (Some(prefix), true) = (node.name.strip_suffix("pos_embedding"), shared && shift > 0) {
            out.push((format!("{prefix}upper_lower_mask"), mask(side, shift, |at| at / side)));
            out.push((format!("{prefix}left_right_mask"), mask(side, shift, |at| at % side)));
        }
    }
    out
}

fn places(side: usize) -> Array {
    let span = 2 * side - 1;
    let all = 0..side * side;
    let place = |query: usize, key: usize| {
        let rows = query / side + side - 1 - key / side;
        let columns = query % side + side - 1 - key % side;
        (rows * span + columns) as i64
    };
    let values = all.clone().flat_map(|q| all.clone().map(move |k| place(q, k)));
    let bytes = values.flat_map(i64::to_le_bytes).collect();
    Array { dtype: Dtype::I64, shape: vec![side.pow(4)], bytes }
}

/// −∞ between what lies on either side of the seam of a rolled window.
fn mask(side: usize, shift: usize, axis: impl Fn(usize) -> usize) -> Array {
    let all = 0..side * side;
    let beyond = |at: usize| axis(at) >= side - shift;
    let value = |q: usize, k: usize| if beyond(q) == beyond(k) { 0f32 } else { f32::NEG_INFINITY };
    let values = all.clone().flat_map(|q| all.clone().map(move |k| value(q, k)));
    let bytes = values.flat_map(f32::to_le_bytes).collect();
    Array { dtype: Dtype::F32, shape: vec![side * side; 2], bytes }
}
