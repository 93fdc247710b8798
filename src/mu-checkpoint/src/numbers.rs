//! Arrays and lists of numbers in files of torch.save and in pickles: what people keep beside weights.

use crate::legacy::{self, MAGIC};
use crate::pickle::{self, Id, Node, Pickle, integer, parse};
use crate::state;
use crate::storage::View;
use crate::table::Storages;
use crate::words::short;
use crate::{Array, Dtype, zipped};

/// The arrays, tensors and lists of numbers in a file of torch.save (of either form) or in a pickle: one without a name where the file
/// is that, or the members of a dictionary. Whole numbers are 64 bits wide; nothing is executed.
///
/// # Errors
/// In words, where the bytes are no such file or hold no numbers.
pub fn arrays(bytes: &[u8]) -> Result<Vec<(String, Array)>, String> {
    if bytes.starts_with(b"PK") {
        let (pickle, mut storages) = zipped::parts(bytes)?;
        members(&pickle, &mut storages)
    } else if bytes.starts_with(&MAGIC[..12]) {
        let (pickle, mut storages) = legacy::parts(bytes.into())?;
        members(&pickle, &mut storages)
    } else {
        let pickle = parse(bytes)?;
        members(&pickle, &mut Nowhere)
    }
}

/// A pickle by itself has no storages beside it.
struct Nowhere;

impl Storages for Nowhere {
    fn tensor(&mut self, view: &View) -> Result<Array, String> {
        Err(format!("has no storage {} in the file", view.storage))
    }
}

fn members(pickle: &Pickle, storages: &mut dyn Storages) -> Result<Vec<(String, Array)>, String> {
    let Some(pairs) = pickle.pairs(pickle.root) else {
        return Ok(vec![(String::new(), value(pickle, pickle.root, storages)?)]);
    };
    let (mut found, mut others, mut bytes) = (Vec::new(), Vec::new(), 0);
    for (key, id) in pairs {
        let name = pickle.text(*key).unwrap_or("a member without a name").to_owned();
        let several = state::is_tensor(pickle, *id)
            || pickle.list(*id).is_some()
            || matches!(pickle.get(*id), Node::Object(_));
        match several.then(|| value(pickle, *id, storages)) {
            Some(Ok(array)) => {
                bytes += array.bytes.len();
                if bytes > MOST_BYTES {
                    return Err(format!("its lists take more than {MOST_BYTES} bytes"));
                }
                found.push((name, array));
            }
            Some(Err(_)) | None => others.push(name),
        }
    }
    if found.is_empty() {
        return Err(format!("its dictionary has no list of numbers; it has {}", short(&others)));
    }
    Ok(found)
}

/// A tensor, an array of NumPy, a list, tuple or set of numbers, or a range.
fn value(pickle: &Pickle, id: Id, storages: &mut dyn Storages) -> Result<Array, String> {
    if let Some((_, args)) = state::rebuild(pickle, id) {
        return match args.first().and_then(|storage| pickle.call(*storage)) {
            Some((name, held)) if name == "torch.storage._load_from_bytes" => within(pickle, args, held),
            _ => storages.tensor(&state::view(pickle, id)?),
        };
    }
    if let Some(items) = pickle.list(id) {
        return list(pickle, items);
    }
    let (name, args) = pickle.call(id).ok_or("it holds no list of numbers")?;
    match (name.rsplit_once('.'), args) {
        (Some(("builtins" | "__builtin__", "range" | "xrange")), _) => range(pickle, args),
        (Some(("builtins" | "__builtin__", "set" | "frozenset" | "list" | "tuple")), [items]) => {
            list(pickle, pickle.list(*items).unwrap_or_default())
        }
        _ => numpy(pickle, id),
    }
}

/// A tensor with a file of torch.save for its storage: so a plain pickle has it.
fn within(pickle: &Pickle, args: &[Id], held: &[Id]) -> Result<Array, String> {
    let bytes = held.first().and_then(|b| pickle.bytes(*b)).ok_or("a tensor's storage is not there")?;
    if !bytes.starts_with(&MAGIC[..12]) {
        return Err("a tensor's storage is of a form that is not read".to_owned());
    }
    let (object, mut storages) = legacy::parts(bytes.into())?;
    let (storage, dtype) = state::storage_of(&object, object.root)?;
    let &[_, offset, shape, strides, ..] = args else {
        return Err("a tensor is of a form that is not read".to_owned());
    };
    let sizes = |id: Id| -> Option<Vec<usize>> { pickle.list(id)?.iter().map(|n| pickle.size(*n)).collect() };
    let (shape, strides) = (sizes(shape).ok_or("has no sizes")?, sizes(strides).ok_or("has no strides")?);
    let offset = pickle.size(offset).ok_or("has no offset")?;
    storages.tensor(&View { storage, dtype, offset, shape, strides })
}

