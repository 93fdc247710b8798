//! Every form of one network's weights, as PyTorch wrote them (tests/parity/make_checkpoints.py).

use std::path::{Path, PathBuf};

use mu_step::{Init, Layer, LayerGraph, LayerKind, LayerNode};

use crate::{
    Array, Checkpoint, Dtype, Fit, Format, Misfit, ModuleTensor, Tensors, Unfit, Wanted, module, pickle,
    read, sealed, write,
};

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

/// A network's tensors out of a file, and how they were found.
fn fitting(path: &Path, graph: &LayerGraph, wanted: Wanted<'_>) -> Result<(Fit, Tensors), Unfit> {
    let mut checkpoint = Checkpoint::open(path).unwrap_or_else(|e| panic!("{e}"));
    let fit = checkpoint.fit(graph, wanted)?;
    let tensors = checkpoint.load(&fit).unwrap_or_else(|e| panic!("{e}"));
    Ok((fit, tensors.into_iter().collect()))
}

/// Tensors in a file of their own.
fn saved(tensors: &[(String, Array)], format: Format) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), write(tensors, format).unwrap()).unwrap();
    file
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

/// Whether these are the fixture's weights.
fn are_the_same(tensors: &[(String, Array)], tolerance: f32) {
    assert_eq!(tensors.len(), 12);
    for (k, (tensor, array)) in tensors.iter().enumerate() {
        let (values, mut wants) = (array.to_f32().unwrap(), noise(array.len(), k as u64));
        if tensor.ends_with("running_var") {
            wants.iter_mut().for_each(|v| *v = 1.0 + 0.2 * *v);
        }
        let close = values.iter().zip(&wants).all(|(a, b)| (a - b).abs() <= tolerance * b.abs());
        assert!(close && values.len() == wants.len(), "{tensor}");
    }
}

#[test]
fn every_form_holds_the_same_weights() {
    let forms = [
        ("plain.pth", ""),
        ("legacy.pth", ""),
        ("nested.pth.tar", ""),
        ("plain.safetensors", ""),
        ("channels_last.pth", ""),
        ("module.pth", ""),
        ("parameters.pth", ""),
        ("bfloat16.pth", ""),
        // What lies beside the weights does not disturb, wherever they are.
        ("beside.pth", ""),
        ("listed.pth", ""),
        ("pairs.pth", ""),
        ("deep.pth", ""),
        ("compiled.pth", ""),
        ("twice.pth", ""),
        (
            "lightning.pth",
            "below `state_dict.model`; 2 tensor(s) beside it are left out, such as `head.weight`",
        ),
        (
            "other_names.pth",
            "recognised by shapes and order: 12 differ, such as `module.head.bias` for `fc.bias`",
        ),
    ];
    for (name, note) in forms {
        let found = fitting(&fixture(name), &graph(10), Wanted::default());
        let (fit, tensors) = found.unwrap_or_else(|m| panic!("{name}: {} {}", m.message(name), m.help()));
        are_the_same(&tensors, if name == "bfloat16.pth" { 1.0 / 256.0 } else { 0.0 });
        assert_eq!(fit.notes.is_empty(), note.is_empty(), "{name}: {:?}", fit.notes);
        assert!(fit.notes.iter().all(|n| n.contains(note)), "{name}: {:?}", fit.notes);
    }
}

#[test]
fn pruned_weights_are_multiplied_by_their_masks() {
    let (fit, tensors) = fitting(&fixture("pruned.pth"), &graph(10), Wanted::default()).unwrap();
    assert!(fit.notes[0].starts_with("2 of its tensors are pruned"), "{:?}", fit.notes);
    let plain = fitting(&fixture("plain.pth"), &graph(10), Wanted::default()).unwrap().1;
    for ((name, pruned), (_, whole)) in tensors.iter().zip(&plain) {
        let (pruned, whole) = (pruned.to_f32().unwrap(), whole.to_f32().unwrap());
        let is_pruned = name.starts_with("conv");
        let zeros = pruned.iter().filter(|v| **v == 0.0).count();
        assert_eq!(zeros, if is_pruned { pruned.len() / 2 } else { 0 }, "{name}");
        assert!(pruned.iter().zip(&whole).all(|(p, w)| p == w || is_pruned && *p == 0.0), "{name}");
    }
}

