//! What a metric's value says where a number behind it stopped at a limit: the number may be larger.

use super::formula::{Formula, Measured};

/// How the true value stands to the one that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bound {
    /// It is the one.
    #[default]
    Exact,
    /// It is the one, or larger.
    AtLeast,
    /// It is the one, or smaller.
    AtMost,
    /// It may be larger or smaller.
    Unknown,
}

impl Bound {
    /// Of a sum of two.
    #[must_use]
    pub fn with(self, other: Bound) -> Bound {
        match (self, other) {
            (a, Bound::Exact) => a,
            (Bound::Exact, b) => b,
            (a, b) if a == b => a,
            _ => Bound::Unknown,
        }
    }

    /// The word for it in what programs read; nothing where the value is exact.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        match self {
            Bound::Exact => None,
            Bound::AtLeast => Some("at least"),
            Bound::AtMost => Some("at most"),
            Bound::Unknown => Some("unknown"),
        }
    }
}

/// A leaf's number, and whether it may be larger.
type Leaves<'a> = &'a dyn Fn(&Measured, Option<&str>) -> Option<(f64, bool)>;

/// The least and the greatest that a formula can be.
type Range = (f64, f64);

impl Formula {
    /// How its true value stands to the one that its leaves give, where each leaf's is known, or is known to be at least that
    /// (`true`); `None` where a leaf is missing. `own` is the method of the point that it is taken at.
    pub fn bound(&self, own: &str, leaf: Leaves<'_>) -> Option<Bound> {
        let (low, high) = self.range(own, leaf)?;
        let value = self.evaluate(&|m, at| leaf(m, at).map(|(v, _)| v))?;
        let same = |a: f64| (a - value).abs() <= 1e-9 * value.abs().max(1.0);
        Some(match (same(low), same(high)) {
            (true, true) => Bound::Exact,
            (true, false) => Bound::AtLeast,
            (false, true) => Bound::AtMost,
            (false, false) => Bound::Unknown,
        })
    }

    fn range(&self, own: &str, leaf: Leaves<'_>) -> Option<Range> {
        let go = |f: &Formula| f.range(own, leaf);
        let all = |items: &[Formula]| items.iter().map(go).collect::<Option<Vec<Range>>>();
        let fold = |items: &[Formula], f: fn(f64, f64) -> f64| {
            all(items)?.into_iter().reduce(|a, b| (f(a.0, b.0), f(a.1, b.1)))
        };
        Some(match self {
            Formula::Number(v) => (*v, *v),
            Formula::Measured(m, at) => match leaf(m, at.as_deref())? {
                (v, true) => (v, f64::INFINITY),
                (v, false) => (v, v),
            },
            Formula::OfMeans(a) => go(a)?,
            Formula::Log10(a) => {
                let (low, high) = go(a)?;
                (low.log10(), high.log10())
            }
            Formula::Abs(a) => {
                let (low, high) = go(a)?;
                let nearest = if low <= 0.0 && high >= 0.0 { 0.0 } else { low.abs().min(high.abs()) };
                (nearest, low.abs().max(high.abs()))
            }
            Formula::Add(a, b) => {
                let (a, b) = (go(a)?, go(b)?);
                (a.0 + b.0, a.1 + b.1)
            }
            // A number less itself is nothing, whatever it is.
            Formula::Subtract(a, b) if a.is_at(own, b) => (0.0, 0.0),
            Formula::Subtract(a, b) => {
                let (a, b) = (go(a)?, go(b)?);
                (a.0 - b.1, a.1 - b.0)
            }
            Formula::Multiply(a, b) => products(go(a)?, go(b)?),
            Formula::Divide(a, b) => {
                let (low, high) = go(b)?;
                if low < 0.0 && high > 0.0 {
                    (f64::NEG_INFINITY, f64::INFINITY)
                } else {
                    products(go(a)?, (1.0 / high, 1.0 / low))
                }
            }
            Formula::Mean(items) => {
                let (ranges, n) = (all(items)?, items.len() as f64);
                (ranges.iter().map(|r| r.0).sum::<f64>() / n, ranges.iter().map(|r| r.1).sum::<f64>() / n)
            }
            Formula::Min(items) => fold(items, f64::min)?,
            Formula::Max(items) => fold(items, f64::max)?,
        })
    }

    /// Whether both are one measured number: at a method, where the other is at that of the point.
    fn is_at(&self, own: &str, other: &Formula) -> bool {
        match (self, other) {
            (Formula::Measured(m, a), Formula::Measured(n, b)) => {
                m == n && a.as_deref().unwrap_or(own) == b.as_deref().unwrap_or(own)
            }
            _ => false,
        }
    }
}

/// The least and the greatest product; nothing times what may be infinite is nothing.
fn products(a: Range, b: Range) -> Range {
    let times = |x: f64, y: f64| if x == 0.0 || y == 0.0 { 0.0 } else { x * y };
    let all = [times(a.0, b.0), times(a.0, b.1), times(a.1, b.0), times(a.1, b.1)];
    (all.into_iter().fold(f64::INFINITY, f64::min), all.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

#[cfg(test)]
mod tests {
    use mu_step::CostOf;

    use super::*;

    /// At 40; with another method, at 100 or more.
    fn bound(f: &Formula) -> Bound {
        f.bound("own", &|_, at| Some(if at.is_some() { (100.0, true) } else { (40.0, false) })).unwrap()
    }

    #[test]
    fn what_stopped_at_a_limit_bounds_what_is_made_of_it() {
        let exact = || Box::new(Formula::Measured(Measured::Cost(CostOf::Epochs), None));
        let least = || Box::new(Formula::Measured(Measured::Cost(CostOf::Epochs), Some("other".to_owned())));
        let another =
            || Box::new(Formula::Measured(Measured::Cost(CostOf::Epochs), Some("another".to_owned())));
        let number = |v| Box::new(Formula::Number(v));
        let cases = [
            (*exact(), Bound::Exact),
            (*least(), Bound::AtLeast),
            (Formula::Subtract(exact(), least()), Bound::AtMost),
            (Formula::Abs(Box::new(Formula::Subtract(exact(), least()))), Bound::AtLeast),
            (Formula::Abs(Box::new(Formula::Subtract(number(200.0), least()))), Bound::Unknown),
            (Formula::Abs(Box::new(Formula::Subtract(least(), another()))), Bound::AtLeast),
            (Formula::Subtract(least(), another()), Bound::Unknown),
            (Formula::Subtract(least(), least()), Bound::Exact),
            (Formula::Multiply(number(-2.0), least()), Bound::AtMost),
            (Formula::Multiply(number(0.0), least()), Bound::Exact),
            (Formula::Divide(number(1.0), least()), Bound::AtMost),
            (Formula::Mean(vec![*exact(), *least()]), Bound::AtLeast),
            (Formula::Min(vec![*exact(), *least()]), Bound::Exact),
            (Formula::Max(vec![*exact(), *least()]), Bound::AtLeast),
        ];
        for (formula, expected) in cases {
            assert_eq!(bound(&formula), expected, "{formula:?}");
        }
    }
}