fn list(pickle: &Pickle, items: &[Id]) -> Result<Array, String> {
    let inner = items.iter().filter(|i| pickle.list(**i).is_some()).count();
    if inner > 0 {
        return Err(format!("it is a list of {inner} lists"));
    }
    let flags: Option<Vec<u8>> = items
        .iter()
        .map(|i| match pickle.get(*i) {
            Node::Bool(b) => Some(u8::from(*b)),
            _ => None,
        })
        .collect();
    if let Some(bytes) = flags.filter(|f| !f.is_empty()) {
        return Ok(Array { dtype: Dtype::Bool, shape: vec![bytes.len()], bytes });
    }
    if items.iter().any(|i| matches!(pickle.get(*i), Node::Float(_))) {
        let real = |i: &Id| match pickle.get(*i) {
            Node::Float(f) => Ok(*f),
            _ => integer(pickle, *i).map(|n| n as f64),
        };
        let bytes: Vec<f64> = items.iter().map(real).collect::<Result<_, String>>()?;
        let bytes = bytes.into_iter().flat_map(f64::to_le_bytes).collect();
        return Ok(Array { dtype: Dtype::F64, shape: vec![items.len()], bytes });
    }
    Ok(wide(items.iter().map(|i| integer(pickle, *i)).collect::<Result<_, String>>()?, vec![items.len()]))
}

/// No part of any data set has more samples; a range says in a few bytes how many numbers it stands for.
const LONGEST: usize = 1 << 26;
/// Bytes of all members of a dictionary together: each may be a view of the same storage.
const MOST_BYTES: usize = 1 << 32;

fn range(pickle: &Pickle, args: &[Id]) -> Result<Array, String> {
    let numbers: Vec<i64> = args.iter().map(|i| integer(pickle, *i)).collect::<Result<_, String>>()?;
    let (from, to, step) = match *numbers.as_slice() {
        [to] => (0, to, 1),
        [from, to] => (from, to, 1),
        [from, to, step] if step != 0 => (from, to, step),
        _ => return Err("a range is of a form that is not read".to_owned()),
    };
    let (mut at, mut all) = (i128::from(from), Vec::new());
    while if step > 0 { at < i128::from(to) } else { at > i128::from(to) } {
        if all.len() == LONGEST {
            return Err(format!("the range from {from} to {to} is longer than any data set"));
        }
        all.push(at as i64);
        at += i128::from(step);
    }
    let count = all.len();
    Ok(wide(all, vec![count]))
}

fn numpy(pickle: &Pickle, id: Id) -> Result<Array, String> {
    let array = pickle::array(pickle, id)?;
    let (shape, bytes) = (array.shape, array.bytes);
    macro_rules! widen {
        ($t:ty) => {
            bytes
                .chunks_exact(size_of::<$t>())
                .map(|b| i64::try_from(<$t>::from_le_bytes(b.try_into().unwrap_or_default())))
                .collect::<Result<Vec<i64>, _>>()
                .map_err(|_| "it has numbers beyond 2^63".to_owned())?
        };
    }
    let numbers = match array.dtype.as_str() {
        "b1" => return Ok(Array { dtype: Dtype::Bool, shape, bytes }),
        "f4" => return Ok(Array { dtype: Dtype::F32, shape, bytes }),
        "f8" => return Ok(Array { dtype: Dtype::F64, shape, bytes }),
        "i1" => widen!(i8),
        "i2" => widen!(i16),
        "i4" => widen!(i32),
        "i8" => widen!(i64),
        "u1" => widen!(u8),
        "u2" => widen!(u16),
        "u4" => widen!(u32),
        "u8" => widen!(u64),
        other => return Err(format!("an array of `{other}` holds no numbers that are read")),
    };
    Ok(wide(numbers, shape))
}

fn wide(numbers: Vec<i64>, shape: Vec<usize>) -> Array {
    Array { dtype: Dtype::I64, shape, bytes: numbers.into_iter().flat_map(i64::to_le_bytes).collect() }
}
