//! Running the real binaries.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of the built binaries: beside this test's.
#[must_use]
pub fn bin(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let path = own.ancestors().nth(2).unwrap().join(name);
    assert!(path.is_file(), "{} is not built: run `make build`", path.display());
    path
}

/// The project's root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// `mu` with a clean environment.
#[must_use]
pub fn mu() -> Command {
    let mut command = Command::new(bin("mu"));
    for name in ["MU_STORE", "MU_LIBTORCH", "MU_ENGINE", "MU_KERNELS", "NO_COLOR"] {
        command.env_remove(name);
    }
    command
}

/// Bytes that are text.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs `mu run FILE --store STORE` with more arguments.
#[must_use]
pub fn run(file: &Path, store: &Path, more: &[&str]) -> Output {
    mu().arg("run").arg(file).arg("--store").arg(store).args(more).output().unwrap()
}

/// A small study that has every stage: seconds on two cores.
pub const SMALL: &str = r"
experiment small {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(epochs: 3 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
  forget  = each { random = random(10%), worst = worst_case(10%, rounds: 2 rounds) }
  unlearn = each [retrain, ga(lr: 1e-3, epochs: 1 epochs)]
  seed    = each 0..2
  measure = [ua, ra, ta, mia, avg_gap]
}

table main {
  from    = small
  rows    = unlearn
  columns = forget * [ua, ra, ta, mia, avg_gap]
  cell    = mean ± std over seed
}
";

/// A study of a denoiser whose images take a while.
pub const DENOISER: &str = r#"
model tiny {
  flatten
  -> remember("given", of: residual(body: (time_embedding(8) -> t: linear(16)), shortcut: (l: label_embedding(16))))
  -> a: linear(32) -> modulate(of: (recall("given") -> m: linear(64))) -> silu -> b: linear(64) -> to_image(channels)
}

experiment denoiser {
  data    = digits
  model   = tiny
  train   = training(4 epochs, batch: 64 samples, optimizer: adam(lr: 1e-3), loss: denoise(retain, drop: 10%), keep: ema(0.9))
  sample  = heun(steps: 40, guidance: 2, images: 60 samples)
  judge   = classifier(small_cnn(width: 4), train: training(3 epochs, batch: 64 samples))
  forget  = by_class(each [0, 3])
  unlearn = each [retrain, salun@diffusion(steps: 20 steps), esd(steps: 4 steps)]
  measure = [ua, ra, frechet, kernel_distance(forget)]
}

table main {
  from    = denoiser
  rows    = unlearn
  columns = forget.classes * [ua, ra, frechet, kernel_distance(forget)]
}
"#;

/// Writes a file into a folder.
pub fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}
