//! Every function refuses, in words, tensors of the wrong type, sizes, layout or device; strided ones it reads as they are.

use std::io::{Cursor, Read, Write};

use tch::{Device, Kind, Tensor};

use super::{bytes, draw, ints, strided};
use crate::{
    Error, Module, Momentum, Sizes, convolution, cuda, device_memory, folded, forget_peak, gather,
    is_winograd, normalisation, packed, processor_fits, sgd, sign_sgd,
};

/// The function refused, and its words hold this part.
#[track_caller]
fn refuses<T>(result: Result<T, Error>, function: &str, part: &str) {
    let error = result.err().unwrap_or_else(|| panic!("nothing refuses: {part}"));
    let Error::Refused { function: by, words } = &error else { panic!("{error}") };
    assert!(*by == function && words.contains(part), "{error}\nshould say: {part}");
    assert!(!words.contains("Exception raised from"), "{error}");
}

const MODULE: &[u8] = include_bytes!("../../../../tests/parity/fixtures/checkpoints/normalises.pt");

/// The module of the fixture, whose `forward` is another one.
fn module(forward: &str) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(MODULE)).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for at in 0..from.len() {
        let mut entry = from.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        if name.ends_with(".debug_pkl") {
            continue;
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if name.ends_with("/__torch__.py") {
            let code = String::from_utf8(bytes).unwrap();
            let head = code.split("  def forward").next().unwrap();
            bytes = format!("{head}  def forward(self: __torch__.Normalises,\n    x: Tensor) -> {forward}\n")
                .into_bytes();
        }
        to.start_file(name, options).unwrap();
        to.write_all(&bytes).unwrap();
    }
    to.finish().unwrap().into_inner()
}

/// A tensor of the same sizes that is nowhere: the device `meta` stands for every one that is not the CPU.
fn elsewhere(t: &Tensor) -> Tensor {
    let code =
        "Tensor:\n    return torch.zeros_like(x, dtype=None, layout=None, device=torch.device(\"meta\"))";
    Module::load(&module(code), Device::Cpu).unwrap().forward(t, false).unwrap()
}

fn other(t: &Tensor) -> Tensor {
    t.to_kind(Kind::Double)
}

#[test]
fn convolutions() {
    let (x, w, b) = (draw(&[2, 16, 5, 5], 1), draw(&[32, 16, 3, 3], 2), draw(&[32], 3));
    let s = Sizes { stride: 1, padding: 1, groups: 1 };
    let of = |x: &Tensor, w: &Tensor, b: &Tensor, s: Sizes| convolution(x, w, Some(b), s, true);
    let good = bytes(&of(&x, &w, &b, s).unwrap());
    for (x, w, b) in [(&strided(&x), &w, &b), (&x, &strided(&w), &b), (&x, &w, &strided(&b))] {
        assert_eq!(bytes(&of(x, w, b, s).unwrap()), good, "strides change no number");
    }
    let no = |result, part| refuses(result, "convolution", part);
    no(of(&Tensor::new(), &w, &b, s), "nothing was given as the input");
    no(of(&x.to_mkldnn(), &w, &b, s), "the input must be a dense tensor, not Mkldnn");
    no(of(&x.to_kind(Kind::Int64), &w, &b, s), "the input must be of real numbers, not Long");
    no(of(&x, &w.to_kind(Kind::Int64), &b, s), "the weight must be of real numbers, not Long");
    no(of(&x, &w, &other(&b), s), "the bias must be Float, not Double");
    no(of(&x.select(0, 0), &w, &b, s), "the input must have 4 axes, not 3");
    no(of(&x, &w.select(2, 0), &b, s), "the weight must have 4 axes, not 3");
    no(of(&x.narrow(1, 0, 8), &w, &b, s), "does not fit an input of 8 channels");
    no(of(&x, &w, &b.narrow(0, 0, 31), s), "the bias must have sizes [32], not [31]");
    no(of(&x, &elsewhere(&w), &b, s), "the weight must be on cpu, not on meta");
    no(of(&x, &w, &elsewhere(&b), s), "the bias must be on cpu, not on meta");
    no(of(&x, &w, &b, Sizes { stride: 0, ..s }), "there is no convolution of stride 0");
    no(of(&x, &w, &b, Sizes { padding: -1, ..s }), "padding -1");
    no(of(&x, &w, &b, Sizes { groups: 0, ..s }), "0 groups");
    no(of(&x, &w, &b, Sizes { groups: 3, ..s }), "in 3 groups does not fit");
    no(of(&x.narrow(2, 0, 1), &w, &b, Sizes { padding: 0, ..s }), "is larger than the input");
    let asks = |x: &Tensor, w: &Tensor| is_winograd(x, w, s);
    assert_eq!(asks(&x, &w), Ok(crate::are_used()));
    assert_eq!(asks(&x, &elsewhere(&w)), Ok(false));
    refuses(asks(&x, &b), "is_winograd", "the weight must have 4 axes, not 1");
    refuses(asks(&Tensor::new(), &w), "is_winograd", "nothing was given as the input");
    refuses(asks(&x, &Tensor::new()), "is_winograd", "nothing was given as the weight");
}

