//! Where images come from, and what is done to them.

use mu_step::{Augmentation, Budget, SourceKind, Take};

use super::argument::{Path, Share, budget};
use super::takes::Takes;
use super::word::{Argument, vocabulary, words};
use crate::value::Value;

/// A source: its decoder, and the folder or file that it reads, if it reads one.
pub(crate) struct Bytes {
    pub(crate) kind: SourceKind,
    pub(crate) root: Option<String>,
}

vocabulary! { Source: Bytes {
    "uci_digits" => Bytes { kind: SourceKind::Digits, root: None },
    "idx_files"(root: Path) => SourceKind::Idx.below(root),
    "cifar10_files"(root: Path) => SourceKind::Cifar10.below(root),
    "cifar100_files"(root: Path, labels: Hierarchy) => match labels {
        Hierarchy::Fine => SourceKind::Cifar100,
        Hierarchy::Coarse => SourceKind::Cifar100Coarse,
    }.below(root),
    "svhn_files"(root: Path) => SourceKind::Svhn.below(root),
    "npz_file"(root: Path) => SourceKind::Npz.below(root),
    "class_folders"(root: Path) => SourceKind::Folders.below(root),
    "tiny_imagenet_files"(root: Path) => SourceKind::TinyImagenet.below(root),
    "imagenet_files"(root: Path) => SourceKind::Imagenet.below(root),
    "parquet_files"(root: Path, label: Option<String>) => SourceKind::Parquet { label }.below(root),
    "celeba_files"(root: Path, attribute: String) => SourceKind::Celeba { attribute }.below(root),
    "unlearn_canvas_files"(root: Path, label: Canvas) =>
        SourceKind::UnlearnCanvas { by_style: label == Canvas::Style }.below(root),
} }

trait Below {
    fn below(self, root: Path) -> Bytes;
}

impl Below for SourceKind {
    fn below(self, root: Path) -> Bytes {
        Bytes { kind: self, root: Some(root.0) }
    }
}

/// The labels of CIFAR-100.
enum Hierarchy {
    Fine,
    Coarse,
}

words! { Hierarchy { Fine = "fine", Coarse = "coarse" } }

/// The labels of UnlearnCanvas.
#[derive(PartialEq)]
enum Canvas {
    Style,
    Object,
}

words! { Canvas { Style = "style", Object = "object" } }

vocabulary! { Augmentation: Augmentation {
    "crop"(pad: i64, side: Option<i64>) => Augmentation::Crop { pad, side },
    "flip" => Augmentation::Flip,
    "random_resized_crop"(side: i64, smallest: Share, largest: Share, ratio: f64) =>
        Augmentation::RandomResizedCrop {
            side,
            scale: [smallest.0, largest.0],
            ratio: [1.0 / ratio, ratio],
        },
    "resize"(side: i64) => Augmentation::Resize { side },
    "centre_crop"(side: i64) => Augmentation::CentreCrop { side },
} }

/// How pixels become numbers.
pub(crate) struct Normalization {
    pub(crate) mean: Vec<f64>,
    pub(crate) std: Vec<f64>,
}

vocabulary! { Normalization: Normalization {
    "channels"(mean: Vec<f64>, std: Vec<f64>) => Normalization { mean, std },
} }

/// How much of a part of a data set is taken.
impl Argument for Take {
    const TAKES: Takes = Takes::OneOf(&["samples", "percent", "all"]);
    fn read(value: &Value) -> Option<Self> {
        if value.word().is_some() {
            return Some(Take::All);
        }
        Some(match budget(value)? {
            Budget::Share(share) => Take::Share(share),
            Budget::Samples(n) => Take::Samples(n),
        })
    }
}

/// By whose random numbers validation samples are drawn.
#[derive(PartialEq)]
pub(crate) enum Drawn {
    Mu,
    Numpy,
}

words! { Drawn { Mu = "mu", Numpy = "numpy" } }
