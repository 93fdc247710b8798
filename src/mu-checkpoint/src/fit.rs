//! A file's tensors → a network's: each under its name, or a list of what does not fit, with the likely cause.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use mu_step::{LayerGraph, TensorDecl};

use crate::names::{TIMM, is_derived, unwrapped};
use crate::{Array, Tensors};

/// Why a file's tensors are not a network's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Misfit {
    /// What the network has and the file has not.
    pub missing: Vec<(String, Vec<usize>)>,
    /// What the file has and the network has not.
    pub unexpected: Vec<(String, Vec<usize>)>,
    /// Name, the network's sizes, the file's.
    pub reshaped: Vec<(String, Vec<usize>, Vec<usize>)>,
    /// What that probably comes from.
    pub cause: Option<String>,
}

/// The tensors of a network from those of a file, by the network's names: as they are, without wrappers' prefixes, or by timm's
/// names; whichever fits most of them.
///
/// # Errors
/// What does not fit.
pub fn fit(graph: &LayerGraph, tensors: Tensors) -> Result<BTreeMap<String, Array>, Box<Misfit>> {
    let wanted: Vec<TensorDecl> = graph.parametric().into_iter().flat_map(|n| n.tensors()).collect();
    // A tensor of several names is in a `state_dict` under each.
    let scripts = graph.scripts();
    let again = |name: &String| scripts.iter().any(|s| s.tensors.iter().any(|t| t.aliases.contains(name)));
    let tensors: Tensors =
        tensors.into_iter().filter(|(name, _)| !is_derived(name) && !again(name)).collect();
    let mut names: Vec<String> = tensors.iter().map(|(n, _)| n.clone()).collect();
    let known = |names: &[String]| {
        let names: std::collections::HashSet<&str> = names.iter().map(String::as_str).collect();
        wanted.iter().filter(|w| names.contains(w.name.as_str())).count()
    };
    // One wrapper after the other, as long as that brings names nearer.
    loop {
        let bare: Vec<String> =
            names.iter().map(|n| unwrapped(n).map_or_else(|| n.clone(), str::to_owned)).collect();
        let all = names.iter().all(|n| unwrapped(n).is_some()) && !names.is_empty();
        if bare == names || !(all || known(&bare) > known(&names)) {
            break;
        }
        names = bare;
    }
    let renamed: Vec<Vec<String>> = TIMM
        .iter()
        .map(|rename| names.iter().map(|n| rename(n).unwrap_or_else(|| n.clone())).collect())
        .collect();
    for other in renamed {
        if known(&other) > known(&names) {
            names = other;
        }
    }
    let mut found: HashMap<String, Array> =
        names.into_iter().zip(tensors).map(|(name, (_, array))| (name, array)).collect();
    let mut misfit = Misfit::default();
    let mut fitting = BTreeMap::new();
    for decl in &wanted {
        let shape: Vec<usize> = decl.shape.iter().map(|s| *s as usize).collect();
        match found.remove(&decl.name) {
            None => misfit.missing.push((decl.name.clone(), shape)),
            // A linear layer that was kept as a convolution over all of its input.
            Some(mut array) if array.shape == shape || flattens(&array.shape, &shape) => {
                array.shape = shape;
                fitting.insert(decl.name.clone(), array);
            }
            Some(array) => misfit.reshaped.push((decl.name.clone(), shape, array.shape)),
        }
    }
    // Checkpoints that normalise within the network keep the constants with the weights.
    let mut unexpected: Vec<(String, Vec<usize>)> = found
        .into_iter()
        .filter(|(name, _)| !name.starts_with("normalize."))
        .map(|(name, array)| (name, array.shape))
        .collect();
    unexpected.sort();
    misfit.unexpected = unexpected;
    if misfit.missing.is_empty() && misfit.unexpected.is_empty() && misfit.reshaped.is_empty() {
        return Ok(fitting);
    }
    misfit.cause = cause(&misfit, wanted.len());
    Err(Box::new(misfit))
}

/// Mean and standard deviation of a network that normalises its input itself, as Unlearn-WorstCase's do.
#[must_use]
pub fn normalization(tensors: &[(String, Array)]) -> Option<(Vec<f32>, Vec<f32>)> {
    let find = |end: &str| tensors.iter().find(|(n, _)| n.ends_with(end)).and_then(|(_, a)| a.to_f32());
    find("normalize.mean").zip(find("normalize.std"))
}

fn flattens(from: &[usize], to: &[usize]) -> bool {
    matches!((from, to), (&[o, i, h, w], &[p, j]) if o == p && i * h * w == j)
}