#[test]
fn folded_convolutions() {
    let (x, w, b) = (draw(&[2, 16, 5, 5], 1), draw(&[32, 16, 3, 3], 2), draw(&[32], 3));
    let no = |result, part| refuses(result, "packed", part);
    no(packed(&Tensor::new(), &w), "nothing was given as the input");
    no(packed(&other(&x), &w), "the input must be Float or BFloat16, not Double");
    no(packed(&x.select(0, 0), &w), "the input must have 4 axes");
    no(packed(&elsewhere(&x), &w), "the input must be in main memory, not on meta");
    no(packed(&x, &other(&w)), "the weight must be Float, not Double");
    no(packed(&x, &elsewhere(&w)), "the weight must be in main memory");
    no(packed(&x, &w.narrow(2, 0, 2)), "the weight must have sizes [32, 16, 3, 3], not [32, 16, 2, 3]");
    no(packed(&x.narrow(1, 0, 8), &w), "the weight must have sizes [32, 8, 3, 3]");
    no(packed(&x, &w.narrow(0, 0, 24)), "channels must be multiples of 16, and are 16 and 24");
    let p = draw(&[16, 32, 16], 4);
    let residual = draw(&[2, 32, 5, 5], 5);
    let of = |x: &Tensor, p: &Tensor, b: &Tensor, r: &Tensor| folded(x, p, b, Some(r), true);
    let no = |result, part| refuses(result, "folded", part);
    no(of(&other(&x), &p, &b, &residual), "the input must be Float or BFloat16, not Double");
    no(of(&elsewhere(&x), &p, &b, &residual), "the input must be in main memory");
    no(of(&x, &p.to_kind(Kind::BFloat16), &b, &residual), "the packed weight must be Float, not BFloat16");
    no(of(&x, &strided(&p), &b, &residual), "the packed weight must be contiguous");
    no(
        of(&x, &p.narrow(2, 0, 8).contiguous(), &b, &residual),
        "must have sizes [16, 32, 16], not [16, 32, 8]",
    );
    no(of(&x, &p.narrow(0, 0, 15), &b, &residual), "16, 24 or 36 points, not from 15");
    no(of(&x, &p.view([-1]), &b, &residual), "the packed weight must have 3 axes");
    no(of(&x, &elsewhere(&p), &b, &residual), "the packed weight must be in main memory");
    no(of(&x, &p, &other(&b), &residual), "the bias must be Float, not Double");
    no(of(&x, &p, &b.narrow(0, 0, 16), &residual), "the bias must have sizes [32], not [16]");
    no(of(&x, &p, &b, &other(&residual)), "the residual must be Float, not Double");
    no(of(&x, &p, &b, &residual.narrow(2, 0, 4)), "the residual must have sizes [2, 32, 5, 5]");
    no(of(&x, &p, &b, &elsewhere(&residual)), "the residual must be in main memory");
    if !processor_fits() {
        refuses(packed(&x, &w), "packed", "this processor lacks the instructions");
        no(of(&x, &p, &b, &residual), "this processor lacks the instructions");
        return;
    }
    let p = packed(&x, &w).unwrap();
    let good = bytes(&of(&x, &p, &b, &residual).unwrap());
    for (x, b, r) in
        [(&strided(&x), &b, &residual), (&x, &strided(&b), &residual), (&x, &b, &strided(&residual))]
    {
        assert_eq!(bytes(&of(x, &p, b, r).unwrap()), good, "strides change no number");
    }
    assert_eq!(bytes(&packed(&x, &strided(&w)).unwrap()), bytes(&p));
}

