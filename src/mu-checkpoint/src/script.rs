//! TorchScript modules: which tensors they have, in which layers. Their code is read (see [`crate::code`]), and not run.

use std::collections::HashMap;

use mu_step::{LayerKind, Module, ModuleTensor};

use crate::pickle::{Id, Node, Pickle};
use crate::state::{is_tensor, rebuild, view};
use crate::table::{Entry, Table};

/// How deep modules lie in modules.
const DEEPEST: usize = 64;
/// Modules and tensors, each as often as it lies in another one: few bytes could stand for very many.
const MOST: usize = 1 << 17;
/// Bytes of a name.
const LONGEST_NAME: usize = 1024;

/// A tensor as it is found: its names, its call, and its layer's class.
struct Found<'p> {
    names: Vec<String>,
    id: Id,
    class: &'p str,
}

pub(crate) fn describe(pickle: &Pickle, traced: bool) -> Result<Module, String> {
    let mut walk = Walk::default();
    walk.module(pickle, pickle.root, "", 0)?;
    let mut tensors = Vec::new();
    for Found { names, id, class } in &walk.tensors {
        let view = view(pickle, *id).map_err(|e| format!("{}: {e}", names[0]))?;
        let asks = rebuild(pickle, *id).and_then(|(_, args)| args.get(4).copied());
        tensors.push(ModuleTensor {
            name: names[0].clone(),
            aliases: names[1..].to_vec(),
            shape: view.shape,
            real: view.dtype.is_real(),
            trainable: asks.is_some_and(|a| *pickle.get(a) == Node::Bool(true)),
            of: kind(class),
        });
    }
    let modal = |class: &&(String, &str)| class.1.contains("Dropout") || class.1.starts_with("BatchNorm");
    let fixed = walk.classes.iter().filter(modal).map(|(name, _)| name.clone()).collect();
    Ok(Module { tensors, fixed: if traced { fixed } else { Vec::new() } })
}

/// Every tensor once, by its first name.
pub(crate) fn table(pickle: &Pickle) -> Result<Table, String> {
    let mut walk = Walk::default();
    walk.module(pickle, pickle.root, "", 0)?;
    let mut entries = Vec::new();
    for Found { names, id, .. } in walk.tensors {
        let view = view(pickle, id).map_err(|e| format!("{}: {e}", names[0]))?;
        entries.extend(names.into_iter().next().map(|name| Entry { name, view, mask: None }));
    }
    Ok(Table { place: String::new(), entries, problem: None })
}

fn kind(class: &str) -> Option<LayerKind> {
    if class.starts_with("Conv") {
        Some(LayerKind::Conv)
    } else if class.ends_with("Linear") {
        Some(LayerKind::Linear)
    } else if class.ends_with("Norm") || class.contains("Norm1d") || class.contains("Norm2d") {
        Some(LayerKind::Norm)
    } else {
        None
    }
}

#[derive(Default)]
struct Walk<'p> {
    tensors: Vec<Found<'p>>,
    /// Where a tensor stands in `tensors`.
    seen: HashMap<Id, usize>,
    /// Every module's name and class.
    classes: Vec<(String, &'p str)>,
    visited: usize,
}

impl<'p> Walk<'p> {
    /// The state of a module's object names its tensors, its other attributes and its modules.
    fn module(&mut self, pickle: &'p Pickle, id: Id, prefix: &str, depth: usize) -> Result<(), String> {
        self.visited += 1;
        if depth > DEEPEST || self.visited > MOST || prefix.len() > LONGEST_NAME {
            return Err("modules lie too deep in modules, or are too many".to_owned());
        }
        let (Node::Object(object), Some(state)) = (pickle.get(id), pickle.state(id)) else { return Ok(()) };
        let Node::Global(_, class) = pickle.get(object.callee) else { return Ok(()) };
        self.classes.push((prefix.trim_end_matches('.').to_owned(), class));
        for (key, value) in pickle.pairs(state).unwrap_or_default() {
            let Some(name) = pickle.text(*key).filter(|n| n.len() <= LONGEST_NAME) else { continue };
            self.visited += 1;
            let name = format!("{prefix}{name}");
            if !is_tensor(pickle, *value) {
                self.module(pickle, *value, &format!("{name}."), depth + 1)?;
            } else if let Some(at) = self.seen.get(value) {
                self.tensors[*at].names.push(name);
            } else {
                self.seen.insert(*value, self.tensors.len());
                self.tensors.push(Found { names: vec![name], id: *value, class });
            }
        }
        Ok(())
    }
}
