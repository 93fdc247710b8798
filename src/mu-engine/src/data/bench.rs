//! How many images a second are decoded, and come as augmented batches (tests/parity/bench_data.py has torchvision's).

use std::path::PathBuf;
use std::time::Instant;

use mu_step::{Augmentation, DataSpec, Prepare, SourceKind, Take, View};
use tch::{Device, Kind, Tensor};

use super::Images;
use crate::draw::Draws;

/// Images a second of two epochs, on one thread.
fn rate(images: &Images, n: i64) -> f64 {
    let draws = Draws { seed: 0, stage: "bench" };
    let begun = Instant::now();
    for epoch in 0..2 {
        let drawn = images.draw(draws, epoch, n as usize).unwrap();
        let order: Vec<i64> =
            draws.stream("order", epoch).permutation(n as usize).into_iter().map(|i| i as i64).collect();
        let order = Tensor::from_slice(&order);
        for at in (0..n).step_by(128) {
            let b = 128.min(n - at);
            let batch = images.batch(&order.narrow(0, at, b), drawn.as_ref().map(|d| (d, at))).unwrap();
            assert_eq!(batch.size()[0], b);
        }
    }
    2.0 * n as f64 / begun.elapsed().as_secs_f64()
}

#[test]
#[ignore = "prints figures; tests/parity/bench_data.py"]
fn pipelines_beside_torchvision() {
    tch::set_num_threads(1);
    let root = PathBuf::from(std::env::var("MU_PHOTOS").unwrap());
    let spec = DataSpec {
        source: SourceKind::Folders,
        digest: String::new(),
        train: Take::All,
        test: Take::All,
        only: None,
        prepare: vec![Prepare::Resize { side: 256 }, Prepare::CentreCrop { side: 256 }],
        corrupt: 0,
        holdout: 0.0,
        split_seed: 0,
        canvas: 256,
        channels: 3,
        classes: 2,
    };
    let part = mu_data::open(&spec, Some(&root)).unwrap().train;
    let file = tempfile::NamedTempFile::new().unwrap();
    let begun = Instant::now();
    mu_data::write(&part, &spec, file.path(), &|_| {}).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    println!("mu, photographs, decoded once on all cores: {:.0} images/s", part.len() as f64 / seconds);
    let view = View {
        augment: vec![
            Augmentation::RandomResizedCrop { side: 224, scale: [0.08, 1.0], ratio: [0.75, 4.0 / 3.0] },
            Augmentation::Flip,
        ],
        evaluate: vec![Augmentation::CentreCrop { side: 224 }],
        mean: vec![0.485, 0.456, 0.406],
        std: vec![0.229, 0.224, 0.225],
    };
    let n = part.len() as i64;
    let labels = || Tensor::zeros([n], (Kind::Int64, Device::Cpu));
    let images = Images::open(file.path(), [n, 3, 256], Vec::new(), labels(), &view).unwrap();
    println!("mu, photographs, later epochs, one thread: {:.0} images/s", rate(&images, n));
    let small = Tensor::zeros([10_000, 3, 32, 32], (Kind::Uint8, Device::Cpu));
    let labels = Tensor::zeros([10_000], (Kind::Int64, Device::Cpu));
    let view = View {
        augment: vec![Augmentation::Crop { pad: 4, side: None }, Augmentation::Flip],
        evaluate: Vec::new(),
        ..view
    };
    let images = Images::new(small, labels, &view, Kind::Float).unwrap();
    println!("mu, 32 px in memory, crop and flip, one thread: {:.0} images/s", rate(&images, 10_000));
}
