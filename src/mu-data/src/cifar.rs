//! CIFAR-10 and CIFAR-100 in their binary form (Krizhevsky 2009): records of one or two label bytes and 3 × 32 × 32 pixels, by
//! channel. `data_batch_1.bin` … `data_batch_5.bin` and `test_batch.bin`, or `train.bin` and `test.bin`, in the folder or in
//! the one that the archive unpacks to.

use std::path::{Path, PathBuf};

use crate::{DataError, Decoded, Facts, Samples};

const PIXELS: usize = 3 * 32 * 32;

/// One of the two data sets.
#[derive(Clone, Copy)]
pub(crate) struct Cifar {
    folder: &'static str,
    train: &'static [&'static str],
    test: &'static str,
    /// Label bytes of a record, of which the last counts: CIFAR-100 has the coarse class before the fine one.
    labels: usize,
}

pub(crate) const TEN: Cifar = Cifar {
    folder: "cifar-10-batches-bin",
    train: &[
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ],
    test: "test_batch.bin",
    labels: 1,
};

pub(crate) const HUNDRED: Cifar =
    Cifar { folder: "cifar-100-binary", train: &["train.bin"], test: "test.bin", labels: 2 };

/// The facts of the whole data set, for planning where it is not on this machine.
pub(crate) fn nominal() -> Facts {
    Facts { digest: String::new(), train: 50_000, test: Some(10_000) }
}

impl Cifar {
    fn path(self, root: &Path, name: &str) -> Result<PathBuf, DataError> {
        [root.join(name), root.join(self.folder).join(name)]
            .into_iter()
            .find(|p| p.is_file())
            .ok_or_else(|| DataError::Missing { folder: root.to_owned(), name: name.to_owned() })
    }

    fn record(self) -> usize {
        self.labels + PIXELS
    }

    pub(crate) fn facts(self, root: &Path) -> Result<Facts, DataError> {
        let mut hasher = blake3::Hasher::new();
        let mut counts = [0, 0];
        for (part, names) in [self.train, &[self.test]].into_iter().enumerate() {
            for name in names {
                let path = self.path(root, name)?;
                let bytes =
                    std::fs::read(&path).map_err(|error| DataError::Io { path: path.clone(), error })?;
                hasher.update(&bytes);
                counts[part] += self.count(&path, &bytes)?;
            }
        }
        Ok(Facts { digest: hasher.finalize().to_hex().to_string(), train: counts[0], test: Some(counts[1]) })
    }

    fn count(self, path: &Path, bytes: &[u8]) -> Result<usize, DataError> {
        if bytes.is_empty() || !bytes.len().is_multiple_of(self.record()) {
            let problem = format!("its {} bytes are no records of {}", bytes.len(), self.record());
            return Err(DataError::Format { file: path.display().to_string(), problem });
        }
        Ok(bytes.len() / self.record())
    }

    pub(crate) fn decode(self, root: &Path) -> Result<Decoded, DataError> {
        Ok(Decoded { train: self.part(root, self.train)?, test: Some(self.part(root, &[self.test])?) })
    }

    fn part(self, root: &Path, names: &[&str]) -> Result<Samples, DataError> {
        let mut part =
            Samples { count: 0, channels: 3, height: 32, width: 32, pixels: Vec::new(), labels: Vec::new() };
        for name in names {
            let path = self.path(root, name)?;
            let bytes = std::fs::read(&path).map_err(|error| DataError::Io { path: path.clone(), error })?;
            part.count += self.count(&path, &bytes)?;
            for record in bytes.chunks_exact(self.record()) {
                part.labels.push(record[self.labels - 1]);
                part.pixels.extend_from_slice(&record[self.labels..]);
            }
        }
        Ok(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_labels_and_planes() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("cifar-100-binary");
        std::fs::create_dir(&inner).unwrap();
        let record = |coarse: u8, fine: u8, fill: u8| [vec![coarse, fine], vec![fill; PIXELS]].concat();
        std::fs::write(inner.join("train.bin"), [record(1, 42, 7), record(2, 99, 8)].concat()).unwrap();
        std::fs::write(inner.join("test.bin"), record(0, 3, 9)).unwrap();
        let facts = HUNDRED.facts(folder.path()).unwrap();
        assert_eq!((facts.train, facts.test), (2, Some(1)));
        let decoded = HUNDRED.decode(folder.path()).unwrap();
        assert_eq!(decoded.train.labels, [42, 99]);
        assert_eq!((decoded.train.pixels[0], decoded.train.pixels[PIXELS]), (7, 8));
        std::fs::write(inner.join("test.bin"), [0; 100]).unwrap();
        assert!(HUNDRED.facts(folder.path()).unwrap_err().to_string().contains("no records of 3074"));
        assert!(TEN.facts(folder.path()).unwrap_err().to_string().contains("data_batch_1.bin"));
    }
}
