//! TorchScript modules: loaded once a process.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::{CString, c_char, c_int, c_void};
use std::path::PathBuf;
use std::ptr::{NonNull, null_mut};
use std::rc::Rc;

use mu_step::{LayerNode, Script};
use tch::{Device, TchError, Tensor};
use torch_sys::C_tensor;

use super::kernels;

#[allow(missing_docs, reason = "shim/script.cpp says it")]
unsafe extern "C" {
    fn mu_script_load(bytes: *const u8, size: usize, device: c_int, out: *mut *mut c_void) -> *mut c_char;
    fn mu_script_delete(module: *mut c_void);
    fn mu_script_get(module: *mut c_void, name: *const c_char, out: *mut *mut C_tensor) -> *mut c_char;
    fn mu_script_set(module: *mut c_void, name: *const c_char, tensor: *const C_tensor) -> *mut c_char;
    fn mu_script_forward(
        module: *mut c_void,
        input: *const C_tensor,
        training: c_int,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
}

thread_local! {
    /// Where the modules of the step's networks are, by the digests of their files, and those that were loaded.
    static FILES: RefCell<HashMap<String, PathBuf>> = RefCell::default();
    static LOADED: RefCell<HashMap<(String, c_int), Rc<Loaded>>> = RefCell::default();
}

/// Says where a module's file is, verified.
pub(crate) fn provide(script: &Script, path: PathBuf) {
    FILES.with_borrow_mut(|files| files.insert(script.digest.clone(), path));
}

/// The value that a tensor has in the file.
pub(super) fn kept(node: &LayerNode, script: &Script, name: &str) -> Result<Tensor, TchError> {
    let module = load(script, Device::Cpu)?;
    let tensor = script.tensors.iter().find(|t| node.tensor_name(&t.name) == name);
    let tensor = tensor.ok_or_else(|| refused(format!("the TorchScript module has no tensor {name}")))?;
    Ok(module.initial(&tensor.name)?.detach().copy())
}

pub(super) fn refused(message: String) -> TchError {
    TchError::Torch(message)
}

/// A loaded module. Its tensors are replaced before each run; the file's own are kept beside it.
pub(super) struct Loaded {
    module: NonNull<c_void>,
    initial: HashMap<String, Tensor>,
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // SAFETY: the pointer came from mu_script_load and is deleted once.
        unsafe { mu_script_delete(self.module.as_ptr()) }
    }
}

/// A module, loaded on a device.
pub(super) fn load(script: &Script, device: Device) -> Result<Rc<Loaded>, TchError> {
    let place = match device {
        Device::Cuda(n) => n as c_int,
        _ => -1,
    };
    let key = (script.digest.clone(), place);
    if let Some(loaded) = LOADED.with_borrow(|all| all.get(&key).cloned()) {
        return Ok(loaded);
    }
    let path = FILES.with_borrow(|files| files.get(&script.digest).cloned());
    let path =
        path.ok_or_else(|| refused("the step does not say where its TorchScript module is".to_owned()))?;
    let archive = mu_checkpoint::sealed(&path).map_err(|e| refused(e.to_string()))?;
    let mut module = null_mut();
    // SAFETY: so many bytes are there while they are read, and the result is taken only where there is no message.
    said(unsafe { mu_script_load(archive.as_ptr(), archive.len(), place, &raw mut module) })?;
    let module = NonNull::new(module).ok_or_else(|| refused("libtorch gave no module".to_owned()))?;
    let mut loaded = Loaded { module, initial: HashMap::new() };
    for tensor in &script.tensors {
        let value = loaded.get(&tensor.name)?;
        loaded.initial.insert(tensor.name.clone(), value);
    }
    let loaded = Rc::new(loaded);
    LOADED.with_borrow_mut(|all| all.insert(key, Rc::clone(&loaded)));
    Ok(loaded)
}

impl Loaded {
    fn initial(&self, name: &str) -> Result<&Tensor, TchError> {
        self.initial.get(name).ok_or_else(|| refused(format!("the TorchScript module has no tensor {name}")))
    }

    fn get(&self, name: &str) -> Result<Tensor, TchError> {
        let name = text(name)?;
        let mut out = null_mut();
        // SAFETY: the module lives, the name ends with a zero, and the new handle is owned by nobody else.
        unsafe {
            said(mu_script_get(self.module.as_ptr(), name.as_ptr(), &raw mut out))?;
            Ok(Tensor::from_ptr(out))
        }
    }

    /// Replaces a tensor of the module.
    pub(super) fn set(&self, name: &str, tensor: &Tensor) -> Result<(), TchError> {
        let name = text(name)?;
        // SAFETY: the module and the tensor live; the module takes a reference of its own.
        said(unsafe { mu_script_set(self.module.as_ptr(), name.as_ptr(), tensor.as_ptr()) })
    }

    pub(super) fn forward(&self, x: &Tensor, training: bool) -> Result<Tensor, TchError> {
        let mut out = null_mut();
        // SAFETY: the module and the input live, and the new handle is owned by nobody else.
        unsafe {
            said(mu_script_forward(self.module.as_ptr(), x.as_ptr(), c_int::from(training), &raw mut out))?;
            Ok(Tensor::from_ptr(out))
        }
    }
}

fn text(text: &str) -> Result<CString, TchError> {
    CString::new(text).map_err(|_| refused(format!("{text:?} has a zero in it")))
}

/// The shim's message as an error.
fn said(message: *mut c_char) -> Result<(), TchError> {
    kernels::said(message).map_err(|error| match error {
        TchError::Torch(text) => refused(last_words(&text)),
        other => other,
    })
}

/// Of TorchScript's errors, which begin with the module's code, the line that says what is wrong.
fn last_words(text: &str) -> String {
    let wrong = text.lines().rev().find_map(|line| line.split_once("Error: ").map(|(_, wrong)| wrong));
    wrong.unwrap_or(text).to_owned()
}