#[test]
fn normalisations() {
    let (x, r) = (draw(&[2, 16, 3, 3], 1), draw(&[2, 16, 3, 3], 2));
    let [w, b, m, v] = [3, 4, 5, 6].map(|n| draw(&[16], n));
    fn of(x: &Tensor, r: &Tensor, tensors: [&Tensor; 4]) -> Result<Tensor, Error> {
        normalisation(x, Some(r), tensors, [0.1, 1e-5], true)
    }
    let no = |result, part| refuses(result, "normalisation", part);
    let all = [&w, &b, &m, &v];
    no(of(&Tensor::new(), &r, all), "nothing was given as the input");
    no(of(&other(&x), &r, all), "the input must be Float or BFloat16, not Double");
    no(of(&x.view([2, -1]), &r, all), "the input must have 4 axes, not 2");
    no(of(&elsewhere(&x), &r, all), "the input must be in main memory, not on meta");
    no(of(&x.narrow(1, 0, 8), &r, all), "multiples of 16 channels, not 18 rows of 8");
    no(of(&x.narrow(0, 0, 0), &r, all), "not 0 rows of 16");
    no(of(&x, &r.to_kind(Kind::Int64), all), "the residual must be Float or BFloat16, not Long");
    no(of(&x, &r.narrow(0, 0, 1), all), "the residual must have sizes [2, 16, 3, 3], not [1, 16, 3, 3]");
    no(of(&x, &elsewhere(&r), all), "the residual must be in main memory");
    for (at, name) in
        ["the weight", "the bias", "the running mean", "the running variance"].iter().enumerate()
    {
        let with = |wrong: &Tensor| {
            let mut tensors = all;
            tensors[at] = wrong;
            of(&x, &r, tensors).unwrap_err().to_string()
        };
        let said = with(&other(&w));
        assert!(said.contains(&format!("{name} must be Float, not Double")), "{said}");
        let said = with(&draw(&[15], 1));
        assert!(said.contains(&format!("{name} must have sizes [16], not [15]")), "{said}");
        let said = with(&elsewhere(&w));
        assert!(said.contains(&format!("{name} must be in main memory")), "{said}");
        let said = with(&Tensor::new());
        assert!(said.contains(&format!("nothing was given as {name}")), "{said}");
    }
    if !processor_fits() {
        no(of(&x, &r, all), "this processor lacks the instructions");
        return;
    }
    let fresh = |t: &Tensor| t.copy();
    let good = bytes(&of(&x, &r, [&w, &b, &fresh(&m), &fresh(&v)]).unwrap());
    for (x, r, w, b) in [
        (&strided(&x), &r, &w, &b),
        (&x, &strided(&r), &w, &b),
        (&x, &r, &strided(&w), &b),
        (&x, &r, &w, &strided(&b)),
    ] {
        assert_eq!(bytes(&of(x, r, [w, b, &strided(&m), &strided(&v)]).unwrap()), good);
    }
    let (moved, other) = (fresh(&m), strided(&m));
    for mean in [&moved, &other] {
        let _ = of(&x, &r, [&w, &b, mean, &fresh(&v)]).unwrap();
    }
    assert_eq!(bytes(&moved), bytes(&other), "statistics move alike");
}

