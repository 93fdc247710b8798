//! Weights under other names: which tensor of a file is which of a network, by shapes, by the order in which they stand, and by the
//! numbers in their names. Where two tensors could be exchanged, nothing is said.
//!
//! Tensors that belong together are taken together: those of a layer, and, where a file keeps the order of its network, a convolution or
//! linear layer with the normalisations behind it. What is of a shape of its own can be only one thing. Of several alike, the order must
//! be certain: the numbers in their names count as they stand (`block.0.conv1` before `block.1.conv1`), or a name is the network's own.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Tensors by name and sizes.
pub(crate) type Shapes = Vec<(String, Vec<usize>)>;

/// Units of one shape: each is compared with each.
const MOST_ALIKE: usize = 1000;

/// What a layer's tensors are called within it.
const PARTS: [&str; 4] = ["weight", "bias", "running_mean", "running_var"];

/// For each of the network's tensors the file's; `None` where that is not certain. `drawn` are tensors of the network that the file need
/// not have, and may have with another number of outputs.
pub(crate) fn recognise(
    file: &Shapes,
    ordered: bool,
    network: &Shapes,
    drawn: &Shapes,
) -> Option<Vec<usize>> {
    let (have, want) = (units(file, ordered), units(network, ordered));
    let mut kinds: BTreeMap<Signature, [Vec<usize>; 2]> = BTreeMap::new();
    for (side, all) in [&have, &want].into_iter().enumerate() {
        for (at, unit) in all.iter().enumerate() {
            kinds.entry(unit.signature()).or_default()[side].push(at);
        }
    }
    let mut found = vec![usize::MAX; network.len()];
    let mut left = Vec::new();
    for [ours, theirs] in kinds.values() {
        if theirs.is_empty() {
            left.extend(ours.iter().map(|at| &have[*at]));
            continue;
        }
        let ours: Vec<&Unit> = ours.iter().map(|at| &have[*at]).collect();
        let theirs: Vec<&Unit> = theirs.iter().map(|at| &want[*at]).collect();
        for (from, to) in pairs(&ours, &theirs, ordered)? {
            for (a, b) in from.tensors().zip(to.tensors()) {
                found[b.at] = a.at;
            }
        }
    }
    // What is left over is the file's own head, in the place of what is drawn anew.
    let mut heads: Vec<Signature> = units(drawn, ordered).iter().map(|u| u.but_outputs()).collect();
    if !left.is_empty() && left.len() != heads.len() {
        return None;
    }
    for unit in left {
        let at = heads.iter().position(|h| *h == unit.but_outputs())?;
        heads.swap_remove(at);
    }
    found.iter().all(|at| *at != usize::MAX).then_some(found)
}

/// A tensor: its name within its layer, its sizes and its position.
#[derive(Clone, Debug)]
struct Tensor {
    part: String,
    shape: Vec<usize>,
    at: usize,
}

/// Layers that belong together, the first of which names them.
#[derive(Debug)]
struct Unit {
    name: String,
    layers: Vec<Vec<Tensor>>,
}

/// The layers' tensors with their sizes.
type Signature = Vec<Vec<(String, Vec<usize>)>>;

impl Unit {
    fn tensors(&self) -> impl Iterator<Item = &Tensor> {
        self.layers.iter().flatten()
    }

    fn signature(&self) -> Signature {
        let layer = |l: &Vec<Tensor>| l.iter().map(|t| (t.part.clone(), t.shape.clone())).collect();
        self.layers.iter().map(layer).collect()
    }

    /// The same for any number of outputs.
    fn but_outputs(&self) -> Signature {
        let mut signature = self.signature();
        signature.iter_mut().flatten().filter_map(|(_, shape)| shape.first_mut()).for_each(|n| *n = 0);
        signature
    }

    /// Whether it multiplies: what is behind it belongs to it.
    fn is_heavy(&self) -> bool {
        self.tensors().any(|t| t.shape.len() > 1)
    }
}

