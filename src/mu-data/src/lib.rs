//! Data sets on disk → images and labels in memory. No libtorch: the front end asks for facts
//! (how many samples, which bytes), the engine for the pixels, from the same decoders.

mod celeba;
mod cifar;
mod digits;
mod idx;

use std::path::{Path, PathBuf};

use mu_step::{DataSpec, SourceKind, Take};

/// Grey or colour images, channel-major, one byte a pixel, and their labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    /// Number of images.
    pub count: usize,
    /// 1 for grey, 3 for colour: one plane after the other.
    pub channels: usize,
    /// Height, px.
    pub height: usize,
    /// Width, px.
    pub width: usize,
    /// `count` × height × width bytes.
    pub pixels: Vec<u8>,
    /// `count` labels.
    pub labels: Vec<u8>,
}

impl Samples {
    /// The first `n` samples.
    fn take(&mut self, n: usize) {
        self.count = n.min(self.count);
        self.pixels.truncate(self.count * self.channels * self.height * self.width);
        self.labels.truncate(self.count);
    }
}

/// A decoded data set; `test` is empty where the source has no test part.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The training part.
    pub train: Samples,
    /// The test part.
    pub test: Option<Samples>,
}

/// What can be known without decoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// BLAKE3 of the bytes, hex.
    pub digest: String,
    /// Samples of the training part.
    pub train: usize,
    /// Samples of the test part, where there is one.
    pub test: Option<usize>,
}

/// A data set that is not what it should be: which file, and what is wrong.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file system refused.
    #[error("cannot read {path}: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        error: std::io::Error,
    },
    /// A file that should be there is not.
    #[error("{folder} has no {name} (nor {name}.gz)", folder = folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The file.
        name: String,
    },
    /// The bytes do not fit the format.
    #[error("{file}: {problem}")]
    Format {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
}

/// The digest and the counts of a data set.
///
/// # Errors
/// Where a file is missing, unreadable, or has no valid header.
pub fn facts(source: &SourceKind, root: Option<&Path>) -> Result<Facts, DataError> {
    let root = root.unwrap_or(Path::new("."));
    match source {
        SourceKind::Digits => Ok(digits::facts()),
        SourceKind::Idx => idx::facts(root),
        SourceKind::Cifar10 => cifar::TEN.facts(root),
        SourceKind::Cifar100 => cifar::HUNDRED.facts(root),
        SourceKind::Celeba { attribute } => celeba::facts(root, attribute),
    }
}

/// What a well-known data set has, as it is published: for planning where it is not on this machine.
#[must_use]
pub fn nominal(source: &SourceKind) -> Option<Facts> {
    match source {
        SourceKind::Digits => Some(digits::facts()),
        SourceKind::Cifar10 | SourceKind::Cifar100 => Some(cifar::nominal()),
        SourceKind::Celeba { .. } => Some(celeba::nominal()),
        SourceKind::Idx => None,
    }
}

/// The BLAKE3 digest of a file.
///
/// # Errors
/// Where it cannot be read.
pub fn file_digest(path: &Path) -> Result<String, DataError> {
    let bytes = std::fs::read(path).map_err(|error| DataError::Io { path: path.to_owned(), error })?;
    Ok(blake3::hash(&bytes).to_hex().to_string())
}

/// Reads a data set as its step says: decoded, cut to the asked counts, checked against the class count.
///
/// # Errors
/// Where a file is missing, unreadable, malformed, or has a label beyond the class count.
pub fn decode(spec: &DataSpec, root: Option<&Path>) -> Result<Decoded, DataError> {
    let root = root.unwrap_or(Path::new("."));
    let mut decoded = match &spec.source {
        SourceKind::Digits => digits::decode()?,
        SourceKind::Idx => idx::decode(root)?,
        SourceKind::Cifar10 => cifar::TEN.decode(root)?,
        SourceKind::Cifar100 => cifar::HUNDRED.decode(root)?,
        SourceKind::Celeba { attribute } => celeba::decode(root, attribute)?,
    };
    for (part, samples, take) in
        [("training", Some(&mut decoded.train), spec.train), ("test", decoded.test.as_mut(), spec.test)]
    {
        let Some(samples) = samples else { continue };
        let bad = |problem| DataError::Format { file: format!("the {part} part"), problem };
        if let Take::First(n) = take {
            if n > samples.count {
                return Err(bad(format!("has {} samples, {n} are asked for", samples.count)));
            }
            samples.take(n);
        }
        if let Some(at) = samples.labels.iter().position(|l| i64::from(*l) >= spec.classes) {
            let (label, classes) = (samples.labels[at], spec.classes);
            return Err(bad(format!(
                "sample {at} has label {label}, but the data set declares {classes} classes (0 to {})",
                classes - 1
            )));
        }
        if (samples.height.max(samples.width)) as i64 > spec.canvas {
            let (h, w, canvas) = (samples.height, samples.width, spec.canvas);
            return Err(bad(format!("has images of {h} × {w} px, larger than the canvas of {canvas} px")));
        }
    }
    Ok(decoded)
}