#[test]
fn batches_of_bytes() {
    let pixels = (draw(&[4, 3, 6, 5], 1) * 40.0 + 128.0).clamp(0.0, 255.0).to_kind(Kind::Uint8);
    let (table, index) = (draw(&[3, 256], 2), ints(&[2, 0], &[2]));
    let (rows, columns) = (ints(&[0, 1, -1, 5], &[2, 2]), ints(&[4, 1, -1, 0], &[2, 2]));
    let of = |p: &Tensor, i: &Tensor, r: &Tensor, c: &Tensor, t: &Tensor| gather(p, i, [r, c], t);
    let good = bytes(&of(&pixels, &index, &rows, &columns, &table).unwrap());
    for (i, r, c, t) in [
        (&strided(&index), &rows, &columns, &table),
        (&index, &strided(&rows), &columns, &table),
        (&index, &rows, &strided(&columns), &table),
        (&index, &rows, &columns, &strided(&table)),
    ] {
        assert_eq!(bytes(&of(&pixels, i, r, c, t).unwrap()), good, "strides change no number");
    }
    let no = |result, part| refuses(result, "gather", part);
    no(of(&Tensor::new(), &index, &rows, &columns, &table), "nothing was given as the images");
    no(
        of(&pixels.to_kind(Kind::Float), &index, &rows, &columns, &table),
        "the images must be Byte, not Float",
    );
    no(of(&pixels.select(1, 0), &index, &rows, &columns, &table), "the images must have 4 axes");
    no(of(&strided(&pixels), &index, &rows, &columns, &table), "the images must be contiguous");
    no(of(&elsewhere(&pixels), &index, &rows, &columns, &table), "the images must be in main memory");
    no(of(&pixels, &index.to_kind(Kind::Int), &rows, &columns, &table), "the samples must be Long, not Int");
    no(of(&pixels, &index.view([1, 2]), &rows, &columns, &table), "the samples must have 1 axes");
    no(of(&pixels, &ints(&[0, 4], &[2]), &rows, &columns, &table), "a sample is not in the data set of 4");
    no(of(&pixels, &ints(&[-1, 0], &[2]), &rows, &columns, &table), "a sample is not in the data set of 4");
    no(of(&pixels, &elsewhere(&index), &rows, &columns, &table), "the samples must be in main memory");
    no(of(&pixels, &index, &rows.to_kind(Kind::Int), &columns, &table), "the rows must be Long, not Int");
    no(of(&pixels, &index, &rows.view([4]), &columns, &table), "the rows must have 2 axes");
    no(of(&pixels, &index, &rows.narrow(0, 0, 1), &columns, &table), "the rows must be those of 2 images");
    no(of(&pixels, &index, &(&rows + 1), &columns, &table), "the rows go from 0 to 6, where images have 6");
    no(of(&pixels, &index, &(&rows - 1), &columns, &table), "the rows go from -2 to 4");
    no(of(&pixels, &index, &elsewhere(&rows), &columns, &table), "the rows must be in main memory");
    no(
        of(&pixels, &index, &rows, &(&columns + 1), &table),
        "the columns go from 0 to 5, where images have 5",
    );
    no(of(&pixels, &index, &rows, &columns.narrow(0, 0, 1), &table), "the columns must be those of 2 images");
    no(of(&pixels, &index, &rows, &columns, &other(&table)), "the table must be Float, not Double");
    no(of(&pixels, &index, &rows, &columns, &table.narrow(0, 0, 2)), "the table must have sizes [3, 256]");
    no(of(&pixels, &index, &rows, &columns, &elsewhere(&table)), "the table must be in main memory");
}