/// Where several tables fit, the program says which: nothing is taken because of what it is called.
#[test]
fn of_several_tables_one_is_named() {
    let path = fixture("averaged.pth");
    let several = fitting(&path, &graph(10), Wanted::default()).unwrap_err();
    assert_eq!(several, Unfit::Several(vec!["model".to_owned(), "ema.module".to_owned()]));
    assert_eq!(several.message("x.pth"), "2 tables of tensors in x.pth fit the model: model, ema.module");
    assert!(several.help().contains("`checkpoint(.., weights: \"ema.module\")`"), "{}", several.help());
    let of = |table: &str| fitting(&path, &graph(10), Wanted { table: Some(table), drawn: &[] });
    are_the_same(&of("model").unwrap().1, 0.0);
    for averaged in ["ema", "ema.module"] {
        let first = of(averaged).unwrap().1[0].1.to_f32().unwrap();
        assert!(first.iter().all(|v| *v == 0.5), "{averaged}");
    }
    let none = of("best").unwrap_err();
    assert_eq!(none.message("x.pth"), "x.pth has no table of tensors `best`");
    assert_eq!(none.help(), "it has model, ema.module");
    // Two networks in one table, told apart by what their names begin with.
    let both = fitting(&fixture("distilled.pth"), &graph(10), Wanted::default()).unwrap_err();
    assert_eq!(both, Unfit::Several(vec!["student".to_owned(), "teacher".to_owned()]));
    let student = Wanted { table: Some("student"), drawn: &[] };
    are_the_same(&fitting(&fixture("distilled.pth"), &graph(10), student).unwrap().1, 0.0);
}

/// A list at the top: the weights, Adam's state, the step, and the running mean of the weights.
#[test]
fn of_a_list_a_place_is_named() {
    let path = fixture("ddpm.pth");
    let several = fitting(&path, &graph(10), Wanted::default()).unwrap_err();
    assert_eq!(several, Unfit::Several(vec!["0".to_owned(), "3".to_owned()]));
    assert!(several.help().contains("places in the file's list, from 0"), "{}", several.help());
    let of = |table: &str| fitting(&path, &graph(10), Wanted { table: Some(table), drawn: &[] });
    for trained in ["0", "0.module"] {
        are_the_same(&of(trained).unwrap().1, 0.0);
    }
    assert!(of("3").unwrap().1[0].1.to_f32().unwrap().iter().all(|v| *v == 0.5));
    assert_eq!(of("2").unwrap_err().message("x.pth"), "x.pth has no table of tensors `2`");
}

