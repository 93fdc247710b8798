//! CIFAR-10 and CIFAR-100 (Krizhevsky 2009) as the archives unpack, in the folder or in the one that they make.
//!
//! Binary: records of one or two label bytes and 3 × 32 × 32 pixels, by channel. Python: pickled dictionaries of an array of
//! pixels and a list of labels (read as data, not executed); that is torchvision's form.

use std::path::{Path, PathBuf};

use mu_checkpoint::pickle;

use super::either;
use crate::{DataError, Part, Planes, Source};

const SHAPE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;

/// One of the two data sets.
#[derive(Clone, Copy)]
pub(crate) struct Cifar {
    binary: Form,
    python: Form,
    /// Label bytes of a binary record, of which the last counts: CIFAR-100 has the coarse class before the fine one.
    labels: usize,
    /// What the labels are called in Python's dictionaries.
    key: &'static str,
}

#[derive(Clone, Copy)]
struct Form {
    folder: &'static str,
    train: &'static [&'static str],
    test: &'static str,
}

pub(crate) const TEN: Cifar = Cifar {
    binary: Form {
        folder: "cifar-10-batches-bin",
        train: &[
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
        ],
        test: "test_batch.bin",
    },
    python: Form {
        folder: "cifar-10-batches-py",
        train: &["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"],
        test: "test_batch",
    },
    labels: 1,
    key: "labels",
};

pub(crate) const HUNDRED: Cifar = Cifar {
    binary: Form { folder: "cifar-100-binary", train: &["train.bin"], test: "test.bin" },
    python: Form { folder: "cifar-100-python", train: &["train"], test: "test" },
    labels: 2,
    key: "fine_labels",
};

impl Cifar {
    /// The form that is there, and where its files are: those that train, then the one that tests.
    fn found(self, root: &Path) -> Result<(bool, Vec<PathBuf>), DataError> {
        let is_there = |form: &Form| {
            [root.to_owned(), root.join(form.folder)].iter().any(|f| f.join(form.train[0]).is_file())
        };
        let python = !is_there(&self.binary) && is_there(&self.python);
        let form = if python { self.python } else { self.binary };
        let locate = |name: &&str| {
            let names = [(*name).to_owned(), format!("{}/{name}", form.folder)];
            either(root, &names).map_err(|_| {
                let other = if python { String::new() } else { format!(", nor {}", self.python.train[0]) };
                DataError::missing(root, format!("{}{other}", names.join(", nor ")))
            })
        };
        let paths: Result<Vec<PathBuf>, DataError> =
            form.train.iter().chain([&form.test]).map(locate).collect();
        Ok((python, paths?))
    }

    pub(crate) fn files(self, root: &Path) -> Result<Vec<PathBuf>, DataError> {
        self.found(root).map(|(_, paths)| paths)
    }

    pub(crate) fn open(self, root: &Path) -> Result<Source, DataError> {
        let (python, paths) = self.found(root)?;
        let part = |paths: &[PathBuf]| {
            let (mut labels, mut pixels) = (Vec::new(), Vec::new());
            for path in paths {
                let bytes = std::fs::read(path).map_err(DataError::io(path))?;
                if python {
                    self.pickled(path, &bytes, &mut labels, &mut pixels)?;
                } else {
                    self.records(path, &bytes, &mut labels, &mut pixels)?;
                }
            }
            Ok(Part::new(labels, Planes { count: pixels.len() / PIXELS, shape: SHAPE, pixels }))
        };
        let (test, train) = paths.split_last().ok_or_else(|| DataError::missing(root, self.binary.test))?;
        Ok(Source { train: part(train)?, test: Some(part(std::slice::from_ref(test))?) })
    }

    fn records(
        self,
        path: &Path,
        bytes: &[u8],
        labels: &mut Vec<u32>,
        pixels: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        let record = self.labels + PIXELS;
        if bytes.is_empty() || !bytes.len().is_multiple_of(record) {
            let problem = format!("its {} bytes are no records of {record}", bytes.len());
            return Err(DataError::format(path, problem));
        }
        for record in bytes.chunks_exact(record) {
            labels.push(u32::from(record[self.labels - 1]));
            pixels.extend_from_slice(&record[self.labels..]);
        }
        Ok(())
    }

    fn pickled(
        self,
        path: &Path,
        bytes: &[u8],
        labels: &mut Vec<u32>,
        pixels: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        let bad = |problem: String| DataError::format(path, problem);
        let pickle = pickle::parse(bytes).map_err(bad)?;
        let member = |name: &str| {
            pickle.member(pickle.root, name).ok_or_else(|| bad(format!("its dictionary has no `{name}`")))
        };
        let array = pickle::array(&pickle, member("data")?).map_err(bad)?;
        let &[count, PIXELS] = array.shape.as_slice() else {
            return Err(bad(format!("its array of pixels has sizes {:?}, not [n, {PIXELS}]", array.shape)));
        };
        let numbers = pickle::integers(&pickle, member(self.key)?).map_err(bad)?;
        if numbers.len() != count || array.dtype != "u1" {
            return Err(bad(format!("has {} labels for {count} images of {}", numbers.len(), array.dtype)));
        }
        labels.extend(super::labels(numbers, path)?);
        pixels.extend(array.bytes);
        Ok(())
    }
}
