//! The data sets that the library names. Checksums are those that torchvision checks, and for Tiny ImageNet those in circulation.

use crate::{Download, Published};

const fn archive(from: &'static str, file: &'static str, md5: &'static str, bytes: u64) -> Download {
    Download { from, file, md5, bytes, unpack: true }
}

const fn plain(from: &'static str, file: &'static str, md5: &'static str, bytes: u64) -> Download {
    Download { from, file, md5, bytes, unpack: false }
}

const TORONTO: &str = "https://www.cs.toronto.edu/~kriz/";
const SVHN: &str = "http://ufldl.stanford.edu/housenumbers/";
const MNIST: &str = "https://ossci-datasets.s3.amazonaws.com/mnist/";
const FASHION: &str = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";

/// Every published data set.
pub const KNOWN: &[Published] = &[
    Published {
        name: "cifar10",
        folder: "cifar10",
        about: "163 MB; free to use, cite Krizhevsky 2009",
        downloads: &[archive(
            TORONTO,
            "cifar-10-python.tar.gz",
            "c58f30108f718f92721af3b95e74349a",
            170_498_071,
        )],
        files: &[
            ("cifar-10-batches-py/data_batch_1", "c99cafc152244af753f735de768cd75f"),
            ("cifar-10-batches-py/data_batch_2", "d4bba439e000b95fd0a9bffe97cbabec"),
            ("cifar-10-batches-py/data_batch_3", "54ebc095f3ab1f0389bbae665268c751"),
            ("cifar-10-batches-py/data_batch_4", "634d18415352ddfa80567beed471001a"),
            ("cifar-10-batches-py/data_batch_5", "482c414d41f54cd18b22e5b47cb7c3cb"),
            ("cifar-10-batches-py/test_batch", "40351d587109b95175f43aff81a1287e"),
        ],
        by_hand: "",
    },
    Published {
        name: "cifar100",
        folder: "cifar100",
        about: "161 MB; free to use, cite Krizhevsky 2009",
        downloads: &[archive(
            TORONTO,
            "cifar-100-python.tar.gz",
            "eb9058c3a382ffc7106e4002c42a8d85",
            169_001_437,
        )],
        files: &[
            ("cifar-100-python/train", "16019d7e3df5f24257cddd939b257f8d"),
            ("cifar-100-python/test", "f0ef6b0ae62326f3e7ffdfab6717acfc"),
        ],
        by_hand: "",
    },
    Published {
        name: "mnist",
        folder: "mnist",
        about: "11 MB; CC BY-SA 3.0",
        downloads: &[
            plain(MNIST, "train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873", 9_912_422),
            plain(MNIST, "train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432", 28_881),
            plain(MNIST, "t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3", 1_648_877),
            plain(MNIST, "t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c", 4_542),
        ],
        files: &[],
        by_hand: "",
    },
    Published {
        name: "fashion_mnist",
        folder: "fashion-mnist",
        about: "30 MB; MIT",
        downloads: &[
            plain(FASHION, "train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d", 26_421_880),
            plain(FASHION, "train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe", 29_515),
            plain(FASHION, "t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79", 4_422_102),
            plain(FASHION, "t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310", 5_148),
        ],
        files: &[],
        by_hand: "",
    },
    Published {
        name: "svhn",
        folder: "svhn",
        about: "246 MB; for non-commercial use only",
        downloads: &[
            plain(SVHN, "train_32x32.mat", "e26dedcc434d2e4c54c9b2d4a06d8373", 182_040_794),
            plain(SVHN, "test_32x32.mat", "eb5a983be6a315427106f1b164d9cef3", 64_275_384),
        ],
        files: &[],
        by_hand: "",
    },
    Published {
        name: "tiny_imagenet",
        folder: "tiny-imagenet-200",
        about: "248 MB; a part of ImageNet, for research and teaching",
        downloads: &[archive(
            "http://cs231n.stanford.edu/",
            "tiny-imagenet-200.zip",
            "90528d7ca1a48142e341f4ef8d21d0de",
            248_100_043,
        )],
        files: &[("tiny-imagenet-200/wnids.txt", ""), ("tiny-imagenet-200/val/val_annotations.txt", "")],
        by_hand: "",
    },
    Published {
        name: "imagenet",
        folder: "imagenet",
        about: "145 GB; for non-commercial research, by agreement with image-net.org",
        downloads: &[],
        files: &[],
        by_hand: "sign in at image-net.org, and put here folders `train` and `val` of classes; or \
                  ILSVRC2012_img_train.tar, unpacked no further, beside `val`; or Kaggle's ILSVRC folder with \
                  LOC_val_solution.csv; or WebDataset shards *train*.tar and *val*.tar",
    },
    Published {
        name: "celeba",
        folder: "celeba",
        about: "1.4 GB; for non-commercial research, by agreement with the Chinese University of Hong Kong",
        downloads: &[],
        files: &[],
        by_hand: "from mmlab.ie.cuhk.edu.hk/projects/CelebA.html put here img_align_celeba.zip (or the folder that it \
                  unpacks to), list_attr_celeba.txt, list_eval_partition.txt, and identity_CelebA.txt where people are \
                  to be forgotten",
    },
    Published {
        name: "unlearn_canvas",
        folder: "unlearn_canvas",
        about: "9 GB; by agreement on the Hugging Face hub (OPTML-Group/UnlearnCanvas)",
        downloads: &[],
        files: &[],
        by_hand: "put here a folder for each style, with a folder for each object: STYLE/OBJECT/NUMBER.jpg",
    },
];

/// A published data set by its name.
#[must_use]
pub fn known(name: &str) -> Option<&'static Published> {
    KNOWN.iter().find(|k| k.name == name)
}
