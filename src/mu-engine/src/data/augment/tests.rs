//! Every augmentation against torchvision's (tests/parity/make_augment.py).

use std::collections::BTreeMap;

use mu_step::Augmentation;
use tch::{Device, Kind, Tensor};

use super::{BatchDraws, Drawn, Scale, apply};
use crate::draw::Draws;

fn column(values: &[i64]) -> Tensor {
    Tensor::from_slice(values)
}

fn offsets(rows: [i64; 2], columns: [i64; 2]) -> Drawn {
    Drawn::Offsets { rows: column(&rows), columns: column(&columns) }
}

fn flips(which: [i64; 2]) -> Drawn {
    Drawn::Flips(column(&which))
}

#[test]
fn transforms_are_torchvisions() {
    let crop = |pad, side| Augmentation::Crop { pad, side };
    let boxed = Augmentation::RandomResizedCrop { side: 8, scale: [0.08, 1.0], ratio: [0.75, 4.0 / 3.0] };
    let boxes = || Drawn::Boxes([column(&[2, 0]), column(&[7, 12]), column(&[1, 5]), column(&[9, 3])]);
    let (flip, resize, middle) =
        (Augmentation::Flip, |side| Augmentation::Resize { side }, |side| Augmentation::CentreCrop { side });
    let none = || Drawn::None;
    let cases = [
        ("crop", vec![crop(2, None)], vec![offsets([0, 4], [3, 1])]),
        ("crop, flip", vec![crop(2, None), flip], vec![offsets([4, 1], [4, 0]), flips([1, 0])]),
        ("flip, crop to 9", vec![flip, crop(0, Some(9))], vec![flips([0, 1]), offsets([3, 1], [0, 2])]),
        ("centre_crop 7", vec![middle(7)], vec![none()]),
        ("centre_crop 6", vec![middle(6)], vec![none()]),
        ("resize 7", vec![resize(7)], vec![none()]),
        ("resize 20", vec![resize(20)], vec![none()]),
        ("random_resized_crop 8, flip", vec![boxed, flip], vec![boxes(), flips([1, 1])]),
        (
            "crop, resize 5, centre_crop 3",
            vec![crop(2, None), resize(5), middle(3)],
            vec![offsets([1, 3], [1, 2]), none(), none()],
        ),
    ];
    let fixture = include_str!("../../../../../tests/parity/fixtures/augment.json");
    let expected: BTreeMap<String, Vec<f64>> = serde_json::from_str(fixture).unwrap();
    assert_eq!(expected.len(), cases.len());
    let pixels: Vec<u8> = (0..2 * 3 * 12 * 12u64)
        .map(|i| ((i * 2_654_435_761 + 977) % (1 << 32) / 65536 % 256) as u8)
        .collect();
    let images = Tensor::from_data_size(&pixels, &[2, 3, 12, 12], Kind::Uint8);
    for (name, list, drawn) in cases {
        let draws = BatchDraws(drawn);
        // With our kernel, which takes floats on a processor, and by tensors.
        for kind in [Kind::Float, Kind::Double] {
            let constant = |value: f64| Tensor::full([1, 3, 1, 1], value, (kind, Device::Cpu));
            let scale = Scale::new(constant(0.0), constant(1.0)).unwrap();
            assert_eq!(scale.table.is_some(), kind == Kind::Float);
            let (all, none) = (Some(Tensor::from_slice(&[0i64, 1])), None);
            for index in [all, none] {
                let made = apply(images.shallow_clone(), index, &list, Some((&draws, 0)), &scale).unwrap();
                let wants = Tensor::from_slice(&expected[name]).view_as(&made);
                let apart = (made - wants).abs().max().double_value(&[]);
                // What is scaled is rounded to bytes.
                let tolerance = if name.contains("resize") { 1.0 } else { 0.0 };
                assert!(apart <= tolerance, "{name}, {kind:?}: {apart}");
            }
        }
    }
}

/// Both ways of resampling give the same.
#[test]
fn images_are_resampled_alike_one_by_one_and_at_once() {
    let x = Tensor::arange(2 * 3 * 12 * 12, (Kind::Int64, Device::Cpu)) * 7919;
    let x = x.remainder(251).to_kind(Kind::Uint8).view([2, 3, 12, 12]);
    let parts = [column(&[2, 0]), column(&[7, 12]), column(&[1, 5]), column(&[9, 3])].map(|t| t.view([2, 1]));
    let [a, b, c, d] = &parts;
    for out in [5, 8, 17] {
        let one = super::one_by_one(&x, [a, b, c, d], out).unwrap();
        let other = super::at_once(&x, [a, b, c, d], out).unwrap();
        let apart = (one.to_kind(Kind::Double) - other.to_kind(Kind::Double)).abs();
        assert!(
            apart.max().double_value(&[]) <= 1.0 && apart.mean(Kind::Double).double_value(&[]) < 0.25,
            "{apart}"
        );
    }
}

/// What is drawn lies within its bounds and fills them, and the parts have the areas and shapes that were asked for.
#[test]
fn draws_follow_their_law() {
    let list = [
        Augmentation::Crop { pad: 4, side: None },
        Augmentation::Flip,
        Augmentation::RandomResizedCrop { side: 24, scale: [0.08, 1.0], ratio: [0.75, 4.0 / 3.0] },
    ];
    let draws = Draws { seed: 1, stage: "test" };
    let drawn = BatchDraws::new(&list, 32, draws, 0, 4000, Device::Cpu).unwrap().0;
    let [Drawn::Offsets { rows, columns }, Drawn::Flips(flips), Drawn::Boxes([top, h, left, w])] = &drawn[..]
    else {
        panic!("one of each")
    };
    for offsets in [rows, columns] {
        assert_eq!((offsets.min().int64_value(&[]), offsets.max().int64_value(&[])), (0, 8));
    }
    assert!((flips.mean(Kind::Double).double_value(&[]) - 0.5).abs() < 0.03);
    assert!((top + h).max().int64_value(&[]) <= 32 && (left + w).max().int64_value(&[]) <= 32);
    let area = (h * w).to_kind(Kind::Double) / 1024.0;
    let (least, most, mean) = (
        area.min().double_value(&[]),
        area.max().double_value(&[]),
        area.mean(Kind::Double).double_value(&[]),
    );
    assert!(least > 0.06 && least < 0.12 && most > 0.9, "{least} {most}");
    // Parts that do not fit are drawn again, so that the mean lies below that of 8 % and 100 %.
    assert!((0.45..0.54).contains(&mean), "{mean}");
    let shape = w.to_kind(Kind::Double) / h.to_kind(Kind::Double);
    assert!(shape.log().mean(Kind::Double).double_value(&[]).abs() < 0.02, "as often wide as high");
}
