//! Every form of one network's weights, as PyTorch wrote them (tests/parity/make_checkpoints.py).

use std::path::{Path, PathBuf};

use mu_step::{Init, Layer, LayerGraph, LayerKind, LayerNode};

use crate::{Array, Dtype, Format, ModuleTensor, fit, module, pickle, read, write};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/parity/fixtures/checkpoints").join(name)
}

/// `small_cnn(width: 2)` over 1 × 8 × 8 images.
fn graph(classes: i64) -> LayerGraph {
    let node = |name: &str, layer| LayerNode { name: name.to_owned(), layer };
    let conv = |inputs, outputs| Layer::Conv {
        inputs,
        outputs,
        kernel: 3,
        stride: 1,
        padding: 1,
        groups: 1,
        weight: Init::HeFanOut,
        bias: None,
    };
    let nodes = vec![
        node("conv1", conv(1, 2)),
        node("bn1", Layer::BatchNorm { channels: 2 }),
        node("conv2", conv(2, 4)),
        node("bn2", Layer::BatchNorm { channels: 4 }),
        node("", Layer::MaxPool { kernel: 2, stride: 2, padding: 0 }),
        node("", Layer::Flatten),
        node(
            "fc",
            Layer::Linear { inputs: 64, outputs: classes, weight: Init::FanIn, bias: Some(Init::FanIn) },
        ),
    ];
    LayerGraph { input: [1, 8, 8], nodes }
}

/// The fixture's numbers, by position and stream.
fn noise(n: usize, k: u64) -> Vec<f32> {
    let each = |i: u64| {
        let x = (i * 2_654_435_761 + k * 40503 + 977) % (1 << 32);
        let x = ((x ^ (x >> 15)) * 1_540_483_477) % (1 << 32);
        ((x ^ (x >> 13)) as f64 / f64::from(1u32 << 31) - 1.0) as f32
    };
    (0..n as u64).map(each).collect()
}

#[test]
fn every_form_holds_the_same_weights() {
    for name in [
        "plain.pth",
        "legacy.pth",
        "nested.pth.tar",
        "plain.safetensors",
        "channels_last.pth",
        "module.pth",
        "parameters.pth",
        "bfloat16.pth",
    ] {
        let tensors = read(&fixture(name)).unwrap_or_else(|e| panic!("{e}"));
        let fitting = fit(&graph(10), tensors).unwrap_or_else(|m| panic!("{name}: {m}"));
        assert_eq!(fitting.len(), 12, "{name}");
        for (k, (tensor, array)) in fitting.iter().enumerate() {
            let (values, mut wants) = (array.to_f32().unwrap(), noise(array.len(), k as u64));
            if tensor.ends_with("running_var") {
                wants.iter_mut().for_each(|v| *v = 1.0 + 0.2 * *v);
            }
            let tolerance = if name == "bfloat16.pth" { 1.0 / 256.0 } else { 0.0 };
            let close = values.iter().zip(&wants).all(|(a, b)| (a - b).abs() <= tolerance * b.abs());
            assert!(close && values.len() == wants.len(), "{name}: {tensor}");
        }
    }
}

#[test]
fn what_is_written_is_read_again_and_is_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let tensors = read(&fixture("plain.pth")).unwrap();
    for (name, format) in [("a.pth", Format::Pth), ("a.safetensors", Format::Safetensors)] {
        let bytes = write(&tensors, format).unwrap();
        assert_eq!(bytes, write(&tensors, format).unwrap());
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let mut again = read(&path).unwrap();
        let mut first = tensors.clone();
        again.sort_by(|a, b| a.0.cmp(&b.0));
        first.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(again, first, "{name}");
    }
    let scalar = vec![(
        "s".to_owned(),
        Array { dtype: Dtype::I64, shape: vec![], bytes: vec![1, 0, 0, 0, 0, 0, 0, 0] },
    )];
    let path = folder.path().join("s.pth");
    std::fs::write(&path, write(&scalar, Format::Pth).unwrap()).unwrap();
    assert_eq!(read(&path).unwrap(), scalar);
}