fn units(tensors: &Shapes, ordered: bool) -> Vec<Unit> {
    let mut layers: Vec<Unit> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, (name, shape)) in tensors.iter().enumerate() {
        let (layer, part) = match name.rsplit_once('.') {
            Some((layer, part)) if PARTS.contains(&part) => (layer, part),
            _ => (name.as_str(), ""),
        };
        let place = *places.entry(layer).or_insert(layers.len());
        if place == layers.len() {
            layers.push(Unit { name: layer.to_owned(), layers: vec![Vec::new()] });
        }
        layers[place].layers[0].push(Tensor { part: part.to_owned(), shape: shape.clone(), at });
    }
    let mut found: Vec<Unit> = Vec::new();
    for mut layer in layers {
        layer.layers[0].sort_by(|a, b| a.part.cmp(&b.part));
        match found.last_mut() {
            Some(last) if ordered && !layer.is_heavy() && last.is_heavy() => {
                last.layers.append(&mut layer.layers)
            }
            _ => found.push(layer),
        }
    }
    found
}

/// Units alike on both sides, each with its own: in order, or those of the same name first and the others in order.
fn pairs<'u>(ours: &[&'u Unit], theirs: &[&'u Unit], ordered: bool) -> Option<Vec<(&'u Unit, &'u Unit)>> {
    if ours.len() != theirs.len() || ours.len() > MOST_ALIKE {
        return None;
    }
    let mut ours = ours.to_vec();
    if !ordered {
        ours.sort_by(|a, b| by_numbers(&a.name, &b.name).unwrap_or_else(|| a.name.cmp(&b.name)));
    }
    let in_order: Vec<_> = ours.iter().copied().zip(theirs.iter().copied()).collect();
    if are_certain(&in_order, theirs) {
        return Some(in_order);
    }
    let same = |unit: &Unit, others: &[&'u Unit]| others.iter().any(|o| o.name == unit.name);
    let mut named: Vec<_> =
        ours.iter().filter_map(|a| Some((*a, *theirs.iter().find(|b| b.name == a.name)?))).collect();
    let others = ours.iter().filter(|a| !same(a, theirs)).copied();
    named.extend(others.zip(theirs.iter().filter(|b| !same(b, &ours)).copied()));
    are_certain(&named, theirs).then_some(named)
}

/// Whether of any two pairs it is certain that they are not the wrong way round.
fn are_certain(pairs: &[(&Unit, &Unit)], theirs: &[&Unit]) -> bool {
    let place = |unit: &Unit| theirs.iter().position(|t| t.name == unit.name);
    pairs.iter().enumerate().all(|(k, (a, to_a))| {
        pairs[k + 1..].iter().all(|(b, to_b)| {
            let network = place(to_a).cmp(&place(to_b));
            let contrary = |numbers: Option<Ordering>| numbers.is_some_and(|n| n != network);
            let file = by_numbers(&a.name, &b.name);
            let known = a.name == to_a.name || b.name == to_b.name;
            !contrary(file) && !contrary(by_numbers(&to_a.name, &to_b.name)) && (file.is_some() || known)
        })
    })
}

/// The order of two names that are alike but for their numbers, up to where they differ first.
fn by_numbers(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = a.split('.').zip(b.split('.')).find(|(a, b)| a != b)?;
    let bare =
        |word: &str| word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect::<String>();
    let squeezed = |word: &str| {
        let mut bare = bare(word);
        while bare.contains("00") {
            bare = bare.replace("00", "0");
        }
        bare
    };
    let numbers = |word: &str| -> Option<Vec<u64>> {
        let runs = word.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty());
        runs.map(|run| run.parse().ok()).collect()
    };
    (squeezed(a) == squeezed(b)).then_some(())?;
    Some(numbers(a)?.cmp(&numbers(b)?)).filter(|order| order.is_ne())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes(all: &[(&str, &[usize])]) -> Shapes {
        all.iter().map(|(n, s)| ((*n).to_owned(), s.to_vec())).collect()
    }

    const K: &[usize] = &[8, 8, 3, 3];

    #[test]
    fn shapes_of_their_own_are_certain() {
        let network = shapes(&[("conv1.weight", &[6, 1, 5, 5]), ("fc.weight", &[10, 6]), ("fc.bias", &[10])]);
        let file = shapes(&[("out.bias", &[10]), ("out.weight", &[10, 6]), ("c.weight", &[6, 1, 5, 5])]);
        assert_eq!(recognise(&file, true, &network, &vec![]), Some(vec![2, 1, 0]));
        assert_eq!(recognise(&file, false, &network, &vec![]), Some(vec![2, 1, 0]));
        let fewer = shapes(&[("out.weight", &[10, 6]), ("c.weight", &[6, 1, 5, 5])]);
        assert_eq!(recognise(&fewer, true, &network, &vec![]), None);
    }

    #[test]
    fn of_several_alike_the_numbers_count() {
        let network = shapes(&[("conv1.weight", K), ("conv2.weight", K), ("conv3.weight", K)]);
        let found = |names: [&str; 3], ordered| {
            let file = names.map(|n| (format!("{n}.weight"), K.to_vec())).to_vec();
            recognise(&file, ordered, &network, &vec![])
        };
        let in_order = Some(vec![0, 1, 2]);
        assert_eq!(found(["c0", "c1", "c2"], true), in_order);
        assert_eq!(found(["layers.0", "layers.2", "layers.10"], true), in_order);
        assert_eq!(found(["layers.10", "layers.0", "layers.2"], false), Some(vec![1, 2, 0]));
        // One more name of the network's than numbers: from 0, not from 1.
        assert_eq!(found(["conv0", "conv1", "conv2"], true), in_order);
        // Registered in another order than the numbers say, without numbers, or with other words.
        assert_eq!(found(["c1", "c0", "c2"], true), None);
        assert_eq!(found(["first", "second", "third"], true), None);
        assert_eq!(found(["conv2", "conv1", "c3"], true), Some(vec![1, 0, 2]), "by name, and what is left");
        assert_eq!(found(["enc1", "enc2", "dec1"], true), None);
        // One of another name is the one that is left; two are not.
        assert_eq!(found(["conv1", "conv2", "shortcut"], true), in_order);
        assert_eq!(found(["shortcut", "conv2", "conv3"], true), in_order);
        assert_eq!(found(["a", "conv2", "b"], true), None);
    }

    /// A normalisation is that of the convolution before it, whatever else has as many channels.
    #[test]
    fn layers_behind_a_convolution_are_its_own() {
        let block = |conv1: &str, bn1: &str, short: &str, norm: &str, n: usize| {
            let mut all = Vec::new();
            for (conv, bn, kernel) in [(conv1, bn1, 3), (short, norm, 1)] {
                all.push((format!("{conv}.weight"), vec![8, n, kernel, kernel]));
                all.extend(PARTS.map(|p| (format!("{bn}.{p}"), vec![8])));
            }
            all
        };
        let network =
            block("layer1.0.conv2", "layer1.0.bn2", "layer1.0.downsample.0", "layer1.0.downsample.1", 8);
        let file = block("stage.body.3", "stage.body.4", "stage.skip.0", "stage.skip.1", 8);
        assert_eq!(recognise(&file, true, &network, &vec![]), Some((0..10).collect()));
        // The same with the shortcut first.
        let turned = [&file[5..], &file[..5]].concat();
        let expected = (5..10).chain(0..5).collect();
        assert_eq!(recognise(&turned, true, &network, &vec![]), Some(expected));
        // Where the order is lost nothing says whose normalisation is whose.
        assert_eq!(recognise(&file, false, &network, &vec![]), None);
    }

    #[test]
    fn a_head_that_is_drawn_anew_may_be_another() {
        let network = shapes(&[("conv1.weight", K)]);
        let drawn = shapes(&[("fc.weight", &[10, 8]), ("fc.bias", &[10])]);
        let file = |outputs: usize, inputs: usize| {
            shapes(&[("c.weight", K), ("l.weight", &[outputs, inputs]), ("l.bias", &[outputs])])
        };
        assert_eq!(recognise(&file(1000, 8), true, &network, &drawn), Some(vec![0]));
        assert_eq!(recognise(&file(10, 8), true, &network, &drawn), Some(vec![0]));
        assert_eq!(recognise(&file(10, 9), true, &network, &drawn), None);
        assert_eq!(recognise(&file(10, 8), true, &network, &vec![]), None);
        assert_eq!(recognise(&shapes(&[("c.weight", K)]), true, &network, &drawn), Some(vec![0]));
    }
}
