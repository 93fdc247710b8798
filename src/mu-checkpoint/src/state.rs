//! Where in a pickle tensors lie together: dictionaries of them, lists of names and tensors, and whole modules, wherever they are. Which
//! of them is a network's weights is not decided by what they are called (see [`crate::fit`]).

use std::collections::{HashMap, HashSet, VecDeque};

use crate::pickle::{Id, Node, Pickle};
use crate::storage::{Dtype, View};
use crate::table::{Entry, Table};
use crate::words::short;

/// How deep modules lie in modules, and tables in tables.
const DEEPEST: usize = 64;
/// Modules within a module: one may lie in several places, so that few bytes could stand for very many.
const MOST_MODULES: usize = 1 << 17;
/// Bytes of a tensor's name.
const LONGEST_NAME: usize = 1024;
/// Of all tables together.
const MOST_TENSORS: usize = 1 << 20;
const MOST_TABLES: usize = 1 << 16;

/// Every table of tensors, those nearest to the top first.
pub(crate) fn tables(pickle: &Pickle) -> Result<Vec<Table>, String> {
    let (mut found, mut tensors) = (Vec::new(), 0);
    let mut seen = HashSet::new();
    let mut waiting = VecDeque::from([(pickle.root, String::new(), 0)]);
    while let Some((id, place, depth)) = waiting.pop_front() {
        if depth > DEEPEST || !seen.insert(id) {
            continue;
        }
        let mut named = Vec::new();
        let inner = if is_module(pickle, id) {
            Modules { pickle, visited: 0, out: &mut named }.walk(id, "", 0)?;
            Vec::new()
        } else {
            together(pickle, id, &mut named)?
        };
        tensors += named.len();
        if tensors > MOST_TENSORS || found.len() == MOST_TABLES {
            return Err(format!(
                "it holds more than {MOST_TENSORS} tensors, or {MOST_TABLES} tables of them"
            ));
        }
        if !named.is_empty() {
            found.push(table(pickle, place.clone(), named)?);
        }
        for (key, value) in inner {
            let place = match (place.as_str(), key.as_str()) {
                (_, "") => place.clone(),
                ("", key) => key.to_owned(),
                (place, key) => format!("{place}.{key}"),
            };
            waiting.push_back((value, place, depth + 1));
        }
    }
    if found.is_empty() {
        let keys = pickle.pairs(pickle.root).unwrap_or_default().iter();
        let keys: Vec<&str> = keys.filter_map(|(k, _)| pickle.text(*k)).collect();
        let has = if keys.is_empty() { String::new() } else { format!("; it has {}", short(&keys)) };
        return Err(format!("there is no table of tensors in it{has}"));
    }
    Ok(found)
}

/// Named tensors.
type Named = Vec<(String, Id)>;

/// What a value holds: its tensors go to `named`; what may hold others is returned, by its key.
fn together(pickle: &Pickle, id: Id, named: &mut Named) -> Result<Named, String> {
    let mut inner = Vec::new();
    let holds = |id: Id| {
        matches!(pickle.get(id), Node::Dict(_) | Node::List(_) | Node::Tuple(_) | Node::Object(_))
            && !is_tensor(pickle, id)
    };
    for (key, value) in pickle.pairs(id).unwrap_or_default() {
        let key = match (pickle.text(*key), pickle.get(*key)) {
            (Some(text), _) => text.to_owned(),
            (None, Node::Int(n)) => n.to_string(),
            _ => continue,
        };
        if is_tensor(pickle, *value) {
            named.push((named_so(&key)?, *value));
        } else if holds(*value) {
            inner.push((short(&[&key]), *value));
        }
    }
    if let Node::List(items) | Node::Tuple(items) = pickle.get(id) {
        // `list(network.state_dict().items())`
        let pair = |item: &Id| match pickle.list(*item) {
            Some(&[name, tensor]) if is_tensor(pickle, tensor) => {
                Some((pickle.text(name)?.to_owned(), tensor))
            }
            _ => None,
        };
        match items.iter().map(pair).collect::<Option<Named>>() {
            Some(pairs) => {
                for (name, tensor) in pairs {
                    named.push((named_so(&name)?, tensor));
                }
            }
            None => {
                let lie = items.iter().enumerate().filter(|(_, item)| holds(**item));
                inner.extend(lie.map(|(at, item)| (at.to_string(), *item)));
            }
        }
    }
    if let Some(state) = pickle.state(id) {
        inner.push((String::new(), state));
    }
    Ok(inner)
}

