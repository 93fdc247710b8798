//! Metrics as arithmetic over measured numbers.

use mu_diag::Span;
use mu_step::expression::{Expression, Net};
use mu_step::{Attack, Classes, Collect, CostOf, Likeness, On, Relearning};

use super::forget::SampleSet;
use crate::unit::Unit;

/// The word by which a metric speaks of the experiment's reference: Retrain, where the experiment names no other.
pub const REFERENCE: &str = "reference";

/// A number that is reported at every point.
#[derive(Clone, Debug)]
pub struct Metric {
    /// Its label.
    pub name: String,
    /// How it comes from measured numbers.
    pub formula: Formula,
    /// Its unit.
    pub unit: Unit,
    /// Its best value, where it has one.
    pub optimum: Option<Optimum>,
    /// Where the number of a class was written, if it has one.
    pub(crate) class_at: Option<mu_diag::Span>,
}

impl Metric {
    /// The same where `reference` is a method's name.
    #[must_use]
    pub(crate) fn against(mut self, reference: &str) -> Self {
        self.formula.name(reference);
        if let Some(Optimum::Method(method)) =
            self.optimum.as_mut().filter(|o| **o == Optimum::Method(REFERENCE.to_owned()))
        {
            reference.clone_into(method);
        }
        self
    }

    /// Whether models are trained for it by the experiment's recipe.
    #[must_use]
    pub(crate) fn trains(&self) -> bool {
        let mut shadows = false;
        self.formula.leaves(&mut |m, _| shadows |= matches!(m, Measured::Ulira(_)));
        shadows
    }
}

/// What a metric's best value is.
#[derive(Clone, Debug, PartialEq)]
pub enum Optimum {
    /// The largest.
    Higher,
    /// The smallest.
    Lower,
    /// The nearest to a number.
    Value(f64),
    /// The nearest to what a method has at the same point.
    Method(String),
}

impl Optimum {
    /// The sign beside a metric's name.
    #[must_use]
    pub fn sign(&self) -> String {
        match self {
            Optimum::Higher => "↑".to_owned(),
            Optimum::Lower => "↓".to_owned(),
            Optimum::Value(v) => format!("→{v}"),
            Optimum::Method(_) => "≈".to_owned(),
        }
    }
}

/// A metric as arithmetic over measured numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// A constant.
    Number(f64),
    /// A measured number, at this point or at the same point with another method.
    Measured(Measured, Option<String>),
    /// |a|
    Abs(Box<Formula>),
    /// The decimal logarithm.
    Log10(Box<Formula>),
    /// a + b
    Add(Box<Formula>, Box<Formula>),
    /// a − b
    Subtract(Box<Formula>, Box<Formula>),
    /// a · b
    Multiply(Box<Formula>, Box<Formula>),
    /// a / b
    Divide(Box<Formula>, Box<Formula>),
    /// The arithmetic mean.
    Mean(Vec<Formula>),
    /// The least.
    Min(Vec<Formula>),
    /// The greatest.
    Max(Vec<Formula>),
    /// The formula of the means of its leaves over all points that one value is made of.
    OfMeans(Box<Formula>),
}

/// A metric kernel with its parameters: what a plan makes a `mu_step::Kernel` of.
#[derive(Clone, Debug, PartialEq)]
pub enum Measured {
    /// Accuracy on some classes of a part, percent.
    Accuracy(On, Classes),
    /// Expected calibration error on a part, percent.
    Calibration(On, usize),
    /// What an expression makes of the outputs on each sample of a part, taken together.
    Samples(On, Expression, Collect),
    /// Membership inference, percent.
    Attack(Attack),
    /// ‖θ − θ_retrain‖₂
    WeightDistance,
    /// How far a denoiser's images are from the data set's own.
    Likeness(On, Likeness),
    /// What the unlearning phase cost.
    Cost(CostOf),
    /// Epochs until the forget set is learned again.
    Relearn(Relearning),
    /// The accuracy of U-LiRA with so many shadow models of each kind, percent.
    Ulira(usize),
    /// What is taken on the forget set, taken on other samples; and where they are written.
    Among(Box<Measured>, SampleSet, Span),
}

impl Measured {
    /// The method whose model it compares with.
    #[must_use]
    pub fn reference(&self) -> Option<&'static str> {
        match self {
            Measured::Samples(_, of, _) => of.networks().contains(&Net::Reference).then_some(REFERENCE),
            Measured::WeightDistance | Measured::Ulira(_) => Some(REFERENCE),
            Measured::Among(of, ..) => of.reference(),
            Measured::Accuracy(..)
            | Measured::Calibration(..)
            | Measured::Attack(_)
            | Measured::Likeness(..)
            | Measured::Cost(_)
            | Measured::Relearn(_) => None,
        }
    }

    /// Whether test samples enter it.
    #[must_use]
    pub fn sees_test(&self) -> bool {
        matches!(self, Measured::Likeness(..)) || self.on().is_some_and(On::is_test)
    }

    /// Whether validation samples enter it.
    #[must_use]
    pub fn sees_validation(&self) -> bool {
        self.on().is_some_and(On::is_validation)
    }

    /// The part whose samples it is taken on, or that an attack's non-members come from.
    fn on(&self) -> Option<On> {
        match self {
            Measured::Accuracy(on, _) | Measured::Calibration(on, _) | Measured::Samples(on, ..) => Some(*on),
            Measured::Attack(attack) => Some(attack.outside),
            Measured::Among(of, ..) => of.on(),
            Measured::WeightDistance
            | Measured::Likeness(..)
            | Measured::Cost(_)
            | Measured::Relearn(_)
            | Measured::Ulira(_) => None,
        }
    }
}

