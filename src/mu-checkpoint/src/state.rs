//! Where in a pickle the weights are: a dictionary of tensors, such a dictionary within another one, or a whole module.

use std::collections::HashMap;

use crate::pickle::{Id, Pickle};
use crate::storage::{Dtype, View};
use crate::{Array, Tensors};

/// Where people keep weights beside other things.
const NESTS: [&str; 9] =
    ["state_dict", "model_state_dict", "model", "net", "network", "weights", "params", "model_state", "ema"];

/// How deep modules lie in modules.
const DEEPEST: usize = 64;

/// The bytes behind the views.
pub(crate) trait Storages {
    fn tensor(&mut self, pickle: &Pickle, view: &View) -> Result<Array, String>;
}

/// Every tensor of the weights, by name.
pub(crate) fn tensors(pickle: &Pickle, storages: &mut dyn Storages) -> Result<Tensors, String> {
    let mut found = Vec::new();
    for (name, id) in weights(pickle)? {
        let view = view(pickle, id).map_err(|e| format!("{name}: {e}"))?;
        let array = storages.tensor(pickle, &view).map_err(|e| format!("{name} {e}"))?;
        found.push((name, array));
    }
    Ok(found)
}

fn weights(pickle: &Pickle) -> Result<Vec<(String, Id)>, String> {
    let named = |id: Id| -> Vec<(String, Id)> {
        let pairs = pickle.pairs(id).unwrap_or_default();
        let tensors = pairs.iter().filter(|(_, v)| is_tensor(pickle, *v));
        tensors.filter_map(|(k, v)| Some((pickle.text(*k)?.to_owned(), *v))).collect()
    };
    let direct = named(pickle.root);
    if !direct.is_empty() {
        return Ok(direct);
    }
    let nested = NESTS.iter().find_map(|nest| pickle.member(pickle.root, nest));
    for candidate in [Some(pickle.root), nested].into_iter().flatten() {
        let own = named(candidate);
        if !own.is_empty() {
            return Ok(own);
        }
        let mut modules = Vec::new();
        module(pickle, candidate, "", 0, &mut modules)?;
        if !modules.is_empty() {
            return Ok(modules);
        }
    }
    let keys: Vec<&str> =
        pickle.pairs(pickle.root).unwrap_or_default().iter().filter_map(|(k, _)| pickle.text(*k)).collect();
    Err(if keys.is_empty() {
        "there is no dictionary of tensors in it".to_owned()
    } else {
        format!("there is no dictionary of tensors in it; it has {}", keys.join(", "))
    })
}

/// The tensors of a pickled module: its state says which are its own, and which modules it has.
fn module(
    pickle: &Pickle,
    id: Id,
    prefix: &str,
    depth: usize,
    out: &mut Vec<(String, Id)>,
) -> Result<(), String> {
    if depth > DEEPEST {
        return Err("modules lie too deep in modules".to_owned());
    }
    let Some(state) = pickle.state(id) else { return Ok(()) };
    for part in ["_parameters", "_buffers"] {
        let pairs = pickle.member(state, part).and_then(|p| pickle.pairs(p)).unwrap_or_default();
        for (key, value) in pairs {
            if let (Some(name), true) = (pickle.text(*key), is_tensor(pickle, *value)) {
                out.push((format!("{prefix}{name}"), *value));
            }
        }
    }
    let inner = pickle.member(state, "_modules").and_then(|m| pickle.pairs(m)).unwrap_or_default();
    for (key, value) in inner {
        if let Some(name) = pickle.text(*key) {
            module(pickle, *value, &format!("{prefix}{name}."), depth + 1, out)?;
        }
    }
    Ok(())
}

/// The call that rebuilds a tensor; a parameter is one around a tensor.
pub(crate) fn rebuild(pickle: &Pickle, id: Id) -> Option<(String, &[Id])> {
    let (name, args) = pickle.call(id)?;
    match name.as_str() {
        "torch._utils._rebuild_tensor_v2" | "torch._utils._rebuild_tensor" => Some((name, args)),
        "torch._utils._rebuild_parameter" | "torch._utils._rebuild_parameter_with_state" => {
            let (inner, args) = pickle.call(*args.first()?)?;
            inner.starts_with("torch._utils._rebuild_tensor").then_some((inner, args))
        }
        _ => None,
    }
}

pub(crate) fn is_tensor(pickle: &Pickle, id: Id) -> bool {
    rebuild(pickle, id).is_some()
}

pub(crate) fn view(pickle: &Pickle, id: Id) -> Result<View, String> {
    let (_, args) = rebuild(pickle, id).ok_or("is no tensor")?;
    let &[storage, offset, shape, strides, ..] = args else {
        return Err("is a tensor of a form that is not read".to_owned());
    };
    let sizes = |id: Id| -> Option<Vec<usize>> { pickle.list(id)?.iter().map(|n| pickle.size(*n)).collect() };
    let (key, dtype) = storage_of(pickle, storage)?;
    Ok(View {
        storage: key,
        dtype,
        offset: pickle.size(offset).ok_or("has no offset")?,
        shape: sizes(shape).ok_or("has no sizes")?,
        strides: sizes(strides).ok_or("has no strides")?,
    })
}

/// ('storage', type, key, device, elements)
pub(crate) fn storage_of(pickle: &Pickle, id: Id) -> Result<(String, Dtype), String> {
    use crate::pickle::Node;
    let Node::Persistent(named) = pickle.get(id) else { return Err("has no storage".to_owned()) };
    let parts = pickle.list(*named).unwrap_or_default();
    let &[_, kind, key, ..] = parts else {
        return Err("has a storage of a form that is not read".to_owned());
    };
    let Node::Global(_, kind) = pickle.get(kind) else { return Err("has a storage of no type".to_owned()) };
    let dtype =
        Dtype::of_storage(kind).ok_or_else(|| format!("has elements of `{kind}`, which are not read"))?;
    let key = pickle.text(key).ok_or("has a storage without a key")?;
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
