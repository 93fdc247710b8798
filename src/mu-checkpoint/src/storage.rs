//! Numbers of a file, and views of them.

/// The type of a tensor's elements, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the types' own names")]
pub enum Dtype {
    F64,
    F32,
    F16,
    Bf16,
    I64,
    I32,
    I16,
    I8,
    U8,
    U16,
    U32,
    U64,
    Bool,
}

impl Dtype {
    /// Bytes of an element.
    #[must_use]
    pub fn width(self) -> usize {
        match self {
            Dtype::F64 | Dtype::I64 | Dtype::U64 => 8,
            Dtype::F32 | Dtype::I32 | Dtype::U32 => 4,
            Dtype::F16 | Dtype::Bf16 | Dtype::I16 | Dtype::U16 => 2,
            Dtype::I8 | Dtype::U8 | Dtype::Bool => 1,
        }
    }

    /// Whether its elements are real numbers.
    #[must_use]
    pub fn is_real(self) -> bool {
        matches!(self, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::Bf16)
    }

    /// The name of PyTorch's storage of it.
    #[must_use]
    pub(crate) fn storage(self) -> &'static str {
        STORAGES.iter().find(|(_, d)| *d == self).map_or("FloatStorage", |(name, _)| name)
    }

    /// By PyTorch's word for it, of types whose tensors say it themselves.
    pub(crate) fn of_word(word: &str) -> Option<Dtype> {
        match word {
            "uint16" => Some(Dtype::U16),
            "uint32" => Some(Dtype::U32),
            "uint64" => Some(Dtype::U64),
            _ => None,
        }
    }

    /// By the name of PyTorch's storage.
    pub(crate) fn of_storage(name: &str) -> Option<Dtype> {
        STORAGES.iter().find(|(n, _)| *n == name).map(|(_, d)| *d)
    }
}

const STORAGES: [(&str, Dtype); 11] = [
    ("DoubleStorage", Dtype::F64),
    ("FloatStorage", Dtype::F32),
    ("HalfStorage", Dtype::F16),
    ("BFloat16Storage", Dtype::Bf16),
    ("LongStorage", Dtype::I64),
    ("IntStorage", Dtype::I32),
    ("ShortStorage", Dtype::I16),
    ("CharStorage", Dtype::I8),
    ("ByteStorage", Dtype::U8),
    ("BoolStorage", Dtype::Bool),
    // Bytes, whatever the tensor says that they are.
    ("UntypedStorage", Dtype::U8),
];

/// A tensor: its elements in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The type of its elements.
    pub dtype: Dtype,
    /// Its sizes.
    pub shape: Vec<usize>,
    /// Its elements.
    pub bytes: Vec<u8>,
}

impl Array {
    /// How many elements it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len() / self.dtype.width()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Its elements as float32, where they are numbers; those of a mask may be of any type.
    pub(crate) fn numbers(&self) -> Option<Vec<f32>> {
        match self.dtype {
            Dtype::Bool | Dtype::U8 => Some(self.bytes.iter().map(|b| f32::from(*b)).collect()),
            Dtype::I8 => Some(self.bytes.iter().map(|b| f32::from(*b as i8)).collect()),
            Dtype::I64 => {
                let one = |b: &[u8]| i64::from_le_bytes(b.try_into().unwrap_or_default()) as f32;
                Some(self.bytes.chunks_exact(8).map(one).collect())
            }
            _ => self.to_f32(),
        }
    }

    /// Its elements as float32, where they are real numbers.
    #[must_use]
    pub fn to_f32(&self) -> Option<Vec<f32>> {
        let each = |width: usize, f: &dyn Fn(&[u8]) -> f32| self.bytes.chunks_exact(width).map(f).collect();
        Some(match self.dtype {
            Dtype::F32 => each(4, &|b| f32::from_le_bytes(b.try_into().unwrap_or_default())),
            Dtype::F64 => each(8, &|b| f64::from_le_bytes(b.try_into().unwrap_or_default()) as f32),
            Dtype::Bf16 => each(2, &|b| f32::from_bits(u32::from(u16::from_le_bytes([b[0], b[1]])) << 16)),
            Dtype::F16 => each(2, &|b| half(u16::from_le_bytes([b[0], b[1]]))),
            _ => return None,
        })
    }
}

/// IEEE half precision → single: every half is a single.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    match exponent {
        0 => sign * fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}

/// A tensor as a pickle describes it: a view of a storage.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) storage: String,
    pub(crate) dtype: Dtype,
    pub(crate) offset: usize,
    pub(crate) shape: Vec<usize>,
    pub(crate) strides: Vec<usize>,
}

impl View {
    /// All of a storage, row by row.
    pub(crate) fn contiguous(storage: &str, dtype: Dtype, shape: &[usize]) -> Self {
        let mut strides = vec![1usize; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = strides[axis].saturating_mul(shape[axis].max(1));
        }
        Self { storage: storage.to_owned(), dtype, offset: 0, shape: shape.to_vec(), strides }
    }