impl Formula {
    /// Calls `f` on every measured number.
    pub fn leaves(&self, f: &mut dyn FnMut(&Measured, Option<&str>)) {
        match self {
            Formula::Number(_) => {}
            Formula::Measured(m, at) => f(m, at.as_deref()),
            Formula::Abs(a) | Formula::Log10(a) | Formula::OfMeans(a) => a.leaves(f),
            Formula::Add(a, b)
            | Formula::Subtract(a, b)
            | Formula::Multiply(a, b)
            | Formula::Divide(a, b) => {
                a.leaves(f);
                b.leaves(f);
            }
            Formula::Mean(items) | Formula::Min(items) | Formula::Max(items) => {
                items.iter().for_each(|i| i.leaves(f));
            }
        }
    }
    /// Whether it takes means before anything else: then it has a value for points together, not for each.
    #[must_use]
    pub fn takes_means(&self) -> bool {
        match self {
            Formula::OfMeans(_) => true,
            Formula::Number(_) | Formula::Measured(..) => false,
            Formula::Abs(a) | Formula::Log10(a) => a.takes_means(),
            Formula::Add(a, b)
            | Formula::Subtract(a, b)
            | Formula::Multiply(a, b)
            | Formula::Divide(a, b) => a.takes_means() || b.takes_means(),
            Formula::Mean(items) | Formula::Min(items) | Formula::Max(items) => {
                items.iter().any(Formula::takes_means)
            }
        }
    }
    /// Gives the reference its method's name.
    fn name(&mut self, reference: &str) {
        match self {
            Formula::Measured(_, Some(method)) if method == REFERENCE => reference.clone_into(method),
            Formula::Number(_) | Formula::Measured(..) => {}
            Formula::Abs(a) | Formula::Log10(a) | Formula::OfMeans(a) => a.name(reference),
            Formula::Add(a, b)
            | Formula::Subtract(a, b)
            | Formula::Multiply(a, b)
            | Formula::Divide(a, b) => {
                a.name(reference);
                b.name(reference);
            }
            Formula::Mean(items) | Formula::Min(items) | Formula::Max(items) => {
                items.iter_mut().for_each(|i| i.name(reference));
            }
        }
    }
    /// The same formula, taken at another method.
    pub(crate) fn at(self, method: &str) -> Formula {
        let go = |f: Box<Formula>| Box::new(f.at(method));
        match self {
            Formula::Measured(m, _) => Formula::Measured(m, Some(method.to_owned())),
            Formula::Number(_) => self,
            Formula::Abs(a) => Formula::Abs(go(a)),
            Formula::Log10(a) => Formula::Log10(go(a)),
            Formula::OfMeans(a) => Formula::OfMeans(go(a)),
            Formula::Add(a, b) => Formula::Add(go(a), go(b)),
            Formula::Subtract(a, b) => Formula::Subtract(go(a), go(b)),
            Formula::Multiply(a, b) => Formula::Multiply(go(a), go(b)),
            Formula::Divide(a, b) => Formula::Divide(go(a), go(b)),
            Formula::Mean(items) => Formula::Mean(items.into_iter().map(|i| i.at(method)).collect()),
            Formula::Min(items) => Formula::Min(items.into_iter().map(|i| i.at(method)).collect()),
            Formula::Max(items) => Formula::Max(items.into_iter().map(|i| i.at(method)).collect()),
        }
    }
    /// Its value, from the values of its leaves; `None` where one is missing.
    pub fn evaluate(&self, leaf: &dyn Fn(&Measured, Option<&str>) -> Option<f64>) -> Option<f64> {
        let go = |f: &Formula| f.evaluate(leaf);
        Some(match self {
            Formula::Number(v) => *v,
            Formula::Measured(m, at) => leaf(m, at.as_deref())?,
            Formula::OfMeans(a) => go(a)?,
            Formula::Abs(a) => go(a)?.abs(),
            Formula::Log10(a) => go(a)?.log10(),
            Formula::Add(a, b) => go(a)? + go(b)?,
            Formula::Subtract(a, b) => go(a)? - go(b)?,
            Formula::Multiply(a, b) => go(a)? * go(b)?,
            Formula::Divide(a, b) => go(a)? / go(b)?,
            Formula::Mean(items) => {
                let values: Option<Vec<f64>> = items.iter().map(go).collect();
                let values = values?;
                values.iter().sum::<f64>() / values.len() as f64
            }
            Formula::Min(items) => {
                items.iter().map(go).collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::min)?
            }
            Formula::Max(items) => {
                items.iter().map(go).collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::max)?
            }
        })
    }
}
