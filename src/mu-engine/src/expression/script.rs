//! TorchScript functions: loaded once a process, called on values of a batch.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use mu_kernels::Module;
use mu_step::expression::{At, FunctionFile};
use tch::{Device, Kind, TchError, Tensor};

use super::Evaluation;
use crate::torch::{own_words, plain_words};

thread_local! {
    /// Where the functions of the step are, by the digests of their files, and those that were loaded.
    static FILES: RefCell<HashMap<String, PathBuf>> = RefCell::default();
    static LOADED: RefCell<HashMap<(String, Device, Kind), Rc<Function>>> = RefCell::default();
}

/// Says where a function's file is, verified.
pub(crate) fn provide(file: &FunctionFile, path: PathBuf) {
    FILES.with_borrow_mut(|files| files.insert(file.digest.clone(), path));
}

/// A loaded function.
struct Function {
    module: Module,
    /// What its file was called when it was saved.
    title: String,
}

fn load(file: &FunctionFile, device: Device, kind: Kind) -> Result<Rc<Function>, TchError> {
    let key = (file.digest.clone(), device, kind);
    if let Some(loaded) = LOADED.with_borrow(|all| all.get(&key).cloned()) {
        return Ok(loaded);
    }
    let path = FILES.with_borrow(|files| files.get(&file.digest).cloned());
    let missing = || TchError::Torch("the step does not say where its TorchScript function is".to_owned());
    let path = path.ok_or_else(missing)?;
    let said = |e: mu_checkpoint::CheckpointError| TchError::Torch(e.to_string());
    let (archive, title) = mu_checkpoint::sealed(&path)
        .and_then(|archive| Ok((archive, mu_checkpoint::title(&path)?)))
        .map_err(said)?;
    let module = Module::load(&archive, device).map_err(own_words)?;
    module.settle(kind).map_err(own_words)?;
    let loaded = Rc::new(Function { module, title });
    LOADED.with_borrow_mut(|all| all.insert(key, Rc::clone(&loaded)));
    Ok(loaded)
}

impl Evaluation<'_> {
    /// The number of each sample that a function makes.
    pub(super) fn script(&self, of: &[At], file: &FunctionFile) -> Result<Tensor, TchError> {
        let (kind, device) = self.options();
        let function = load(file, device, kind)?;
        let values = of.iter().map(|at| self.value(*at)).collect::<Result<Vec<Tensor>, TchError>>()?;
        let wrong =
            |what: String| TchError::Torch(format!("the TorchScript function `{}` {what}", function.title));
        let made = function.module.call(&values).map_err(|e| wrong(format!("fails: {}", plain_words(e))))?;
        let samples = self.scene.labels()?.size();
        if made.size() != samples {
            let needed = "and one number of each sample is needed";
            return Err(wrong(format!("gives a tensor of sizes {:?}, {needed}: {samples:?}", made.size())));
        }
        if made.kind() == kind { Ok(made) } else { made.f_to_kind(kind) }
    }
}
