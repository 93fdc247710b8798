//! Lists in arrays: NumPy's files, and those of torch.save and pickle.

use std::io::{Cursor, Read};

use mu_checkpoint::{Array, Dtype};
use npyz::DType;
use zip::ZipArchive;
use zip::read::{ArchiveOffset, Config};

use super::numbers::{MOST_BYTES, Numbers, not_one, whole_real};

/// An array's sizes and elements.
pub(super) type Sized = (Vec<usize>, Numbers);

/// Reads an npy file of whole numbers, of booleans, or of real numbers that are whole.
///
/// # Errors
/// In words, where its elements are something else.
pub(crate) fn npy(bytes: &[u8]) -> Result<Sized, String> {
    let file = mu_file::npy(bytes)?;
    let shape: Vec<usize> = file.shape().iter().map(|s| *s as usize).collect();
    let DType::Plain(kind) = file.dtype() else { return Err("it holds records".to_owned()) };
    macro_rules! read {
        ($t:ty) => {
            mu_file::npy(bytes)?.into_vec::<$t>().map_err(|e| e.to_string())?
        };
    }
    let list = |numbers: Vec<i64>| Ok(Numbers::List(numbers));
    let numbers = match kind.to_string().trim_start_matches(['<', '>', '|', '=']) {
        "b1" => Ok(Numbers::Mask(read!(bool))),
        "i1" => list(read!(i8).into_iter().map(i64::from).collect()),
        "i2" => list(read!(i16).into_iter().map(i64::from).collect()),
        "i4" => list(read!(i32).into_iter().map(i64::from).collect()),
        "i8" => list(read!(i64)),
        "u1" => list(read!(u8).into_iter().map(i64::from).collect()),
        "u2" => list(read!(u16).into_iter().map(i64::from).collect()),
        "u4" => list(read!(u32).into_iter().map(i64::from).collect()),
        "u8" => list(read!(u64).into_iter().map(beyond).collect::<Result<_, _>>()?),
        "f4" => real(read!(f32).into_iter().map(f64::from)),
        "f8" => real(read!(f64)),
        "O" => Err("it holds Python objects, not numbers: store one plain list".to_owned()),
        other => Err(format!("its elements are `{other}`, no whole numbers")),
    };
    Ok((shape, numbers?))
}

fn beyond(number: u64) -> Result<i64, String> {
    i64::try_from(number).map_err(|_| format!("{number} is no number of a sample"))
}

fn real(numbers: impl IntoIterator<Item = f64>) -> Result<Numbers, String> {
    let one = |n: f64| whole_real(n).ok_or_else(|| format!("{n} is not a whole number"));
    numbers.into_iter().map(one).collect::<Result<_, _>>().map(Numbers::List)
}

/// The elements of an array that is one list: at most one of its sizes is not 1.
pub(super) fn in_a_row((shape, numbers): Sized) -> Result<Numbers, String> {
    if shape.iter().filter(|s| **s != 1).count() > 1 { Err(not_one(&shape)) } else { Ok(numbers) }
}

/// The list of a file that has one.
pub(super) fn only(mut named: Vec<(String, Sized)>) -> Result<Numbers, String> {
    match named.len() {
        0 => Err("it holds no list of numbers".to_owned()),
        1 => in_a_row(named.swap_remove(0).1),
        n => {
            let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
            Err(format!("it holds {n} lists: {}; store the one that is meant by itself", names.join(", ")))
        }
    }
}

fn archive(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, String> {
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    ZipArchive::with_config(config, Cursor::new(bytes))
        .map_err(|e| format!("the zip archive cannot be read: {e}"))
}

/// Whether a zip archive is NumPy's: it has arrays, and not what torch.save writes.
pub(super) fn is_npz(bytes: &[u8]) -> bool {
    archive(bytes).is_ok_and(|a| a.file_names().filter_map(Result::ok).any(|n| n.ends_with(".npy")))
}

/// The arrays of an npz file, by name.
pub(super) fn npz(bytes: &[u8]) -> Result<Vec<(String, Sized)>, String> {
    let mut archive = archive(bytes)?;
    let names: Vec<String> = archive.file_names().filter_map(|n| Some(n.ok()?.into_owned())).collect();
    let mut found = Vec::new();
    for name in names.into_iter().filter(|n| n.ends_with(".npy")) {
        let short = name.trim_end_matches(".npy").to_owned();
        let entry = archive.by_name(&name).map_err(|e| format!("{short}: {e}"))?;
        let mut inner = Vec::new();
        entry.take(MOST_BYTES).read_to_end(&mut inner).map_err(|e| format!("{short}: {e}"))?;
        let sized = npy(&inner).map_err(|e| format!("{short}: {e}"))?;
        found.push((short, sized));
    }
    Ok(found)
}

/// The tensors, arrays and lists of a file of torch.save, or of a pickle.
pub(super) fn saved(bytes: &[u8]) -> Result<Vec<(String, Sized)>, String> {
    let arrays = mu_checkpoint::arrays(bytes)?;
    arrays.into_iter().map(|(name, array)| Ok((name, (array.shape.clone(), elements(&array)?)))).collect()
}

fn elements(array: &Array) -> Result<Numbers, String> {
    macro_rules! each {
        ($t:ty) => {
            array
                .bytes
                .chunks_exact(size_of::<$t>())
                .map(|b| <$t>::from_le_bytes(b.try_into().unwrap_or_default()))
        };
    }
    Ok(match array.dtype {
        Dtype::Bool => Numbers::Mask(array.bytes.iter().map(|b| *b != 0).collect()),
        Dtype::U8 => Numbers::List(array.bytes.iter().map(|b| i64::from(*b)).collect()),
        Dtype::U16 => Numbers::List(each!(u16).map(i64::from).collect()),
        Dtype::U32 => Numbers::List(each!(u32).map(i64::from).collect()),
        Dtype::U64 => Numbers::List(each!(u64).map(beyond).collect::<Result<_, _>>()?),
        Dtype::I8 => Numbers::List(each!(i8).map(i64::from).collect()),
        Dtype::I16 => Numbers::List(each!(i16).map(i64::from).collect()),
        Dtype::I32 => Numbers::List(each!(i32).map(i64::from).collect()),
        Dtype::I64 => Numbers::List(each!(i64).collect()),
        Dtype::F64 => real(each!(f64))?,
        Dtype::F32 => real(each!(f32).map(f64::from))?,
        // Whole numbers above 2048, or 256, are rounded in these.
        Dtype::F16 | Dtype::Bf16 => return Err("16-bit reals do not hold sample numbers exactly".to_owned()),
    })
}
