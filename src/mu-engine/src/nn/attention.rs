//! Scaled dot-product attention: among all tokens, and within the windows of a grid.

use tch::{TchError, Tensor};

/// What is added where a token must not see another.
const UNSEEN: f64 = -100.0;

/// [b, n, 3·d] → [b, n, d]
pub(super) fn among_all(x: &Tensor, heads: i64) -> Result<Tensor, TchError> {
    let (b, n, width) = x.size3()?;
    let size = width / 3 / heads;
    let parts = x.f_reshape([b, n, 3, heads, size])?.f_permute([2, 0, 3, 1, 4])?;
    let [q, k, v] = [parts.f_select(0, 0)?, parts.f_select(0, 1)?, parts.f_select(0, 2)?];
    let scores = q.f_mul_scalar(1.0 / (size as f64).sqrt())?.f_matmul(&k.f_transpose(-2, -1)?)?;
    let mixed = scores.f_softmax(-1, scores.kind())?.f_matmul(&v)?;
    mixed.f_transpose(1, 2)?.f_reshape([b, n, heads * size])
}

/// Attention within windows.
pub(super) struct Windows {
    pub(super) heads: i64,
    pub(super) side: i64,
    pub(super) shift: i64,
    pub(super) shared: bool,
}

impl Windows {
    /// [b, h, w, 3·d] → [b, h, w, d]; `table` holds the bias by relative position.
    pub(super) fn attend(&self, x: &Tensor, table: &Tensor) -> Result<Tensor, TchError> {
        let (b, h, w, width) = x.size4()?;
        let (heads, side, shift) = (self.heads, self.side, self.shift);
        let (rows, columns, size) = (h / side, w / side, width / 3 / heads);
        let tokens = side * side;
        let x = if shift > 0 { x.f_roll([-shift, -shift], [1, 2])? } else { x.shallow_clone() };
        let parts = x
            .f_reshape([b, rows, side, columns, side, 3, heads, size])?
            .f_permute([5, 0, 1, 3, 6, 2, 4, 7])?
            .f_reshape([3, b, rows * columns, heads, tokens, size])?;
        let [q, k, v] = [parts.f_select(0, 0)?, parts.f_select(0, 1)?, parts.f_select(0, 2)?];
        let mut scores = q.f_mul_scalar(1.0 / (size as f64).sqrt())?.f_matmul(&k.f_transpose(-2, -1)?)?;
        scores = scores.f_add(&self.bias(table)?)?;
        if shift > 0 {
            scores = scores.f_add(&self.mask(h, w, &scores)?)?;
        }
        let mixed = scores.f_softmax(-1, scores.kind())?.f_matmul(&v)?;
        let whole = mixed
            .f_reshape([b, rows, columns, heads, side, side, size])?
            .f_permute([0, 1, 4, 2, 5, 3, 6])?
            .f_reshape([b, h, w, heads * size])?;
        if shift > 0 { whole.f_roll([shift, shift], [1, 2]) } else { Ok(whole) }
    }

    /// [heads or 1, tokens, tokens]: of query i and key j, by where j lies from i.
    fn bias(&self, table: &Tensor) -> Result<Tensor, TchError> {
        let side = self.side;
        let tokens = side * side;
        let index = relative(side, self.shared);
        let index = Tensor::from_slice(&index).f_to_device(table.device())?;
        if self.shared {
            return table.f_reshape([-1])?.f_index_select(0, &index)?.f_view([1, tokens, tokens]);
        }
        table.f_index_select(0, &index)?.f_view([tokens, tokens, self.heads])?.f_permute([2, 0, 1])
    }

    /// [windows, 1, tokens, tokens]: rolled grids have up to nine regions that did not touch before.
    fn mask(&self, h: i64, w: i64, like: &Tensor) -> Result<Tensor, TchError> {
        let (side, shift) = (self.side, self.shift);
        let band = |at: i64, of: i64| i64::from(at >= of - side) + i64::from(at >= of - shift);
        let mut regions = Vec::new();
        for (row, column) in (0..h / side).flat_map(|r| (0..w / side).map(move |c| (r, c))) {
            for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
                regions.push(3 * band(row * side + y, h) + band(column * side + x, w));
            }
        }
        let regions = Tensor::from_slice(&regions).f_view([-1, side * side])?;
        let apart = regions.f_unsqueeze(1)?.f_ne_tensor(&regions.f_unsqueeze(2)?)?;
        apart.f_unsqueeze(1)?.f_to_device(like.device())?.f_to_kind(like.kind())?.f_mul_scalar(UNSEEN)
    }
}

/// For each pair of tokens of a window, where its bias lies in a table of (2·side − 1)²: by the way from key to query, or from
/// query to key where one table serves all heads.
pub(super) fn relative(side: i64, from_query: bool) -> Vec<i64> {
    let sign = if from_query { -1 } else { 1 };
    let places: Vec<(i64, i64)> = (0..side).flat_map(|y| (0..side).map(move |x| (y, x))).collect();
    let span = 2 * side - 1;
    places
        .iter()
        .flat_map(|(y, x)| {
            places.iter().map(move |(v, u)| (sign * (y - v) + side - 1) * span + sign * (x - u) + side - 1)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Kind;

    #[test]
    fn a_window_over_the_whole_grid_is_attention_among_all() {
        let x = Tensor::arange(2 * 4 * 4 * 24, (Kind::Double, tch::Device::Cpu)).sin().view([2, 4, 4, 24]);
        let table = Tensor::zeros([49, 2], (Kind::Double, tch::Device::Cpu));
        let windows = Windows { heads: 2, side: 4, shift: 0, shared: false };
        let (one, other) = (windows.attend(&x, &table).unwrap(), among_all(&x.view([2, 16, 24]), 2).unwrap());
        assert!((one.view([2, 16, 8]) - other).abs().max().double_value(&[]) < 1e-12);
    }
}