    /// The elements in row-major order.
    pub(crate) fn gather(&self, bytes: &[u8]) -> Result<Array, String> {
        let width = self.dtype.width();
        let have = bytes.len() / width;
        let count = self.shape.iter().try_fold(1usize, |n, s| n.checked_mul(*s));
        // No tensor that PyTorch trains is larger than its storage: a file that says so would make much out of little.
        let count = count
            .filter(|n| *n <= have)
            .ok_or_else(|| format!("has sizes {:?}, its storage only {have} elements", self.shape))?;
        if self.strides.len() != self.shape.len() {
            return Err(format!("has {} sizes and {} strides", self.shape.len(), self.strides.len()));
        }
        let last = self.shape.iter().zip(&self.strides).try_fold(self.offset, |sum, (size, stride)| {
            size.saturating_sub(1).checked_mul(*stride).and_then(|far| sum.checked_add(far))
        });
        if count > 0 && last.is_none_or(|last| last >= have) {
            return Err(format!("reaches beyond the {have} elements of its storage"));
        }
        let mut out = Vec::with_capacity(count * width);
        let mut at = vec![0; self.shape.len()];
        for _ in 0..count {
            let place = self.offset + at.iter().zip(&self.strides).map(|(i, s)| i * s).sum::<usize>();
            out.extend_from_slice(&bytes[place * width..(place + 1) * width]);
            for axis in (0..at.len()).rev() {
                at[axis] += 1;
                if at[axis] < self.shape[axis] {
                    break;
                }
                at[axis] = 0;
            }
        }
        Ok(Array { dtype: self.dtype, shape: self.shape.clone(), bytes: out })
    }

    /// Whether it lies in its storage row by row without gaps.
    fn is_contiguous(&self) -> bool {
        let mut step = 1usize;
        self.shape.iter().zip(&self.strides).rev().all(|(size, stride)| {
            let fits = *size == 1 || *stride == step;
            step = step.saturating_mul(*size);
            fits
        })
    }

    /// As [`View::gather`], without a walk where the elements lie in order.
    pub(crate) fn read(&self, bytes: &[u8]) -> Result<Array, String> {
        let width = self.dtype.width();
        let count: Option<usize> = self.shape.iter().try_fold(1usize, |n, s| n.checked_mul(*s));
        let end = count.and_then(|n| n.checked_add(self.offset)?.checked_mul(width));
        match end {
            Some(end)
                if self.strides.len() == self.shape.len() && self.is_contiguous() && end <= bytes.len() =>
            {
                let bytes = bytes[self.offset * width..end].to_vec();
                Ok(Array { dtype: self.dtype, shape: self.shape.clone(), bytes })
            }
            _ => self.gather(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(shape: &[usize], strides: &[usize], offset: usize) -> View {
        let (shape, strides) = (shape.to_vec(), strides.to_vec());
        View { storage: "0".to_owned(), dtype: Dtype::U8, offset, shape, strides }
    }

    #[test]
    fn views_are_read_row_by_row() {
        let bytes: Vec<u8> = (0..12).collect();
        assert_eq!(view(&[2, 3], &[3, 1], 1).read(&bytes).unwrap().bytes, [1, 2, 3, 4, 5, 6]);
        assert_eq!(view(&[3, 2], &[1, 3], 0).read(&bytes).unwrap().bytes, [0, 3, 1, 4, 2, 5]);
        assert_eq!(view(&[], &[], 11).read(&bytes).unwrap().bytes, [11]);
        assert!(view(&[0, 5], &[5, 1], 0).read(&bytes).unwrap().is_empty());
    }

    #[test]
    fn views_stay_within_their_storage() {
        let bytes: Vec<u8> = (0..12).collect();
        assert!(view(&[2, 7], &[6, 1], 0).read(&bytes).is_err(), "more elements than there are");
        assert!(view(&[3, 3], &[4, 2], 0).read(&bytes).unwrap_err().contains("beyond"));
        assert!(view(&[1 << 40], &[0], 0).read(&bytes).is_err(), "one element many times");
        assert!(view(&[usize::MAX, 2], &[1, 1], 0).read(&bytes).is_err());
        assert!(view(&[1], &[1], usize::MAX).read(&bytes).is_err());
    }

    #[test]
    fn half_precision_becomes_single() {
        let array = |dtype, bytes: Vec<u8>| Array { dtype, shape: vec![bytes.len() / 2], bytes };
        // 1, −2, the largest, the smallest, infinity.
        let halves = [0x3c00u16, 0xc000, 0x7bff, 0x0001, 0x7c00].map(u16::to_le_bytes).concat();
        let values = array(Dtype::F16, halves).to_f32().unwrap();
        assert_eq!(values, [1.0, -2.0, 65504.0, 2f32.powi(-24), f32::INFINITY]);
        assert_eq!(array(Dtype::Bf16, vec![0x80, 0x3f, 0x20, 0xc0]).to_f32().unwrap(), [1.0, -2.5]);
    }
}