fn named_so(name: &str) -> Result<String, String> {
    match name.len() > LONGEST_NAME {
        true => Err(format!("a tensor's name has {} bytes, {LONGEST_NAME} at most are read", name.len())),
        false => Ok(name.to_owned()),
    }
}

/// Whether a value is a module of PyTorch's: its state says which tensors are its own, and which modules it has.
fn is_module(pickle: &Pickle, id: Id) -> bool {
    let state = pickle.state(id);
    state.is_some_and(|s| ["_modules", "_parameters"].iter().any(|part| pickle.member(s, part).is_some()))
}

/// The tensors of a pickled module.
struct Modules<'p> {
    pickle: &'p Pickle,
    visited: usize,
    out: &'p mut Named,
}

impl Modules<'_> {
    fn walk(&mut self, id: Id, prefix: &str, depth: usize) -> Result<(), String> {
        let pickle = self.pickle;
        self.visited += 1;
        if depth > DEEPEST || self.visited > MOST_MODULES {
            return Err("modules lie too deep in modules, or are too many".to_owned());
        }
        let Some(state) = pickle.state(id) else { return Ok(()) };
        for part in ["_parameters", "_buffers"] {
            let pairs = pickle.member(state, part).and_then(|p| pickle.pairs(p)).unwrap_or_default();
            for (key, value) in pairs {
                if let (Some(name), true) = (pickle.text(*key), is_tensor(pickle, *value)) {
                    self.out.push((named_so(&format!("{prefix}{name}"))?, *value));
                }
            }
        }
        let inner = pickle.member(state, "_modules").and_then(|m| pickle.pairs(m)).unwrap_or_default();
        for (key, value) in inner {
            if let Some(name) = pickle.text(*key) {
                self.walk(*value, &named_so(&format!("{prefix}{name}."))?, depth + 1)?;
            }
        }
        if self.out.len() > MOST_TENSORS {
            return Err(format!("it holds more than {MOST_TENSORS} tensors"));
        }
        Ok(())
    }
}

/// The table of these tensors. `X_orig` with `X_mask` is what torch.nn.utils.prune keeps of X: X is their product.
fn table(pickle: &Pickle, place: String, named: Named) -> Result<Table, String> {
    let mut table = Table { place, entries: Vec::new(), problem: None };
    for (name, id) in named {
        match view(pickle, id) {
            Ok(view) => table.entries.push(Entry { name, view, mask: None }),
            // It may lie beside the weights.
            Err(problem) => drop(table.problem.get_or_insert(format!("{name} {problem}"))),
        }
    }
    let places: HashMap<String, usize> =
        table.entries.iter().enumerate().map(|(at, e)| (e.name.clone(), at)).collect();
    let mut masks = HashSet::new();
    for at in 0..table.entries.len() {
        let Some(base) = table.entries[at].name.strip_suffix("_orig").map(str::to_owned) else { continue };
        let Some(mask) = places.get(&format!("{base}_mask")).copied() else { continue };
        let alike = table.entries[mask].view.shape == table.entries[at].view.shape;
        if alike && !places.contains_key(&base) {
            table.entries[at].mask = Some(table.entries[mask].view.clone());
            table.entries[at].name = base;
            masks.insert(mask);
        }
    }
    let mut at = 0;
    table.entries.retain(|_| {
        at += 1;
        !masks.contains(&(at - 1))
    });
    Ok(table)
}