#[test]
fn a_misfit_says_what_and_why() {
    let misfit = |tensors| fit(&graph(10), tensors).unwrap_err();
    let hundred = misfit(read(&fixture("hundred.pth")).unwrap());
    assert_eq!(hundred.cause.as_deref(), Some("the file is for 100 classes, the data set has 10"));
    assert_eq!(
        hundred.to_string(),
        "of other sizes (2)\nfc.weight: [10, 64] in the network, [100, 64] in the file\n\
         fc.bias: [10] in the network, [100] in the file\n"
    );
    let renamed =
        read(&fixture("plain.pth")).unwrap().into_iter().map(|(n, a)| (n.replace("fc.", "linear."), a));
    let renamed = misfit(renamed.collect());
    assert_eq!(
        renamed.to_string(),
        "missing (2)          unexpected (2)\nfc.weight [10, 64]   linear.bias [10]\nfc.bias [10]         linear.weight [10, 64]\n"
    );
    let cut: Vec<_> =
        read(&fixture("plain.pth")).unwrap().into_iter().filter(|(n, _)| n != "fc.bias").collect();
    assert!(misfit(cut).cause.unwrap().contains("saved in part"));
    assert!(misfit(Vec::new()).cause.unwrap().contains("another architecture"));
}

#[test]
fn hostile_and_foreign_files_are_refused() {
    let said = |path: &Path| read(path).unwrap_err().to_string();
    let marker = Path::new("/tmp/mu-was-here");
    let evil = read(&fixture("evil.pth")).map(|t| fit(&graph(10), t));
    assert!(evil.unwrap().is_err() && !marker.exists(), "the call in it was not made");
    assert!(module(&fixture("plain.pth")).unwrap_err().to_string().contains("no TorchScript module"));
    assert!(said(&fixture("list.pkl")).contains("neither safetensors nor a file of torch.save"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.pth");
    for (name, reason) in [("plain.pth", ""), ("legacy.pth", ""), ("plain.safetensors", "cut short")] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        for keep in [0, 5, 20, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..keep]).unwrap();
            let message = said(&path);
            assert!(keep < 20 || message.contains(reason), "{name} cut to {keep}: {message}");
        }
        // Every byte of the head turned, one at a time: an error or other numbers, never a panic.
        for at in 0..bytes.len().min(1500) {
            let mut turned = bytes.clone();
            turned[at] ^= 0x55;
            std::fs::write(&path, &turned).unwrap();
            let _ = read(&path).map(|t| fit(&graph(10), t));
        }
    }
    // A storage that is compressed away: PyTorch stores its entries as they are.
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let deflated = zip::write::SimpleFileOptions::default();
    zip.start_file("archive/data.pkl", deflated).unwrap();
    std::io::Write::write_all(&mut zip, &vec![b'N'; 1 << 20]).unwrap();
    std::fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
    assert!(said(&path).contains("compressed"), "{}", said(&path));
}

#[test]
fn lists_of_numbers_are_read_in_every_form() {
    for name in ["list.pkl", "array.pkl", "scalars.pkl", "old.pkl"] {
        let pickle = pickle::parse(&std::fs::read(fixture(name)).unwrap()).unwrap();
        assert_eq!(pickle::integers(&pickle, pickle.root).unwrap(), [3, 1, 300], "{name}");
    }
}

#[test]
fn torchscript_modules_say_what_they_are_made_of() {
    let found = module(&fixture("scripted.pt")).unwrap();
    let real: Vec<&ModuleTensor> = found.tensors.iter().filter(|t| t.real).collect();
    let names: Vec<&str> = real.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "conv1.weight",
            "bn1.weight",
            "bn1.bias",
            "bn1.running_mean",
            "bn1.running_var",
            "conv2.weight",
            "bn2.weight",
            "bn2.bias",
            "bn2.running_mean",
            "bn2.running_var",
            "fc.weight",
            "fc.bias"
        ]
    );
    assert_eq!(real[10].aliases, ["head.weight"], "one tensor of two names");
    assert_eq!((real[10].of, real[10].shape.as_slice()), (Some(LayerKind::Linear), &[10usize, 64][..]));
    assert!(real[4].of == Some(LayerKind::Norm) && !real[4].trainable && real[1].trainable);
    assert!(found.fixed.is_empty());
    assert_eq!(module(&fixture("traced.pt")).unwrap().fixed, ["bn1", "bn2"], "the mode of the moment");
    assert!(!module(&fixture("frozen.pt")).unwrap().tensors.iter().any(|t| t.trainable));

    // As a checkpoint it is one of its tensors.
    let weights = fit(&graph(10), read(&fixture("scripted.pt")).unwrap());
    assert_eq!(weights.unwrap(), fit(&graph(10), read(&fixture("plain.pth")).unwrap()).unwrap());
}
