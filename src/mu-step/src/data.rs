//! Data sets: where their bytes come from, and how images become network input.

use serde::{Deserialize, Serialize};

use crate::StepKey;

/// How the bytes of a data set are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The UCI optical digits that ship with mu: 1 797 grey images of 8 × 8, no test part.
    Digits,
    /// A folder of IDX files, plain or gzip: `train-images-idx3-ubyte`, `train-labels-…`, `t10k-…`.
    Idx,
    /// CIFAR-10, binary or as Python pickles.
    Cifar10,
    /// CIFAR-100 with the fine classes, binary or as Python pickles.
    Cifar100,
    /// CIFAR-100 with the coarse classes, in the same two forms.
    Cifar100Coarse,
    /// SVHN: `train_32x32.mat`, `test_32x32.mat`.
    Svhn,
    /// A NumPy archive of arrays.
    Npz,
    /// Folders of images, one a class.
    Folders,
    /// Tiny ImageNet in its own layout.
    TinyImagenet,
    /// ImageNet: folders of classes, the tar archives, or WebDataset shards.
    Imagenet,
    /// Parquet files with a column of images and one of labels, as the Hugging Face hub has them.
    Parquet {
        /// The column of labels; the only column of whole numbers where it is not said.
        label: Option<String>,
    },
    /// CelebA with one attribute as the label.
    Celeba {
        /// `Smiling`, …
        attribute: String,
    },
    /// UnlearnCanvas: folders of styles, in them folders of objects.
    UnlearnCanvas {
        /// Whether the style is the label, or else the object.
        by_style: bool,
    },
}

impl SourceKind {
    /// How many classes it has, where the same files have several kinds of labels.
    #[must_use]
    pub fn classes(&self) -> Option<i64> {
        match self {
            SourceKind::Cifar100 => Some(100),
            SourceKind::Cifar100Coarse => Some(20),
            SourceKind::Digits
            | SourceKind::Idx
            | SourceKind::Cifar10
            | SourceKind::Svhn
            | SourceKind::Npz
            | SourceKind::Folders
            | SourceKind::TinyImagenet
            | SourceKind::Imagenet
            | SourceKind::Parquet { .. }
            | SourceKind::Celeba { .. }
            | SourceKind::UnlearnCanvas { .. } => None,
        }
    }
}

/// How much of a part is taken.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Take {
    /// All of it.
    All,
    /// So many samples: of each class in proportion to its size, in each the first.
    Samples(usize),
    /// Of each class the first share, in 0..1, rounded up.
    Share(f64),
}

impl Take {
    /// About how many samples of so many it takes.
    #[must_use]
    pub fn of(self, all: usize) -> usize {
        match self {
            Take::All => all,
            Take::Samples(n) => n.min(all),
            Take::Share(share) => (share * all as f64).round() as usize,
        }
    }
}

/// What is done to an image once, when it is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "prepare", rename_all = "snake_case")]
pub enum Prepare {
    /// Scaled so that the shorter side is so long, bilinear and antialiased.
    Resize {
        /// px
        side: i64,
    },
    /// The middle.
    CentreCrop {
        /// px
        side: i64,
    },
}

/// Decode a data set into uint8 images [n, channels, canvas, canvas] and labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSpec {
    /// The decoder.
    pub source: SourceKind,
    /// BLAKE3 of the bytes.
    pub digest: String,
    /// How much of the training part.
    pub train: Take,
    /// How much of the test part.
    pub test: Take,
    /// The classes that are kept, numbered anew in this order; all where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<i64>>,
    /// What is done to each image when it is decoded, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prepare: Vec<Prepare>,
    /// How many images may be unreadable; they are never trained or tested on.
    #[serde(default)]
    pub corrupt: usize,
    /// Share held out per class as the test part, for sources that have none.
    pub holdout: f64,
    /// Seed of that draw.
    pub split_seed: u64,
    /// Side of the images after zero padding, px.
    pub canvas: i64,
    /// Channels.
    pub channels: i64,
    /// Number of classes; labels are 0..classes.
    pub classes: i64,
}

/// Divide the training part, per class, into training and validation samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitSpec {
    /// The data.
    pub data: StepKey,
    /// Share of each class for validation, in 0..1.
    pub validation: f64,
    /// Seed of the draw.
    pub seed: u64,
    /// Whether it is drawn as NumPy's `RandomState(seed).choice` draws it, class by class.
    #[serde(default)]
    pub numpy: bool,
}

/// How images become network input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Augmentations of training batches, in order.
    pub augment: Vec<Augmentation>,
    /// What is done to images that are not augmented, in order; nothing of it is random.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evaluate: Vec<Augmentation>,
    /// Per-channel mean of x/255.
    pub mean: Vec<f64>,
    /// Per-channel standard deviation of x/255.
    pub std: Vec<f64>,
}

/// An augmentation kernel: torchvision's transform of that name, on whole batches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "augmentation", rename_all = "snake_case")]
pub enum Augmentation {
    /// Pads with zeros by `pad` px on each side, then cuts the image's own size, or `side`, at a uniform offset.
    Crop {
        /// px on each side.
        pad: i64,
        /// px; the image's own where it is not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        side: Option<i64>,
    },
    /// Mirrors left–right with probability ½.
    Flip,
    /// A part of random area and shape, scaled to `side`, bilinear and antialiased.
    RandomResizedCrop {
        /// px
        side: i64,
        /// Least and largest share of the area.
        scale: [f64; 2],
        /// Least and largest width over height.
        ratio: [f64; 2],
    },
    /// Scaled to `side`, bilinear and antialiased.
    Resize {
        /// px
        side: i64,
    },
    /// The middle.
    CentreCrop {
        /// px
        side: i64,
    },
}

impl Augmentation {
    /// The side of a square image of `side` px after it.
    ///
    /// # Errors
    /// In words, where it does not fit.
    pub fn output(self, from: i64) -> Result<i64, String> {
        match self {
            Augmentation::Flip | Augmentation::Crop { side: None, .. } => Ok(from),
            Augmentation::Crop { pad, side: Some(side) } if side <= from + 2 * pad => Ok(side),
            Augmentation::CentreCrop { side } if side <= from => Ok(side),
            Augmentation::Crop { side: Some(side), .. } | Augmentation::CentreCrop { side } => {
                Err(format!("a cut of {side} px does not fit into {from} px"))
            }
            Augmentation::Resize { side } | Augmentation::RandomResizedCrop { side, .. } => Ok(side),
        }
    }

    /// The same, done once to every image when it is decoded, where it can be.
    #[must_use]
    pub fn once(self) -> Option<Prepare> {
        match self {
            Augmentation::Resize { side } => Some(Prepare::Resize { side }),
            Augmentation::CentreCrop { side } => Some(Prepare::CentreCrop { side }),
            Augmentation::Crop { .. } | Augmentation::Flip | Augmentation::RandomResizedCrop { .. } => None,
        }
    }

    /// Whether it draws.
    #[must_use]
    pub fn is_random(self) -> bool {
        !matches!(self, Augmentation::Resize { .. } | Augmentation::CentreCrop { .. })
    }
}
