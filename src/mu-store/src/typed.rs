//! Files of objects by what is in them (`mu_step::artefact`).

use mu_step::StepKey;
use mu_step::artefact::{Array, Record};

use crate::object::Meta;
use crate::store::json;
use crate::{Draft, Object, Store, StoreError};

impl Object {
    /// A JSON file.
    ///
    /// # Errors
    /// Where it is missing, unreadable or of another form.
    pub fn record<R: Record>(&self) -> Result<R, StoreError> {
        let bytes = self.read(R::FILE)?;
        serde_json::from_slice(&bytes).map_err(|e| self.damaged(R::FILE, e.to_string()))
    }

    /// A file of numbers.
    ///
    /// # Errors
    /// As [`Object::record`].
    pub fn array<T: npyz::Deserialize>(&self, array: Array<T>) -> Result<Vec<T>, StoreError> {
        let bytes = self.read(array.file)?;
        let file = mu_file::npy(&bytes).map_err(|problem| self.damaged(array.file, problem))?;
        file.into_vec().map_err(|e| self.damaged(array.file, e.to_string()))
    }

    fn damaged(&self, name: &str, problem: String) -> StoreError {
        StoreError::Damaged { path: self.path(name), problem }
    }
}

impl Draft {
    /// Writes a JSON file of the object.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn record<R: Record>(&self, record: &R) -> Result<(), StoreError> {
        self.write(R::FILE, &json(record)?)
    }

    /// Writes a file of numbers of the object.
    ///
    /// # Errors
    /// Where the file system refuses.
    pub fn array<T: npyz::AutoSerialize + Copy>(
        &self,
        array: Array<T>,
        values: &[T],
    ) -> Result<(), StoreError> {
        let path = self.path(array.file);
        let bytes = mu_file::npy_of(values, &[values.len() as u64])
            .map_err(|problem| StoreError::Damaged { path, problem })?;
        self.write(array.file, &bytes)
    }
}

impl Store {
    /// A small JSON file of an object, the key and that file alone verified; `None` where there is none, or it is not what was written.
    #[must_use]
    pub fn peek<R: Record>(&self, key: StepKey) -> Option<R> {
        let folder = self.object(key);
        let meta = Meta::read(&folder, key).ok()?;
        let bytes = mu_file::bytes(&folder.join(R::FILE), mu_file::TEXT).ok()?;
        let written = meta.files.get(R::FILE)?;
        if blake3::hash(&bytes).to_hex().as_str() != written {
            None
        } else {
            serde_json::from_slice(&bytes).ok()
        }
    }
}