#[test]
fn update_rules() {
    let parameter = draw(&[4, 3], 1);
    let (gradient, velocity) = (draw(&[4, 3], 2), draw(&[4, 3], 3));
    let of = |p: &[&Tensor], g: &[Tensor], v: &[Tensor]| {
        sgd(p, g, Momentum { velocities: v, share: 0.9 }, 0.1, 0.01)
    };
    // Whatever the strides of each, the numbers are the same, but for the last bit: what does not fill a vector is rounded otherwise.
    let moved = |p: Tensor, g: Tensor, v: Tensor| {
        of(&[&p], &[g], &[v.shallow_clone()]).unwrap();
        [p, v]
    };
    let same = |a: [Tensor; 2], b: &[Tensor; 2]| {
        a.iter().zip(b).for_each(|(a, b)| assert!((a - b).abs().max().double_value(&[]) < 1e-6, "{a} {b}"));
    };
    let across = |t: &Tensor| t.transpose(0, 1).contiguous().transpose(0, 1);
    let good = moved(parameter.copy(), gradient.copy(), velocity.copy());
    same(moved(across(&parameter), gradient.copy(), velocity.copy()), &good);
    same(moved(parameter.copy(), strided(&gradient), velocity.copy()), &good);
    same(moved(parameter.copy(), gradient.copy(), across(&velocity)), &good);
    same(moved(parameter.copy(), gradient.copy(), strided(&velocity)), &good);
    let before = bytes(&parameter);
    let one = |t: &Tensor| [t.shallow_clone()];
    for (function, call) in [
        (
            "sgd",
            &(|p: &[&Tensor], g: &[Tensor]| of(p, g, &one(&velocity))) as &dyn Fn(&[&Tensor], &[Tensor]) -> _,
        ),
        ("sign_sgd", &|p: &[&Tensor], g: &[Tensor]| sign_sgd(p, g, 0.1)),
    ] {
        let no = |result, part| refuses(result, function, part);
        no(call(&[&parameter], &[]), "a gradient for each parameter: of 1 there are 0");
        no(call(&[], &one(&gradient)), "a gradient for each parameter: of 0 there are 1");
        no(call(&[&Tensor::new()], &one(&gradient)), "nothing was given as parameter 0");
        no(call(&[&parameter], &one(&Tensor::new())), "nothing was given as gradient 0");
        no(call(&[&parameter.to_kind(Kind::Int64)], &one(&gradient)), "parameter 0 must be of real numbers");
        no(call(&[&strided(&parameter)], &one(&gradient)), "parameter 0 must fill its memory");
        no(call(&[&parameter], &one(&other(&gradient))), "gradient 0 must be Float, not Double");
        no(
            call(&[&parameter], &one(&gradient.view([3, 4]))),
            "gradient 0 must have sizes [4, 3], not [3, 4]",
        );
        no(call(&[&parameter], &one(&elsewhere(&gradient))), "gradient 0 must be on cpu, not on meta");
    }
    let no = |v: &[Tensor], part| refuses(of(&[&parameter], &one(&gradient), v), "sgd", part);
    no(&[], "a velocity for each parameter: of 1 there are 0");
    no(&one(&other(&velocity)), "velocity 0 must be Float, not Double");
    no(&one(&velocity.view([12])), "velocity 0 must have sizes [4, 3], not [12]");
    no(&one(&elsewhere(&velocity)), "velocity 0 must be on cpu, not on meta");
    assert_eq!(bytes(&parameter), before, "what is refused moves nothing");
    // Without momentum there is none.
    sgd(&[&parameter], &one(&gradient), Momentum { velocities: &[], share: 0.0 }, 0.1, 0.0).unwrap();
    assert_ne!(bytes(&parameter), before);
}

