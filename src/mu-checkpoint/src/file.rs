//! A file → its tensors, by what its first bytes say that it is.

use std::io::Read;
use std::path::Path;

use crate::table::Checkpoint;
use crate::{CheckpointError, Tensors, legacy, safe, zipped};

impl Checkpoint {
    /// Opens safetensors, or PyTorch's `.pth` of either form. What is pickled in it is read, not executed; elements are read later, of
    /// the tensors that are asked for.
    ///
    /// # Errors
    /// Where the file cannot be read, or holds no weights.
    pub fn open(path: &Path) -> Result<Self, CheckpointError> {
        let mut head = Vec::new();
        let file = mu_file::open(path).map_err(|e| CheckpointError::io(path, e))?;
        file.take(16).read_to_end(&mut head).map_err(|e| CheckpointError::io(path, e))?;
        if head.starts_with(b"PK") {
            zipped::open(path)
        } else if head.starts_with(&legacy::MAGIC[..12]) {
            legacy::open(path)
        } else if head.get(8) == Some(&b'{') {
            safe::open(path)
        } else {
            let what = if head.is_empty() {
                "it is empty"
            } else {
                "it is neither safetensors nor a file of torch.save"
            };
            Err(CheckpointError::format(path, what.to_owned()))
        }
    }
}

/// The tensors of a file that has one table of them, in its order.
///
/// # Errors
/// Where the file cannot be read, or holds something else.
pub fn read(path: &Path) -> Result<Tensors, CheckpointError> {
    Checkpoint::open(path)?.all()
}
