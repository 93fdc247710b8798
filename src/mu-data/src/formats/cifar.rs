//! CIFAR-10 and CIFAR-100 (Krizhevsky 2009) as the archives unpack, in the folder or in the one that they make.
//!
//! Binary: records of one or two label bytes and 3 × 32 × 32 pixels, by channel. Python: pickled dictionaries of an array of
//! pixels and a list of labels (read as data, not executed); that is torchvision's form.

use std::path::{Path, PathBuf};

use mu_checkpoint::pickle;

use super::disk::{self, unnested};
use crate::{DataError, Part, Planes, Source};

const SHAPE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;

/// One of the two data sets.
#[derive(Clone, Copy)]
pub(crate) struct Cifar {
    binary: Form,
    python: Form,
    /// The labels of a sample, in the order of a binary record: what each is called in Python's dictionaries, and as a group.
    labels: &'static [(&'static str, &'static str)],
    /// Which of them is the class.
    class: usize,
}

#[derive(Clone, Copy)]
struct Form {
    folder: &'static str,
    train: &'static [&'static str],
    test: &'static str,
}

impl Form {
    /// Where its files may lie.
    fn folders(&self, root: &Path) -> [PathBuf; 2] {
        [root.to_owned(), unnested(&root.join(self.folder))]
    }
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
    labels: &[("labels", "class")],
    class: 0,
};

pub(crate) const HUNDRED: Cifar = Cifar {
    binary: Form { folder: "cifar-100-binary", train: &["train.bin"], test: "test.bin" },
    python: Form { folder: "cifar-100-python", train: &["train"], test: "test" },
    labels: &[("coarse_labels", "coarse"), ("fine_labels", "fine")],
    class: 1,
};

/// CIFAR-100 with its 20 superclasses as the classes.
pub(crate) const TWENTY: Cifar = Cifar { class: 0, ..HUNDRED };

impl Cifar {
    /// The form that is there, and where its files are: those that train, then the one that tests.
    fn found(self, root: &Path) -> Result<(bool, Vec<PathBuf>), DataError> {
        let is_there = |form: &Form| form.folders(root).iter().any(|f| f.join(form.train[0]).is_file());
        let python = !is_there(&self.binary) && is_there(&self.python);
        let form = if python { self.python } else { self.binary };
        let locate = |name: &&str| {
            let places = form.folders(root).map(|folder| folder.join(name));
            places.into_iter().find(|p| p.is_file()).ok_or_else(|| {
                let other = if python { String::new() } else { format!(", nor {}", self.python.train[0]) };
                DataError::missing(root, format!("{name}, nor {}/{name}{other}", form.folder))
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
            let (mut labels, mut pixels) = (vec![Vec::new(); self.labels.len()], Vec::new());
            for path in paths {
                let bytes = mu_file::bytes(path, mu_file::NUMBERS).map_err(DataError::io(path))?;
                if python {
                    self.pickled(path, &bytes, &mut labels, &mut pixels)?;
                } else {
                    self.records(path, &bytes, &mut labels, &mut pixels)?;
                }
            }
            let of_class = std::mem::take(&mut labels[self.class]);
            let planes = Planes { count: pixels.len() / PIXELS, shape: SHAPE, pixels };
            let mut part = Part::new(of_class, planes);
            if self.labels.len() > 1 {
                labels[self.class].clone_from(&part.labels);
                let named = self.labels.iter().zip(labels);
                let group = |((_, name), of): (&(&str, &str), Vec<u32>)| {
                    ((*name).to_owned(), of.into_iter().map(i64::from).collect())
                };
                part.groups = named.map(group).collect();
            }
            Ok(part)
        };
        let (test, train) = paths.split_last().ok_or_else(|| DataError::missing(root, self.binary.test))?;
        Ok(Source { train: part(train)?, test: Some(part(std::slice::from_ref(test))?) })
    }

    fn records(
        self,
        path: &Path,
        bytes: &[u8],
        labels: &mut [Vec<u32>],
        pixels: &mut Vec<u8>,
    ) -> Result<(), DataError> {
        let record = self.labels.len() + PIXELS;
        if bytes.is_empty() || !bytes.len().is_multiple_of(record) {
            let problem = format!("its {} bytes are no records of {record}", bytes.len());
            return Err(DataError::format(path, problem));
        }
        for record in bytes.chunks_exact(record) {
            let (of_sample, picture) = record.split_at(self.labels.len());
            labels.iter_mut().zip(of_sample).for_each(|(all, label)| all.push(u32::from(*label)));
            pixels.extend_from_slice(picture);
        }
        Ok(())
    }

    fn pickled(
        self,
        path: &Path,
        bytes: &[u8],
        labels: &mut [Vec<u32>],
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
        for ((key, _), all) in self.labels.iter().zip(labels) {
            let numbers = pickle::integers(&pickle, member(key)?).map_err(bad)?;
            if numbers.len() != count || array.dtype != "u1" {
                let problem = format!("has {} `{key}` for {count} images of {}", numbers.len(), array.dtype);
                return Err(bad(problem));
            }
            all.extend(disk::labels(numbers, path)?);
        }
        pixels.extend(array.bytes);
        Ok(())
    }
}