#[test]
fn modules() {
    refuses(Module::load(&[], Device::Cpu), "Module::load", "the TorchScript archive is empty");
    refuses(Module::load(b"no archive", Device::Cpu), "Module::load", "");
    refuses(Module::load(MODULE, Device::Cuda(300)), "Module::load", "there is no device 300");
    refuses(Module::load(MODULE, Device::Mps), "Module::load", "neither the CPU nor a GPU");
    let own = Module::load(MODULE, Device::Cpu).unwrap();
    let weight = own.get("fc.weight").unwrap();
    let no = |result: Result<Tensor, Error>, part| refuses(result, "Module::get", part);
    no(own.get("fc.height"), "height");
    no(own.get("nothing.weight"), "nothing");
    no(own.get("training"), "training of the TorchScript module is no tensor but Bool");
    no(own.get("a\0b"), "has a zero in it");
    let no = |result: Result<(), Error>, part| refuses(result, "Module::set", part);
    no(own.set("fc.height", &weight), "height");
    no(own.set("training", &weight), "training of the TorchScript module is no tensor");
    no(own.set("fc.weight", &Tensor::new()), "nothing was given as fc.weight");
    no(own.set("fc.weight", &weight.narrow(0, 0, 3)), "fc.weight must have sizes [10, 64], not [3, 64]");
    no(own.set("fc.weight", &weight.to_kind(Kind::Int64)), "fc.weight must be like the module's own Float");
    no(own.set("fc.weight", &elsewhere(&weight)), "fc.weight must be on cpu, not on meta");
    own.set("fc.weight", &other(&weight)).unwrap();
    own.set("fc.weight", &strided(&weight)).unwrap();
    let x = draw(&[2, 1, 8, 8], 1);
    let out = own.forward(&x, false).unwrap();
    assert_eq!(out.size(), [2, 10]);
    refuses(own.forward(&Tensor::new(), false), "Module::forward", "nothing was given as the input");
    refuses(own.forward(&draw(&[2, 1, 7, 7], 1), false), "Module::forward", "");
    let number = Module::load(&module("int:\n    return 3"), Device::Cpu).unwrap();
    refuses(number.forward(&x, false), "Module::forward", "gives no tensor but Int");
}

/// A module as a function: what it holds stays what it is.
#[test]
fn functions() {
    let of = |forward: &str| Module::load(&module(forward), Device::Cpu).unwrap();
    let x = draw(&[2, 10], 1);
    let double = of("Tensor:\n    return torch.mul(x, 2)");
    assert_eq!(double.call(&[x.shallow_clone()]).unwrap(), &x * 2.0);
    let refused =
        |function: &Module, values: &[Tensor], part| refuses(function.call(values), "Module::call", part);
    refused(&double, &[Tensor::new()], "nothing was given as value 1");
    refused(&double, &[], "");
    refused(&of("int:\n    return 3"), &[x.shallow_clone()], "gives no tensor but Int");
    let adds = of("Tensor:\n    weight = self.fc.weight\n    _0 = torch.add_(weight, 1)\n    return x");
    adds.settle(Kind::Float).unwrap();
    refused(&adds, &[x.shallow_clone()], "changes what it holds");
    refuses(double.settle(Kind::Int64), "Module::settle", "Int64 is neither Float nor Double");
    double.settle(Kind::Double).unwrap();
    let weight = double.get("fc.weight").unwrap();
    assert!(weight.kind() == Kind::Double && !weight.requires_grad());
}

#[test]
fn libtorch_says_its_version() {
    let version = crate::libtorch_version().unwrap();
    assert!(version.starts_with("2.11."), "{version}");
}

#[test]
fn devices() {
    for result in [device_memory(99).map(|_| ()), forget_peak(99), device_memory(usize::MAX).map(|_| ())] {
        let words = result.unwrap_err().to_string();
        assert!(words.contains("CUDA") || words.contains("there is no GPU"), "{words}");
    }
    assert!(cuda::start(99).is_err());
    let recorded = cuda::Graph::record(|| Ok::<_, Error>(()));
    assert!(cuda::Graph::can_be() || recorded.is_err_and(|e| e.to_string().contains("no CUDA graphs")));
}
