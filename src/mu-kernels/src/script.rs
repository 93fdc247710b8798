//! TorchScript modules whose tensors are the caller's.

use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::{NonNull, null_mut};

use tch::{Device, Kind, Tensor};
use torch_sys::C_tensor;

use crate::Error;
use crate::ffi::{Message, check, made, refused};

#[allow(missing_docs, reason = "cpp/script.cpp says it")]
unsafe extern "C" {
    fn mu_script_load(bytes: *const u8, size: usize, device: c_int, out: *mut *mut c_void) -> Message;
    fn mu_script_delete(module: *mut c_void);
    fn mu_script_get(module: *mut c_void, name: *const c_char, out: *mut *mut C_tensor) -> Message;
    fn mu_script_set(module: *mut c_void, name: *const c_char, tensor: *const C_tensor) -> Message;
    fn mu_script_forward(
        module: *mut c_void,
        input: *const C_tensor,
        training: c_int,
        out: *mut *mut C_tensor,
    ) -> Message;
    fn mu_script_settle(module: *mut c_void, twofold: c_int) -> Message;
    fn mu_script_call(
        module: *mut c_void,
        values: *const *const C_tensor,
        count: usize,
        out: *mut *mut C_tensor,
    ) -> Message;
}

/// A loaded module.
#[derive(Debug)]
pub struct Module(NonNull<c_void>);

impl Drop for Module {
    fn drop(&mut self) {
        // SAFETY: the pointer came from mu_script_load and is deleted once.
        unsafe { mu_script_delete(self.0.as_ptr()) }
    }
}

impl Module {
    /// Loads a module from the bytes of an archive. Its code can do what libtorch can: whoever asks has looked at it.
    ///
    /// # Errors
    /// The archive is not one of TorchScript, or the device is not there.
    pub fn load(archive: &[u8], device: Device) -> Result<Self, Error> {
        let place = match device {
            Device::Cpu => -1,
            Device::Cuda(n) => crate::process::number(n),
            other => return Err(refused("Module::load", &format!("{other:?} is neither the CPU nor a GPU"))),
        };
        let mut module = null_mut();
        // SAFETY: so many bytes are there while they are read, and the result is taken only where there is no message.
        check("Module::load", unsafe {
            mu_script_load(archive.as_ptr(), archive.len(), place, &raw mut module)
        })?;
        NonNull::new(module).map(Self).ok_or_else(|| refused("Module::load", "libtorch gave no module"))
    }

    /// A tensor of the module, such as `a.b.weight`; its numbers are the module's.
    ///
    /// # Errors
    /// There is none of that name.
    pub fn get(&self, name: &str) -> Result<Tensor, Error> {
        let name = text("Module::get", name)?;
        // SAFETY: the module lives, and the name ends with a zero.
        made("Module::get", |out| unsafe { mu_script_get(self.0.as_ptr(), name.as_ptr(), out) })
    }

    /// Puts a tensor in the place of one of the same sizes, on the same device.
    ///
    /// # Errors
    /// There is none of that name, or the tensor does not fit.
    pub fn set(&self, name: &str, tensor: &Tensor) -> Result<(), Error> {
        let name = text("Module::set", name)?;
        // SAFETY: the module and the tensor live; the module takes a reference of its own.
        check("Module::set", unsafe { mu_script_set(self.0.as_ptr(), name.as_ptr(), tensor.as_ptr()) })
    }

    /// What the module makes of an input.
    ///
    /// # Errors
    /// Its code refuses, or makes something else than a tensor.
    pub fn forward(&self, x: &Tensor, training: bool) -> Result<Tensor, Error> {
        let training = c_int::from(training);
        // SAFETY: the module and the input live.
        made("Module::forward", |out| unsafe {
            mu_script_forward(self.0.as_ptr(), x.as_ptr(), training, out)
        })
    }

    /// Makes it a function of what it is given: in evaluation mode, its real numbers of this kind, without gradients of its own.
    ///
    /// # Errors
    /// The kind is neither `Float` nor `Double`.
    pub fn settle(&self, kind: Kind) -> Result<(), Error> {
        let twofold = match kind {
            Kind::Float => 0,
            Kind::Double => 1,
            other => {
                return Err(refused("Module::settle", &format!("{other:?} is neither Float nor Double")));
            }
        };
        // SAFETY: the module lives.
        check("Module::settle", unsafe { mu_script_settle(self.0.as_ptr(), twofold) })
    }

    /// What it makes of values.
    ///
    /// # Errors
    /// Its code refuses, changes what the module holds, or makes something else than a tensor.
    pub fn call(&self, values: &[Tensor]) -> Result<Tensor, Error> {
        let handles: Vec<*const C_tensor> = values.iter().map(Tensor::as_ptr).collect();
        // SAFETY: the module and the values live, and there are so many handles.
        made("Module::call", |out| unsafe {
            mu_script_call(self.0.as_ptr(), handles.as_ptr(), handles.len(), out)
        })
    }
}

fn text(function: &'static str, text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_| refused(function, &format!("{text:?} has a zero in it")))
}
