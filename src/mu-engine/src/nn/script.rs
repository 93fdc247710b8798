//! TorchScript modules: loaded once a process.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use mu_kernels::Module;
use mu_step::{LayerNode, Script};
use tch::{Device, TchError, Tensor};

use crate::torch::own_words;

thread_local! {
    /// Where the modules of the step's networks are, by the digests of their files, and those that were loaded.
    static FILES: RefCell<HashMap<String, PathBuf>> = RefCell::default();
    static LOADED: RefCell<HashMap<(String, Device), Rc<Loaded>>> = RefCell::default();
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
    module: Module,
    initial: HashMap<String, Tensor>,
}

/// A module, loaded on a device.
pub(super) fn load(script: &Script, device: Device) -> Result<Rc<Loaded>, TchError> {
    let key = (script.digest.clone(), device);
    if let Some(loaded) = LOADED.with_borrow(|all| all.get(&key).cloned()) {
        return Ok(loaded);
    }
    let path = FILES.with_borrow(|files| files.get(&script.digest).cloned());
    let path =
        path.ok_or_else(|| refused("the step does not say where its TorchScript module is".to_owned()))?;
    let archive = mu_checkpoint::sealed(&path).map_err(|e| refused(e.to_string()))?;
    let module = Module::load(&archive, device).map_err(own_words)?;
    let mut initial = HashMap::new();
    for tensor in &script.tensors {
        initial.insert(tensor.name.clone(), module.get(&tensor.name).map_err(own_words)?);
    }
    let loaded = Rc::new(Loaded { module, initial });
    LOADED.with_borrow_mut(|all| all.insert(key, Rc::clone(&loaded)));
    Ok(loaded)
}

impl Loaded {
    fn initial(&self, name: &str) -> Result<&Tensor, TchError> {
        self.initial.get(name).ok_or_else(|| refused(format!("the TorchScript module has no tensor {name}")))
    }

    /// Replaces a tensor of the module.
    pub(super) fn set(&self, name: &str, tensor: &Tensor) -> Result<(), TchError> {
        self.module.set(name, tensor).map_err(own_words)
    }

    pub(super) fn forward(&self, x: &Tensor, training: bool) -> Result<Tensor, TchError> {
        self.module.forward(x, training).map_err(own_words)
    }
}
