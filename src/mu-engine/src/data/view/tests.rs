use mu_step::{Augmentation, View};
use tch::{Device, Kind, Tensor};

use super::Images;
use crate::draw::Draws;

fn view(augment: Vec<Augmentation>) -> View {
    View { augment, evaluate: Vec::new(), mean: vec![0.0, 0.5], std: vec![1.0, 0.25] }
}

fn pixels() -> Vec<u8> {
    (0..2 * 2 * 3 * 3).collect()
}

fn labels() -> Tensor {
    Tensor::from_slice(&[0i64, 1])
}

#[test]
fn plain_batches_are_normalised_images() {
    let tensor = Tensor::from_data_size(&pixels(), &[2, 2, 3, 3], Kind::Uint8);
    let view = view(vec![Augmentation::Crop { pad: 2, side: None }]);
    let images = Images::new(tensor, labels(), &view, Kind::Float).unwrap();
    let batch = images.batch(&Tensor::from_slice(&[1i64]), None).unwrap();
    for (channel, (mean, std)) in [(0.0, 1.0), (0.5, 0.25)].into_iter().enumerate() {
        for y in 0..3 {
            for x in 0..3 {
                let pixel = (18 + channel * 9 + y * 3 + x) as f64;
                let got = batch.double_value(&[0, channel as i64, y as i64, x as i64]);
                assert!((got - (pixel / 255.0 - mean) / std).abs() < 1e-6);
            }
        }
    }
}

/// Images out of a file are those out of memory; what was damaged since it was written is found when it is used.
#[test]
fn mapped_images_are_verified_when_they_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.images");
    let augment = vec![Augmentation::Crop { pad: 1, side: None }, Augmentation::Flip];
    let digests: Vec<u8> = pixels().chunks(18).flat_map(|image| *blake3::hash(image).as_bytes()).collect();
    let open = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Images::open(&path, [2, 2, 3], digests.clone(), labels(), &view(augment.clone()))
    };
    let memory = Images::new(
        Tensor::from_data_size(&pixels(), &[2, 2, 3, 3], Kind::Uint8),
        labels(),
        &view(augment.clone()),
        Kind::Float,
    )
    .unwrap();
    let index = Tensor::from_slice(&[1i64, 0, 1]);
    let batch = |images: &Images| {
        let draws = images.draw(Draws { seed: 4, stage: "test" }, 0, 3).unwrap();
        images.batch(&index, draws.as_ref().map(|d| (d, 0))).unwrap()
    };
    assert!(batch(&memory).equal(&batch(&open(&pixels()).unwrap())));
    let mut damaged = pixels();
    damaged[20] ^= 1;
    let images = open(&damaged).unwrap();
    assert!(images.batch(&Tensor::from_slice(&[0i64]), None).is_ok(), "the first image is whole");
    let error = images.batch(&index, None).unwrap_err().to_string();
    assert!(error.contains("image 1 is damaged"), "{error}");
    assert!(open(&pixels()[..30]).is_err(), "a file that is too short");
    let none = Images::open(
        &path,
        [0, 2, 3],
        Vec::new(),
        Tensor::zeros([0], (Kind::Int64, Device::Cpu)),
        &view(vec![]),
    );
    assert!(none.is_err(), "nor is there nothing where there is something");
}
