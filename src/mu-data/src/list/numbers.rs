//! What a list of numbers is.

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// Numbers, in the file's order.
    List(Vec<i64>),
    /// A yes or no for each sample.
    Mask(Vec<bool>),
}

/// No list of numbers is larger, bytes.
pub(super) const MOST_BYTES: u64 = 1 << 32;

/// A whole number, also where it is written as a real one (`3.000e+00`).
pub(super) fn whole(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| whole_real(text.parse().ok()?))
}

pub(super) fn whole_real(number: f64) -> Option<i64> {
    // Beyond that not every whole number is a float64.
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

/// What to say of an array of several lists.
pub(super) fn not_one(shape: &[usize]) -> String {
    format!(
        "it holds an array of sizes {shape:?}, and a list has one dimension; save the list that is meant (`a[0]`), or all of them as \
         one (`a.reshape(-1)`)"
    )
}

impl Numbers {
    /// BLAKE3 of what was read, hex: the same for the same numbers in any form of file.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        match self {
            Numbers::List(numbers) => {
                hasher.update(b"list");
                numbers.iter().for_each(|n| {
                    hasher.update(&n.to_le_bytes());
                });
            }
            Numbers::Mask(flags) => {
                hasher.update(b"mask");
                flags.iter().for_each(|f| {
                    hasher.update(&[u8::from(*f)]);
                });
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Sample numbers, each once, ascending; a mask must have an entry for each of `samples`.
    ///
    /// # Errors
    /// In words.
    pub fn samples(&self, samples: usize) -> Result<Vec<i64>, String> {
        let mut found = match self {
            Numbers::List(numbers) => numbers.clone(),
            Numbers::Mask(flags) if flags.len() != samples => {
                return Err(format!(
                    "it is a mask of {} samples, and there are {samples}: a mask says yes or no of each of them",
                    flags.len()
                ));
            }
            Numbers::Mask(flags) => (0..).zip(flags).filter(|(_, f)| **f).map(|(i, _)| i).collect(),
        };
        found.sort_unstable();
        match found.windows(2).find(|w| w[0] == w[1]) {
            Some(_) if found.len() > 2 && found.iter().all(|n| matches!(n, 0 | 1)) => Err(
                "it holds only the numbers 0 and 1; if that is a mask, store it as booleans (`mask.astype(bool)`)"
                    .to_owned(),
            ),
            Some(twice) => Err(format!("sample {} is in the file twice", twice[0])),
            None => Ok(found),
        }
    }

    /// A number for each of `samples` samples.
    ///
    /// # Errors
    /// In words.
    pub fn groups(&self, samples: usize) -> Result<Vec<i64>, String> {
        let found: Vec<i64> = match self {
            Numbers::List(numbers) => numbers.clone(),
            Numbers::Mask(flags) => flags.iter().map(|f| i64::from(*f)).collect(),
        };
        match found.len() == samples {
            true => Ok(found),
            false => Err(format!(
                "it has {} numbers, the training part {samples} samples: it must have one for each",
                found.len()
            )),
        }
    }
}
