//! A folder of IDX files (MNIST, Fashion-MNIST, …), plain or gzip. The format: two zero bytes, the
//! element type (8 = unsigned byte), the number of dimensions, each dimension as a big-endian u32, the bytes.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::disk;
use crate::{DataError, Part, Planes, Source};

const IMAGES: &str = "images-idx3-ubyte";
const LABELS: &str = "labels-idx1-ubyte";
/// No IDX image set comes near this; a header that claims more is damaged.
const MAX_BYTES: usize = 1 << 33;

pub(crate) fn files(root: &Path) -> Result<Vec<PathBuf>, DataError> {
    let names =
        ["train", "t10k"].iter().flat_map(|part| [IMAGES, LABELS].map(|kind| format!("{part}-{kind}")));
    names.map(|name| locate(root, &name)).collect()
}

pub(crate) fn counts(root: &Path) -> Result<(usize, Option<usize>), DataError> {
    let count = |part: &str| {
        let path = locate(root, &format!("{part}-{IMAGES}"))?;
        header(&mut stream(&path)?, &path, 3).map(|dims| dims[0])
    };
    Ok((count("train")?, Some(count("t10k")?)))
}

pub(crate) fn open(root: &Path) -> Result<Source, DataError> {
    Ok(Source { train: part(root, "train")?, test: Some(part(root, "t10k")?) })
}

fn part(root: &Path, part: &str) -> Result<Part, DataError> {
    let (images_at, labels_at) =
        (locate(root, &format!("{part}-{IMAGES}"))?, locate(root, &format!("{part}-{LABELS}"))?);
    let (dims, pixels) = read(&images_at, 3)?;
    let (label_dims, labels) = read(&labels_at, 1)?;
    if dims[0] != label_dims[0] {
        let problem = format!("has {} labels for {} images", label_dims[0], dims[0]);
        return Err(DataError::format(&labels_at, problem));
    }
    let planes = Planes { count: dims[0], shape: [1, dims[1], dims[2]], pixels };
    Ok(Part::new(labels.into_iter().map(u32::from).collect(), planes))
}

fn locate(root: &Path, name: &str) -> Result<PathBuf, DataError> {
    // With a dot, and each file in a folder of its own name: as Kaggle has them.
    let dotted = name.replace("-idx", ".idx");
    let names = [name.to_owned(), format!("{name}.gz"), dotted.clone(), format!("{dotted}.gz")];
    disk::either(root, &names).or_else(|missing| {
        disk::either(root, &[format!("{name}/{name}"), format!("{dotted}/{dotted}")]).map_err(|_| missing)
    })
}

fn stream(path: &Path) -> Result<Box<dyn Read>, DataError> {
    let file = mu_file::open(path).map_err(|error| DataError::Io { path: path.to_owned(), error })?;
    let file = std::io::BufReader::new(file);
    Ok(if path.extension().is_some_and(|e| e == "gz") {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    })
}

fn header(from: &mut dyn Read, path: &Path, dimensions: usize) -> Result<Vec<usize>, DataError> {
    let bad = |problem: String| DataError::Format { file: path.display().to_string(), problem };
    let mut magic = [0; 4];
    from.read_exact(&mut magic).map_err(|e| bad(format!("the IDX header is cut short ({e})")))?;
    if magic[..3] != [0, 0, 8] || usize::from(magic[3]) != dimensions {
        return Err(bad(format!("is not an IDX file of unsigned bytes in {dimensions} dimension(s)")));
    }
    let mut dims = Vec::new();
    for _ in 0..dimensions {
        let mut size = [0; 4];
        from.read_exact(&mut size).map_err(|e| bad(format!("the IDX header is cut short ({e})")))?;
        dims.push(u32::from_be_bytes(size) as usize);
    }
    match dims.iter().try_fold(1usize, |a, b| a.checked_mul(*b)) {
        Some(total) if total <= MAX_BYTES => Ok(dims),
        _ => Err(bad(format!("the header claims {dims:?} bytes, more than any IDX set has"))),
    }
}

fn read(path: &Path, dimensions: usize) -> Result<(Vec<usize>, Vec<u8>), DataError> {
    let mut from = stream(path)?;
    let dims = header(&mut from, path, dimensions)?;
    let want: usize = dims.iter().product();
    let mut bytes = Vec::new();
    let result = from.by_ref().take(want as u64 + 1).read_to_end(&mut bytes);
    let problem = match result {
        Ok(_) if bytes.len() == want => return Ok((dims, bytes)),
        Ok(_) if bytes.len() > want => format!("has more bytes than its header says ({want})"),
        Ok(_) => format!("is truncated: {} bytes of data, its header says {want}", bytes.len()),
        Err(error) => format!("is truncated or damaged: {error} after {} of {want} bytes", bytes.len()),
    };
    Err(DataError::Format { file: path.display().to_string(), problem })
}
