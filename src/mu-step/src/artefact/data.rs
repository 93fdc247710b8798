//! Of a `data` step: images and labels.

use serde::{Deserialize, Serialize};

use super::file::{Array, Record, TensorFile};

/// The files of a part of a data set.
#[derive(Clone, Copy, Debug)]
pub struct PartFiles {
    /// Bytes [n, channels, canvas, canvas].
    pub images: &'static str,
    /// A class for each image.
    pub labels: Array<i64>,
    /// BLAKE3 of each image, 32 bytes each.
    pub digests: &'static str,
}

/// The training part.
pub const TRAIN: PartFiles =
    PartFiles { images: "train.images", labels: Array::new("train_labels.npy"), digests: "train.b3" };

/// The test part.
pub const TEST: PartFiles =
    PartFiles { images: "test.images", labels: Array::new("test_labels.npy"), digests: "test.b3" };

/// The data set's own numbers of each training sample by name, int64 [n]; not there where it has none.
pub const GROUPS: TensorFile = TensorFile { file: "groups.safetensors" };

/// How many images there are, and of which size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataShape {
    /// 1 for grey, 3 for colour.
    pub channels: i64,
    /// The side of the images, px.
    pub canvas: i64,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Training images that cannot be read: they keep their numbers, and neither train nor validate.
    pub corrupt: Vec<Corrupt>,
    /// The same of the test part; these are left out.
    pub corrupt_test: Vec<Corrupt>,
}

impl Record for DataShape {
    const FILE: &'static str = "data.json";
}

/// An image that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrupt {
    /// The sample.
    pub sample: usize,
    /// What people call it.
    pub name: String,
    /// Why.
    pub reason: String,
}
