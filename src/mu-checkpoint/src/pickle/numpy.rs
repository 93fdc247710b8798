//! NumPy's arrays and numbers in pickles.

use super::{Id, Node, Pickle};

/// An array of bytes or whole numbers, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct NumpyArray {
    /// Its sizes.
    pub shape: Vec<usize>,
    /// `u1`, `i8`, …: NumPy's word without the byte order, which is little.
    pub dtype: String,
    /// Its elements.
    pub bytes: Vec<u8>,
}

/// The word of a dtype: `u1`, `i8`.
fn dtype(pickle: &Pickle, id: Id) -> Result<String, String> {
    let (name, args) = pickle.call(id).ok_or("an array has no type")?;
    let word = args.first().and_then(|a| pickle.text(*a)).filter(|_| name == "numpy.dtype");
    let word = word.ok_or_else(|| format!("`{name}` is no type of numbers"))?;
    // The state's second member is the byte order.
    let order = pickle.state(id).and_then(|s| pickle.text(*pickle.list(s)?.get(1)?));
    if order == Some(">") {
        return Err("big-endian numbers are not read".to_owned());
    }
    Ok(word.trim_start_matches(['<', '|', '=']).to_owned())
}

/// An array.
///
/// # Errors
/// In words, where the value is none that is read.
pub fn array(pickle: &Pickle, id: Id) -> Result<NumpyArray, String> {
    let (name, args) = pickle.call(id).ok_or("an array of NumPy is needed")?;
    let own = name.starts_with("numpy.");
    let (shape, kind, columns, data) = match args {
        // Protocol 5: the buffer, its type, sizes and order.
        &[data, kind, shape, order] if own && name.ends_with("._frombuffer") => {
            (shape, kind, pickle.text(order) == Some("F"), data)
        }
        _ if own && name.ends_with("._reconstruct") => {
            let state = pickle.state(id).and_then(|s| pickle.list(s)).ok_or("an array has no state")?;
            let &[_, shape, kind, fortran, data] = state else {
                return Err("an array's state is of a form that is not read".to_owned());
            };
            (shape, kind, *pickle.get(fortran) == Node::Bool(true), data)
        }
        _ => return Err(format!("an array of NumPy is needed, this is `{name}`")),
    };
    let shape: Option<Vec<usize>> =
        pickle.list(shape).and_then(|s| s.iter().map(|n| pickle.size(*n)).collect());
    let shape = shape.ok_or("an array has no sizes")?;
    let dtype = dtype(pickle, kind)?;
    let bytes = pickle.bytes(data).ok_or("an array's elements are not stored as bytes")?;
    let width = dtype.get(1..).and_then(|w| w.parse::<usize>().ok());
    let width = width.ok_or_else(|| format!("`{dtype}` is no type of numbers"))?;
    let wants = shape.iter().try_fold(width, |n, s| n.checked_mul(*s));
    if wants != Some(bytes.len()) {
        return Err(format!("an array of sizes {shape:?} has {} bytes of {dtype}", bytes.len()));
    }
    if shape.len() > 1 && columns {
        return Err("arrays in column order are not read".to_owned());
    }
    Ok(NumpyArray { shape, dtype, bytes })
}

/// The whole numbers of a list, tuple or set of them, or of an array.
///
/// # Errors
/// In words, where there is something else among them.
pub fn integers(pickle: &Pickle, id: Id) -> Result<Vec<i64>, String> {
    if let Some(items) = pickle.list(id) {
        return items.iter().map(|item| integer(pickle, *item)).collect();
    }
    let array = array(pickle, id)?;
    let read = |width: usize| array.bytes.chunks_exact(width);
    Ok(match array.dtype.as_str() {
        "i8" => read(8).map(|b| i64::from_le_bytes(b.try_into().unwrap_or_default())).collect(),
        "i4" => read(4).map(|b| i32::from_le_bytes(b.try_into().unwrap_or_default()).into()).collect(),
        "i2" => read(2).map(|b| i16::from_le_bytes(b.try_into().unwrap_or_default()).into()).collect(),
        "u1" | "b1" => array.bytes.iter().map(|b| i64::from(*b)).collect(),
        "u4" => read(4).map(|b| u32::from_le_bytes(b.try_into().unwrap_or_default()).into()).collect(),
        other => return Err(format!("an array of `{other}` holds no whole numbers")),
    })
}

/// A number of Python's or of NumPy's.
pub(crate) fn integer(pickle: &Pickle, id: Id) -> Result<i64, String> {
    match pickle.get(id) {
        Node::Int(n) => return Ok(*n),
        Node::Object(_) => {}
        // Python's own words for what is short.
        Node::Float(number) => return Err(format!("{number} is no whole number")),
        Node::Text(text) if text.len() < 40 => return Err(format!("`{text}` is no whole number")),
        _ => return Err(format!("{} is no whole number", pickle.what(id))),
    }
    let (name, args) = pickle.call(id).ok_or("an object is no whole number")?;
    match (name.rsplit('.').next(), args) {
        (Some("scalar"), &[kind, data]) if name.starts_with("numpy.") => {
            let word = dtype(pickle, kind)?;
            let bytes =
                pickle.bytes(data).filter(|b| word.starts_with(['i', 'u']) && (1..=8).contains(&b.len()));
            let bytes = bytes.ok_or_else(|| format!("a `{word}` is no whole number"))?;
            let negative = word.starts_with('i') && bytes[bytes.len() - 1] & 0x80 != 0;
            let mut wide = [if negative { 0xff } else { 0 }; 8];
            wide[..bytes.len()].copy_from_slice(&bytes);
            Ok(i64::from_le_bytes(wide))
        }
        _ => Err(format!("`{name}` is no whole number")),
    }
}
