//! What is global in libtorch: the CUDA backend, threads, the device; and its errors as ours.

use std::borrow::Borrow;

use mu_kernels::Error;
use mu_step::{Failure, FailureKind};
use tch::{Device, TchError, Tensor};

/// The gradient of a loss by each parameter; none by those that it does not depend on.
pub(crate) fn gradients<T: Borrow<Tensor>>(
    loss: &Tensor,
    parameters: &[T],
) -> Result<Vec<Option<Tensor>>, TchError> {
    let all = Tensor::f_run_backward(&[loss], parameters, false, false)?;
    Ok(all.into_iter().map(|gradient| Some(gradient).filter(Tensor::defined)).collect())
}

/// The same, with zeros for none.
pub(crate) fn whole_gradients<T: Borrow<Tensor>>(
    loss: &Tensor,
    parameters: &[T],
) -> Result<Vec<Tensor>, TchError> {
    let found = gradients(loss, parameters)?.into_iter().zip(parameters);
    found.map(|(gradient, of)| gradient.map_or_else(|| of.borrow().detach().f_zeros_like(), Ok)).collect()
}

/// Loads the CUDA backend where there is one and picks the device.
pub(crate) fn start(wanted: &str, threads: i32) -> Result<Device, String> {
    mu_kernels::choice().map_err(|e| e.to_string())?;
    // Before any other call of libtorch.
    if wanted != "cpu" {
        mu_kernels::cuda::load_backend();
    }
    let device = match wanted {
        "cpu" => Device::Cpu,
        "auto" => Device::cuda_if_available(),
        cuda => {
            let number = cuda.strip_prefix("cuda:").and_then(|n| n.parse::<usize>().ok());
            let number =
                number.ok_or_else(|| format!("`{cuda}` is no device: auto, cpu, cuda:0, cuda:1, …"))?;
            if (tch::Cuda::device_count() as usize) <= number {
                return Err(format!(
                    "there is no device {cuda} here ({} CUDA devices)",
                    tch::Cuda::device_count()
                ));
            }
            Device::Cuda(number)
        }
    };
    mu_kernels::keep_memory();
    mu_kernels::settle().map_err(|e| e.to_string())?;
    tch::set_num_threads(threads);
    tch::set_num_interop_threads(1);
    // Where steps cannot be recorded they are done one by one.
    if let Device::Cuda(number) = device {
        let _ = mu_kernels::cuda::start(number);
    }
    Ok(device)
}

/// Whether every element is a finite number.
pub(crate) fn is_finite(tensor: &tch::Tensor) -> Result<bool, Failure> {
    let all = tensor.f_isfinite().and_then(|t| t.f_all()).and_then(|t| t.f_int64_value(&[]));
    all.map(|v| v != 0).map_err(|e| failed(&e))
}

/// A failure in libtorch's words.
pub(crate) fn refused(words: &str) -> Failure {
    let short = words.contains("out of memory") || words.contains("can't allocate memory");
    let kind = if short { FailureKind::Memory } else { FailureKind::Kernel };
    Failure::new(kind, words.to_owned())
}

/// libtorch's refusal, by its first line.
pub(crate) fn failed(error: &tch::TchError) -> Failure {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or("libtorch refused");
    let words = first.strip_prefix("Internal torch error: ").unwrap_or(first);
    refused(words)
}

/// An error in the words of a TorchScript module's own code, or of what was asked of it.
pub(crate) fn own_words(error: Error) -> TchError {
    match error {
        refused @ Error::Refused { .. } => TchError::Torch(plain_words(refused)),
        other => other.into(),
    }
}

/// The same without libtorch's own words before it.
pub(crate) fn plain_words(error: Error) -> String {
    match error {
        Error::Refused { words, .. } => last_words(&words),
        other => other.to_string(),
    }
}

/// Of TorchScript's errors, which begin with the module's code, the line that says what is wrong.
fn last_words(text: &str) -> String {
    let wrong = text.lines().rev().find_map(|line| line.split_once("Error: ").map(|(_, wrong)| wrong));
    wrong.unwrap_or(text).to_owned()
}
