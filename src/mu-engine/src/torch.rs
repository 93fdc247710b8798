//! What is global in libtorch: the CUDA backend, threads, the device; and its errors as ours.

use std::borrow::Borrow;

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
    // Linked against libtorch_cpu alone, one binary serves both: loading this library registers the
    // CUDA backend. It must come before any other libtorch call, and must never be unloaded.
    if wanted != "cpu" {
        // SAFETY: libtorch_cuda's initialisers only register kernels; the handle is kept for ever.
        let loaded = unsafe {
            libloading::os::unix::Library::open(
                Some("libtorch_cuda.so"),
                libloading::os::unix::RTLD_NOW | libloading::os::unix::RTLD_GLOBAL,
            )
        };
        if let Ok(library) = loaded {
            std::mem::forget(library);
        }
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
    keep_memory();
    crate::nn::kernels::settle().map_err(|e| e.to_string())?;
    tch::set_num_threads(threads);
    tch::set_num_interop_threads(1);
    // Where steps cannot be recorded they are done one by one.
    if device.is_cuda() {
        let _ = crate::cuda::start(device);
    }
    Ok(device)
}

/// Memory that tensors gave back stays with the process: the C library would return large pieces to the system after each use and
/// ask for them anew, and a training step would spend more time in page faults than in what small networks compute.
fn keep_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it sets two numbers of the allocator's.
    unsafe {
        libc::mallopt(libc::M_MMAP_MAX, 0);
        libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
    }
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
