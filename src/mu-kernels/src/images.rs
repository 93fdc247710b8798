//! Batches of images out of bytes.

use tch::{Device, Kind, TchError, Tensor};
use torch_sys::C_tensor;

use crate::Error;
use crate::choice::allows;
use crate::ffi::{Message, made, refused};

#[allow(missing_docs, reason = "cpp/images.cpp says it")]
unsafe extern "C" {
    fn mu_gather(
        pixels: *const C_tensor,
        index: *const C_tensor,
        rows: *const C_tensor,
        columns: *const C_tensor,
        table: *const C_tensor,
        out: *mut *mut C_tensor,
    ) -> Message;
}

/// A batch [b, c, h, w], channels last, of bytes [n, c, H, W] in main memory: image `index` [b] shows its `rows` [b, h] and
/// `columns` [b, w], −1 is nothing; `table` [c, 256] is what a byte is to the network.
///
/// # Errors
/// The tensors are not what they must be, or name what is not there.
pub fn gather(
    pixels: &Tensor,
    index: &Tensor,
    [rows, columns]: [&Tensor; 2],
    table: &Tensor,
) -> Result<Tensor, Error> {
    if !allows() {
        return by_aten(pixels, index, [rows, columns], table).map_err(|e| refused("gather", &e.to_string()));
    }
    let (pixels, index, table) = (pixels.as_ptr(), index.as_ptr(), table.as_ptr());
    // SAFETY: the tensors live.
    made("gather", |out| unsafe { mu_gather(pixels, index, rows.as_ptr(), columns.as_ptr(), table, out) })
}

/// The same, to the last bit, by ATen's operators.
pub(crate) fn by_aten(
    pixels: &Tensor,
    index: &Tensor,
    [rows, columns]: [&Tensor; 2],
    table: &Tensor,
) -> Result<Tensor, TchError> {
    let (_, c, _, whole) = pixels.size4()?;
    let ((b, h), (_, w)) = (rows.size2()?, columns.size2()?);
    let (down, across) = (rows.f_view([b, 1, h, 1])?, columns.f_view([b, 1, 1, w])?);
    let own = pixels.f_index_select(0, index)?;
    let own = own.f_gather(2, &down.f_clamp_min(0)?.f_expand([b, c, h, whole], false)?, false)?;
    let own = own.f_gather(3, &across.f_clamp_min(0)?.f_expand([b, c, h, w], false)?, false)?;
    // Nothing is black, before it is normalised.
    let seen = down.f_ge(0)?.f_logical_and(&across.f_ge(0)?)?.f_to_kind(Kind::Int64)?;
    let level = own.f_to_kind(Kind::Int64)?.f_mul(&seen)?;
    let first = Tensor::f_arange(c, (Kind::Int64, Device::Cpu))?.f_mul_scalar(256)?.f_view([1, c, 1, 1])?;
    let at = level.f_add(&first)?.f_permute([0, 2, 3, 1])?.f_contiguous()?;
    table.f_take(&at)?.f_permute([0, 3, 1, 2])
}