/// A layer that is drawn anew need not be in the file, and may have another size or name there.
#[test]
fn what_is_drawn_anew_is_not_taken() {
    let drawn = ["fc.weight".to_owned(), "fc.bias".to_owned()];
    let wanted = Wanted { table: None, drawn: &drawn };
    let rest = read(&fixture("plain.pth")).unwrap().into_iter().filter(|(n, _)| !n.starts_with("fc"));
    let headless = saved(&rest.collect::<Vec<_>>(), Format::Pth);
    let projected =
        read(&fixture("hundred.pth")).unwrap().into_iter().map(|(n, a)| (n.replace("fc.", "fc.2."), a));
    let projected = saved(&projected.collect::<Vec<_>>(), Format::Pth);
    let renamed = read(&fixture("hundred.pth"))
        .unwrap()
        .into_iter()
        .map(|(n, a)| (format!("body.{n}").replace("fc", "out"), a));
    let renamed = saved(&renamed.collect::<Vec<_>>(), Format::Pth);
    let paths =
        [&fixture("hundred.pth"), &fixture("plain.pth"), headless.path(), projected.path(), renamed.path()];
    for path in paths {
        let (fit, tensors) = fitting(path, &graph(10), wanted).unwrap_or_else(|u| panic!("{}", u.help()));
        assert_eq!(tensors.len(), 10, "{}", path.display());
        assert!(!tensors.iter().any(|(name, _)| name.starts_with("fc")));
        assert_eq!(fit.notes.is_empty(), path != renamed.path(), "{:?}", fit.notes);
    }
    let misfit = fitting(&fixture("hundred.pth"), &graph(10), Wanted { table: None, drawn: &drawn[..1] });
    assert!(misfit.unwrap_err().help().contains("fc.bias: [10] in the network, [100] in the file"));
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
    let misfit = |tensors: Tensors| -> Misfit {
        let file = saved(&tensors, Format::Pth);
        match fitting(file.path(), &graph(10), Wanted::default()).unwrap_err() {
            Unfit::Misfit(misfit) => misfit,
            other => panic!("{other:?}"),
        }
    };
    let hundred = misfit(read(&fixture("hundred.pth")).unwrap());
    assert!(hundred.cause.clone().unwrap().starts_with("the file is for 100 classes, the data set has 10; "));
    assert_eq!(
        hundred.to_string(),
        "of other sizes (2)\nfc.weight: [10, 64] in the network, [100, 64] in the file\n\
         fc.bias: [10] in the network, [100] in the file\n"
    );
    let mut renamed = read(&fixture("plain.pth")).unwrap();
    renamed.retain(|(name, _)| name != "bn1.bias");
    renamed.iter_mut().for_each(|(name, _)| *name = name.replace("fc.", "linear."));
    assert_eq!(
        misfit(renamed).to_string(),
        "missing (3)          unexpected (2)\nbn1.bias [2]         linear.bias [10]\n\
         fc.weight [10, 64]   linear.weight [10, 64]\nfc.bias [10]         \n"
    );
    let cut: Vec<_> =
        read(&fixture("plain.pth")).unwrap().into_iter().filter(|(n, _)| n != "fc.bias").collect();
    assert!(misfit(cut).cause.unwrap().contains("saved in part"));
    let other = vec![("x.weight".to_owned(), Array { dtype: Dtype::F32, shape: vec![1], bytes: vec![0; 4] })];
    assert!(misfit(other).cause.unwrap().contains("another architecture"));
}

#[test]
fn hostile_and_foreign_files_are_refused() {
    let said = |path: &Path| {
        let found = Checkpoint::open(path).map(|mut c| c.all().map(drop));
        found.and_then(|read| read).unwrap_err().to_string()
    };
    let marker = Path::new("/tmp/mu-was-here");
    let evil = fitting(&fixture("evil.pth"), &graph(10), Wanted::default());
    assert!(evil.is_err() && !marker.exists(), "the call in it was not made");
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
            let _ =
                Checkpoint::open(&path).map(|mut c| c.fit(&graph(10), Wanted::default()).map(|f| c.load(&f)));
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

/// A module is a program: one that touches files is refused before anything runs it, whatever else is in its archive.
#[test]
fn modules_that_touch_files_are_refused() {
    let expected =
        "names `save` of writes/code/__torch__.py; take that out of the network, and save the module again";
    for said in [module(&fixture("writes.pt")).map(drop), sealed(&fixture("writes.pt")).map(drop)] {
        let said = said.unwrap_err().to_string();
        assert!(said.contains("refused: line ") && said.ends_with(expected), "{said}");
    }
    // What libtorch is given is the same module, written anew.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("again.pt");
    for name in ["scripted.pt", "traced.pt"] {
        std::fs::write(&path, sealed(&fixture(name)).unwrap()).unwrap();
        assert_eq!(module(&path).unwrap(), module(&fixture(name)).unwrap(), "{name}");
    }
    // Code that lies elsewhere in the archive, or under a name in capitals, is read as well.
    let text = "def forward(self, x):\n  return torch.from_file(\"/etc/passwd\")\n";
    for hidden in ["scripted/CODE/__TORCH__.PY", "scripted/extra/more.py", "other/code/x.py"] {
        let bytes = std::fs::read(fixture("scripted.pt")).unwrap();
        let mut zip = zip::ZipWriter::new_append(std::io::Cursor::new(bytes)).unwrap();
        zip.start_file(hidden, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
        std::fs::write(&path, zip.finish().unwrap().into_inner()).unwrap();
        let said = sealed(&path).unwrap_err().to_string();
        assert!(said.contains(&format!("line 2 names `from_file` of {hidden}")), "{said}");
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
    are_the_same(&fitting(&fixture("scripted.pt"), &graph(10), Wanted::default()).unwrap().1, 0.0);
}