/// The likeliest story behind what does not fit.
fn cause(misfit: &Misfit, wanted: usize) -> Option<String> {
    let Misfit { missing, unexpected, reshaped, .. } = misfit;
    let kernel = |shape: &[usize]| shape.get(2).copied().unwrap_or(1);
    if missing.is_empty() && unexpected.is_empty() {
        let heads =
            |(_, a, b): &(String, Vec<usize>, Vec<usize>)| a.get(1..) == b.get(1..) && a.first() != b.first();
        if reshaped.iter().all(heads) && reshaped.len() <= 2 {
            let (_, network, file) = &reshaped[0];
            return Some(format!(
                "the file is for {} classes, the data set has {}",
                file.first()?,
                network.first()?
            ));
        }
        if let [(_, network, file)] = reshaped.as_slice() {
            if kernel(network) != kernel(file) {
                return Some(stem(network, file));
            }
            if network.get(1) != file.get(1) && network.len() == 4 {
                let (a, b) = (network.get(1)?, file.get(1)?);
                return Some(format!("the file is for images of {b} channels, the data set has {a}"));
            }
        }
        if let Some((_, network, file)) = reshaped.iter().find(|(n, ..)| n.ends_with("pos_embedding")) {
            let tokens = |shape: &[usize]| shape.get(1).copied().unwrap_or(0);
            return Some(format!(
                "the file is for {} tokens, the network has {}: another image size or patch",
                tokens(file),
                tokens(network)
            ));
        }
        let ratio = |a: &[usize], b: &[usize]| Some(*b.first()? as f64 / *a.first()? as f64);
        let ratios: Vec<f64> = reshaped.iter().filter_map(|(_, a, b)| ratio(a, b)).collect();
        let first = ratios.first().copied()?;
        if ratios.len() > 4
            && first > 0.0
            && ratios.iter().filter(|r| **r == first).count() * 2 > ratios.len()
        {
            return Some(format!("the file's network is {first} times as wide"));
        }
    }
    if let Some((_, network, file)) =
        reshaped.iter().find(|(n, a, b)| n.starts_with("conv1") && kernel(a) != kernel(b))
    {
        return Some(stem(network, file));
    }
    if missing.len() == wanted {
        return Some("it is another architecture, or its tensors are called otherwise".to_owned());
    }
    if !unexpected.is_empty() && missing.is_empty() && reshaped.is_empty() {
        return Some("the file's network has more layers, or a part that is not the classifier".to_owned());
    }
    if unexpected.is_empty() && reshaped.is_empty() {
        return Some("the file's network has fewer layers, or was saved in part".to_owned());
    }
    if missing.len() == unexpected.len() && missing.iter().zip(unexpected).all(|((_, a), (_, b))| a == b) {
        return Some("the same tensors under other names: give the layers the file's labels".to_owned());
    }
    Some("it is another architecture".to_owned())
}

fn stem(network: &[usize], file: &[usize]) -> String {
    let kernel = |shape: &[usize]| shape.get(2).copied().unwrap_or(1);
    if kernel(file) > kernel(network) {
        "the file's first convolution is ImageNet's: the model's `@imagenet` form has it".to_owned()
    } else {
        "the file's first convolution is that for small images: the model without `@imagenet` has it"
            .to_owned()
    }
}

impl fmt::Display for Misfit {
    /// Both sides beside each other, a few of each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 8;
        let words = |(name, shape): &(String, Vec<usize>)| format!("{name} {shape:?}");
        let (left, right): (Vec<String>, Vec<String>) =
            (self.missing.iter().map(words).collect(), self.unexpected.iter().map(words).collect());
        if !left.is_empty() || !right.is_empty() {
            let head = format!("missing ({})", left.len());
            let width = left.iter().take(MOST).map(String::len).chain([head.len()]).max().unwrap_or(0);
            writeln!(f, "{head:width$}   unexpected ({})", right.len())?;
            for at in 0..left.len().max(right.len()).min(MOST) {
                let side = |of: &[String]| of.get(at).cloned().unwrap_or_default();
                writeln!(f, "{:width$}   {}", side(&left), side(&right))?;
            }
            if left.len().max(right.len()) > MOST {
                writeln!(f, "{:width$}   …", "…")?;
            }
        }
        if !self.reshaped.is_empty() {
            writeln!(f, "of other sizes ({})", self.reshaped.len())?;
            for (name, network, file) in self.reshaped.iter().take(MOST) {
                writeln!(f, "{name}: {network:?} in the network, {file:?} in the file")?;
            }
            if self.reshaped.len() > MOST {
                writeln!(f, "…")?;
            }
        }
        Ok(())
    }
}
