//! The kinds of files of objects.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A JSON file of an object.
pub trait Record: Serialize + DeserializeOwned {
    /// Its name.
    const FILE: &'static str;
}

/// A file of numbers in NumPy's format, in one dimension.
#[derive(Debug)]
pub struct Array<T> {
    /// Its name.
    pub file: &'static str,
    of: PhantomData<T>,
}

impl<T> Array<T> {
    pub(super) const fn new(file: &'static str) -> Self {
        Self { file, of: PhantomData }
    }
}

impl<T> Clone for Array<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Array<T> {}

/// A file of tensors by name, in the form of safetensors.
#[derive(Clone, Copy, Debug)]
pub struct TensorFile {
    /// Its name.
    pub file: &'static str,
}
