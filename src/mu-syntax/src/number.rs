//! Numbers of the language. Whole numbers are exact: a seed is none of the nearest 2⁵³ others.

use std::cmp::Ordering;
use std::fmt;

/// Above this a float64 no longer stands for one whole number only.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number, as it was written or as arithmetic made it.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// A whole number, exactly.
    Whole(i128),
    /// Any other, as the nearest float64.
    Real(f64),
}

impl Number {
    /// Reads a numeral such as `1_000`, `0.5` or `1e-3`. `None` where it is none, or where no number stands for
    /// it: too large for a float64, or so small that it would be 0.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.replace('_', "");
        if let Some(whole) = whole(&text) {
            return Some(Self::Whole(whole));
        }
        let real: f64 = text.parse().ok()?;
        let mantissa = text.split(['e', 'E']).next().unwrap_or("");
        let vanished = real == 0.0 && mantissa.contains(|c: char| ('1'..='9').contains(&c));
        (real.is_finite() && !vanished).then_some(Self::Real(real))
    }

    /// As the nearest float64.
    #[must_use]
    pub fn real(self) -> f64 {
        match self {
            Self::Whole(v) => v as f64,
            Self::Real(v) => v,
        }
    }

    /// The whole number that it is; `None` of a fraction, and of a float64 that stands for several.
    #[must_use]
    pub fn whole(self) -> Option<i128> {
        match self {
            Self::Whole(v) => Some(v),
            Self::Real(v) => (v.fract() == 0.0 && v.abs() <= EXACT).then_some(v as i128),
        }
    }

    fn with(
        self,
        other: Self,
        whole: fn(i128, i128) -> Option<i128>,
        real: fn(f64, f64) -> f64,
    ) -> Option<Self> {
        if let (Self::Whole(a), Self::Whole(b)) = (self, other)
            && let Some(found) = whole(a, b)
        {
            return Some(Self::Whole(found));
        }
        Some(real(self.real(), other.real())).filter(|v| v.is_finite()).map(Self::Real)
    }

    /// The sum; `None` where it is not finite.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.with(other, i128::checked_add, |a, b| a + b)
    }
    /// The difference; `None` where it is not finite.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.with(other, i128::checked_sub, |a, b| a - b)
    }
    /// The product; `None` where it is not finite.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        self.with(other, i128::checked_mul, |a, b| a * b)
    }
    /// The quotient; `None` where it is not finite.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        let whole = |a: i128, b: i128| (b != 0 && a % b == 0).then(|| a / b);
        self.with(other, whole, |a, b| a / b)
    }
    /// Which of two is larger, exactly where both are whole.
    #[must_use]
    pub fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(&b)),
            _ => self.real().partial_cmp(&other.real()),
        }
    }
}

impl From<f64> for Number {
    fn from(v: f64) -> Self {
        Self::Real(v)
    }
}

impl From<i128> for Number {
    fn from(v: i128) -> Self {
        Self::Whole(v)
    }
}

/// As it would be written.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(v) => write!(f, "{v}"),
            Self::Real(v) => write!(f, "{v}"),
        }
    }
}

/// The whole number that a numeral without `_` stands for, where it is one and an `i128` holds it.
fn whole(text: &str) -> Option<i128> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    let kept = digits.trim_end_matches('0');
    if kept.is_empty() {
        return (!digits.is_empty()).then_some(0);
    }
    let shift = i32::try_from(digits.len() - kept.len()).ok()? - i32::try_from(after.len()).ok()?;
    let shift = u32::try_from(exponent.checked_add(shift)?).ok()?;
    kept.parse::<i128>().ok()?.checked_mul(10i128.checked_pow(shift)?)
}

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn whole_numbers_are_exact_and_others_finite() {
        let whole = |text: &str| Number::parse(text).and_then(Number::whole);
        assert_eq!(whole("9007199254740993"), Some(9_007_199_254_740_993));
        assert_eq!(whole("18_446_744_073_709_551_615"), Some(u64::MAX.into()));
        assert_eq!(whole("1e3"), Some(1000));
        assert_eq!(whole("1.50e1"), Some(15));
        assert_eq!(whole("2.0"), Some(2));
        assert_eq!(whole("0e999999999999"), Some(0));
        assert_eq!(whole("0.00"), Some(0));
        assert_eq!(whole("1.5"), None);
        // Beyond an i128 a float64 would stand for many whole numbers.
        assert_eq!(whole("1e60"), None);
        assert!(Number::parse("1e60").is_some_and(|v| v.real() == 1e60));
        for none in ["1e309", "1e999999999999", "1e-400", "x", ""] {
            assert!(Number::parse(none).is_none(), "{none}");
        }
    }

    #[test]
    fn arithmetic_stays_exact_and_never_leaves_the_finite() {
        let n = |text: &str| Number::parse(text).unwrap_or(Number::Real(f64::NAN));
        let large = n("9007199254740992");
        assert_eq!(large.plus(n("1")).map(|v| v.to_string()), Some("9007199254740993".to_owned()));
        assert_eq!(large.compare(n("9007199254740993")), Some(std::cmp::Ordering::Less));
        assert_eq!(n("6").over(n("3")).and_then(Number::whole), Some(2));
        assert_eq!(n("1").over(n("4")).map(Number::real), Some(0.25));
        assert!(n("1").over(n("0")).is_none());
        assert!(n("1e300").times(n("1e300")).is_none());
    }
}
