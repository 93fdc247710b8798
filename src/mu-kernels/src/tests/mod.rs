//! What the functions of this crate compute, and what they refuse.

mod entries;
mod layers;

use tch::{Device, Kind, Tensor};

/// Numbers of about the size of one, the same ones for the same purpose.
fn draw(shape: &[i64], purpose: u64) -> Tensor {
    let mut state = purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut uniform = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f32 / (1u64 << 31) as f32
    };
    // The sum of twelve has a variance of one.
    let values: Vec<f32> =
        (0..shape.iter().product()).map(|_| (0..12).map(|_| uniform()).sum::<f32>() - 6.0).collect();
    Tensor::from_slice(&values).view(shape)
}

/// The same numbers, channels last in memory.
fn channels_last(t: &Tensor) -> Tensor {
    t.permute([0, 2, 3, 1]).contiguous().permute([0, 3, 1, 2])
}

/// The same numbers, every second of a tensor in memory.
fn strided(t: &Tensor) -> Tensor {
    let twice = Tensor::stack(&[t, &t.ones_like()], -1);
    let own = twice.select(-1, 0);
    assert!(!own.is_contiguous());
    own
}

fn ints(values: &[i64], shape: &[i64]) -> Tensor {
    Tensor::from_slice(values).view(shape)
}

fn bytes(tensor: &Tensor) -> Vec<u32> {
    let flat = tensor.to_kind(Kind::Float).to_device(Device::Cpu).reshape([-1]);
    Vec::<f32>::try_from(flat).unwrap().into_iter().map(f32::to_bits).collect()
}

/// Whoever builds mu sees no warning of the C++ compiler. Cargo keeps what the build script printed beside what it made.
#[test]
fn the_cpp_compiles_without_a_warning() {
    let path = std::path::Path::new(env!("OUT_DIR")).with_file_name("output");
    let said = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert!(said.contains("static=mu_vectors") && said.contains("static=mu_glue"), "{said}");
    let warnings: Vec<&str> = said.lines().filter(|l| l.starts_with("cargo:warning=")).collect();
    assert!(warnings.is_empty(), "{warnings:#?}");
}
