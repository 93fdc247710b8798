//! Tensors in files of objects, in the form of safetensors.

use std::collections::{BTreeMap, HashMap};

use mu_step::artefact::TensorFile;
use mu_step::{Failure, FailureKind};
use mu_store::{Draft, Object, StoreError};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use tch::{Device, Kind, Tensor};

use crate::torch;

/// Tensors by name.
pub(crate) type Tensors = BTreeMap<String, Tensor>;

pub(crate) fn store_failure(error: StoreError) -> Failure {
    Failure::new(FailureKind::Store, error.to_string())
}

fn damaged(what: &str, error: impl std::fmt::Display) -> Failure {
    Failure::new(FailureKind::Store, format!("{what}: {error}"))
}

pub(crate) fn write_tensors(draft: &Draft, to: TensorFile, tensors: &Tensors) -> Result<(), Failure> {
    draft.write(to.file, &tensor_bytes(tensors, None)?).map_err(store_failure)
}

/// Tensors, and words about them, in the form of safetensors.
pub(crate) fn tensor_bytes(
    tensors: &Tensors,
    words: Option<HashMap<String, String>>,
) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    for (name, tensor) in tensors {
        let tensor =
            tensor.f_to_device(Device::Cpu).and_then(|t| t.f_contiguous()).map_err(|e| torch::failed(&e))?;
        let (dtype, width) = match tensor.kind() {
            Kind::Float => (Dtype::F32, 4),
            Kind::Double => (Dtype::F64, 8),
            Kind::Int64 => (Dtype::I64, 8),
            Kind::Uint8 => (Dtype::U8, 1),
            Kind::Bool => (Dtype::BOOL, 1),
            other => return Err(damaged(name, format!("no file type for {other:?}"))),
        };
        let mut data = vec![0; tensor.numel() * width];
        tensor.f_copy_data_u8(&mut data, tensor.numel()).map_err(|e| torch::failed(&e))?;
        let shape: Vec<usize> = tensor.size().iter().map(|s| *s as usize).collect();
        bytes.push((name.as_str(), dtype, shape, data));
    }
    let views = bytes
        .iter()
        .map(|(name, dtype, shape, data)| Ok((*name, TensorView::new(*dtype, shape.clone(), data)?)));
    let views: Result<Vec<_>, safetensors::SafeTensorError> = views.collect();
    views.and_then(|v| safetensors::serialize(v, words)).map_err(|e| damaged("tensors", e))
}

pub(crate) fn read_tensors(object: &Object, from: TensorFile, device: Device) -> Result<Tensors, Failure> {
    tensors_of(from.file, &object.read(from.file).map_err(store_failure)?, device)
}

/// The tensors in a text of safetensors.
pub(crate) fn tensors_of(name: &str, bytes: &[u8], device: Device) -> Result<Tensors, Failure> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(name, e))?;
    let mut tensors = Tensors::new();
    for (name, view) in file.tensors() {
        let kind = match view.dtype() {
            Dtype::F32 => Kind::Float,
            Dtype::F64 => Kind::Double,
            Dtype::I64 => Kind::Int64,
            Dtype::U8 => Kind::Uint8,
            Dtype::BOOL => Kind::Bool,
            other => return Err(damaged(&name, format!("unexpected element type {other:?}"))),
        };
        let shape: Vec<i64> = view.shape().iter().map(|s| *s as i64).collect();
        let tensor = Tensor::f_from_data_size(view.data(), &shape, kind).and_then(|t| t.f_to_device(device));
        tensors.insert(name, tensor.map_err(|e| torch::failed(&e))?);
    }
    Ok(tensors)
}