/// The call that rebuilds a tensor; a parameter is one around a tensor.
pub(crate) fn rebuild(pickle: &Pickle, id: Id) -> Option<(String, &[Id])> {
    let (name, args) = pickle.call(id)?;
    match name.as_str() {
        "torch._utils._rebuild_tensor_v2"
        | "torch._utils._rebuild_tensor"
        | "torch._utils._rebuild_tensor_v3" => Some((name, args)),
        "torch._utils._rebuild_parameter" | "torch._utils._rebuild_parameter_with_state" => {
            let (inner, args) = pickle.call(*args.first()?)?;
            inner.starts_with("torch._utils._rebuild_tensor").then_some((inner, args))
        }
        // A tensor of a class of its own, or with attributes: (what rebuilds it, its class, with what, its attributes).
        "torch._tensor._rebuild_from_type_v2" => {
            let &[function, _, args, ..] = args else { return None };
            let Node::Global(module, name) = pickle.get(function) else { return None };
            let (Node::Tuple(args), true) =
                (pickle.get(args), module == "torch._utils" && name.starts_with("_rebuild_tensor"))
            else {
                return None;
            };
            Some((format!("{module}.{name}"), args))
        }
        _ => None,
    }
}

pub(crate) fn is_tensor(pickle: &Pickle, id: Id) -> bool {
    rebuild(pickle, id).is_some()
}

/// Sizes of a tensor: no network has more axes.
const MOST_AXES: usize = 16;

pub(crate) fn view(pickle: &Pickle, id: Id) -> Result<View, String> {
    let (name, args) = rebuild(pickle, id).ok_or("is no tensor")?;
    let &[storage, offset, shape, strides, ..] = args else {
        return Err("is a tensor of a form that is not read".to_owned());
    };
    let sizes = |id: Id| -> Option<Vec<usize>> {
        let sizes = pickle.list(id).filter(|s| s.len() <= MOST_AXES)?;
        sizes.iter().map(|n| pickle.size(*n)).collect()
    };
    let (key, mut dtype) = storage_of(pickle, storage)?;
    if name.ends_with("_v3") {
        // (storage, offset, sizes, strides, gradient, hooks, type): types without a storage of their own.
        let Some(Node::Global(_, word)) = args.get(6).map(|d| pickle.get(*d)) else {
            return Err("is a tensor of no type".to_owned());
        };
        dtype = Dtype::of_word(word)
            .ok_or_else(|| format!("has elements of `{}`, which are not read", short(&[word])))?;
    }
    Ok(View {
        storage: key,
        dtype,
        offset: pickle.size(offset).ok_or("has no offset")?,
        shape: sizes(shape).ok_or("has no sizes that are read")?,
        strides: sizes(strides).ok_or("has no strides that are read")?,
    })
}

/// ('storage', type, key, device, elements)
pub(crate) fn storage_of(pickle: &Pickle, id: Id) -> Result<(String, Dtype), String> {
    let Node::Persistent(named) = pickle.get(id) else { return Err("has no storage".to_owned()) };
    let parts = pickle.list(*named).unwrap_or_default();
    let &[_, kind, key, ..] = parts else {
        return Err("has a storage of a form that is not read".to_owned());
    };
    let Node::Global(_, kind) = pickle.get(kind) else { return Err("has a storage of no type".to_owned()) };
    let dtype = Dtype::of_storage(kind)
        .ok_or_else(|| format!("has elements of `{}`, which are not read", short(&[kind])))?;
    let key = pickle.text(key).filter(|k| k.len() <= LONGEST_NAME).ok_or("has a storage without a key")?;
    Ok((key.to_owned(), dtype))
}

/// Bytes of an element, by storage: old files keep them apart.
pub(crate) fn widths(pickle: &Pickle) -> HashMap<String, usize> {
    pickle
        .ids()
        .filter_map(|id| storage_of(pickle, id).ok())
        .map(|(key, dtype)| (key, dtype.width()))
        .collect()
}
