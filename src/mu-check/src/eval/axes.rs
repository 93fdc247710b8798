//! Axes. One evaluation takes one position on every axis that it meets; [`Evaluator::alternatives`] repeats
//! it until every combination was taken.

use std::rc::Rc;

use indexmap::IndexMap;
use mu_diag::{Code, Diagnostic, Span};
use mu_syntax::ast::{Expr, Name};

use super::choices::{Choice, Choices};
use super::{Evaluator, MAX_POSITIONS, MAX_WORK, Scope};
use crate::unit::Unit;
use crate::value::{Data, Value};

/// A value with the axis positions it stands for: axis, label.
pub(crate) struct Found {
    pub(crate) coords: Vec<(String, String)>,
    pub(crate) value: Value,
}

impl Evaluator<'_> {
    /// Every value that a field takes, with the axis positions it stands for.
    pub(crate) fn alternatives(&self, field: &str, expr: &Expr, scope: &Scope, words: &[&str]) -> Vec<Found> {
        *self.choices.borrow_mut() =
            Choices { allowed: true, path: vec![field.to_owned()], ..Choices::default() };
        let mut found = Vec::new();
        let before = self.work.get();
        loop {
            self.choices.borrow_mut().next = 0;
            let value = self.eval(expr, scope, words);
            let mut choices = self.choices.borrow_mut();
            let coords = choices
                .made
                .iter()
                .map(|c| (c.axis.clone(), c.label.clone(), c.full.clone(), c.taken))
                .collect();
            found.push((coords, value));
            while choices.made.last().is_some_and(|c| c.taken + 1 >= c.of) {
                choices.made.pop();
            }
            match choices.made.last_mut() {
                Some(last) => last.taken += 1,
                None => break,
            }
            if found.len() > MAX_POSITIONS {
                let message = format!("`{field}` takes more than a million values");
                self.report(
                    Diagnostic::error(Code::TooDeep, expr.span, message)
                        .help("use fewer positions, or `zip`"),
                );
                break;
            }
            // Each position may do as much work as the first: only growth within one is suspicious.
            if self.work.get() <= MAX_WORK {
                self.work.set(before);
            }
        }
        self.choices.borrow_mut().allowed = false;
        settle_labels(found)
    }

    /// The positions of an axis that were computed in an earlier round.
    fn positions(&self) -> Option<Rc<Vec<Value>>> {
        let choices = self.choices.borrow();
        choices.made.get(choices.next)?.items.clone()
    }

    /// Takes a position on the axis at the current path.
    fn choose(&self, of: usize, items: Option<Rc<Vec<Value>>>) -> (usize, usize) {
        let mut choices = self.choices.borrow_mut();
        let at = choices.next;
        choices.next += 1;
        if at == choices.made.len() {
            let axis = choices.path.join(".");
            choices.made.push(Choice {
                axis,
                taken: 0,
                of,
                label: String::new(),
                full: String::new(),
                items,
            });
        }
        (at, choices.made[at].taken)
    }

    fn may_choose(&self, span: Span, positions: usize) -> bool {
        if !self.choices.borrow().allowed {
            self.report(
                Diagnostic::error(
                    Code::MisplacedAxis,
                    span,
                    "an axis can stand only in a field of an experiment",
                )
                .help("move `each` into the experiment"),
            );
            return false;
        }
        if positions == 0 {
            self.report(Diagnostic::error(Code::EmptyAxis, span, "this axis is empty").label("no positions"));
        }
        positions > 0
    }

    /// An axis of so many written positions.
    pub(super) fn each<'e>(
        &self,
        span: Span,
        of: usize,
        entry: &dyn Fn(usize) -> (Option<&'e Name>, &'e Expr),
        scope: &Scope,
        words: &[&str],
    ) -> Value {
        if !self.may_choose(span, of) {
            return Value::broken(span);
        }
        let (at, taken) = self.choose(of, None);
        let (name, expr) = entry(taken);
        let value = self.eval(expr, scope, words);
        self.label(at, name.map(|n| n.text.clone()), &value);
        value
    }

    fn label(&self, at: usize, name: Option<String>, value: &Value) {
        let label = name.clone().unwrap_or_else(|| value.to_string());
        let full =
            name.or_else(|| value.component().map(|c| c.full_label())).unwrap_or_else(|| label.clone());
        let choice = &mut self.choices.borrow_mut().made[at];
        (choice.label, choice.full) = (label, full);
    }

    /// An axis over a list that is computed, once: a range, a `let`.
    pub(super) fn each_of_value(&self, inner: &Expr, scope: &Scope) -> Data {
        let items = match self.positions() {
            Some(items) => items,
            None => {
                let allowed = self.choices.borrow_mut().suspend();
                let value = self.eval(inner, scope, &[]);
                self.choices.borrow_mut().resume(allowed);
                match value.data {
                    Data::List(items) => Rc::new(items),
                    Data::Broken => return Data::Broken,
                    _ => {
                        let message = format!("`each` takes a list or a range, not {}", value.what());
                        return self.fail(Diagnostic::error(Code::WrongType, value.span, message)).data;
                    }
                }
            }
        };
        if !self.may_choose(inner.span, items.len()) {
            return Data::Broken;
        }
        let (at, taken) = self.choose(items.len(), Some(Rc::clone(&items)));
        let value = items[taken].clone();
        self.label(at, None, &value);
        value.data
    }

    /// `a..b`: the whole numbers from a up to, but not including, b.
    pub(super) fn range(&self, from: &Expr, to: &Expr, scope: &Scope, span: Span) -> Data {
        let (from, to) = (self.eval(from, scope, &[]), self.eval(to, scope, &[]));
        match (&from.data, &to.data) {
            (Data::Number(from, unit), Data::Number(to, other))
                if from.whole().is_some() && to.whole().is_some() && unit == other =>
            {
                let (Some(a), Some(b)) = (from.whole(), to.whole()) else { return Data::Broken };
                if b <= a {
                    let message = format!("the range {a}..{b} is empty");
                    return self
                        .fail(
                            Diagnostic::error(Code::EmptyAxis, span, message).label(
                                "it counts from the first number up to, but not including, the second",
                            ),
                        )
                        .data;
                }
                let positions = b.saturating_sub(a);
                if positions > MAX_POSITIONS as i128 {
                    let message = format!("the range {a}..{b} has {positions} positions");
                    return self.fail(Diagnostic::error(Code::TooDeep, span, message)).data;
                }
                let items = (a..b).map(|v| Value { data: Data::Number(v.into(), *unit), span });
                Data::List(items.collect())
            }
            (Data::Broken, _) | (_, Data::Broken) => Data::Broken,
            _ => {
                self.fail(
                    Diagnostic::error(
                        Code::WrongType,
                        span,
                        "a range goes between two whole numbers of one unit",
                    )
                    .label(format!("this goes from {} to {}", from.what(), to.what()))
                    .help("such as `0..10`; for real numbers `log(1e-4 .. 1e-1, points: 4)`"),
                )
                .data
            }
        }
    }

    /// `log(a .. b, points: n)`: n numbers from a to b, evenly spaced in the logarithm.
    pub(super) fn log(&self, from: f64, to: f64, points: f64, unit: Unit, span: Span) -> Option<Value> {
        if !(from > 0.0 && to > 0.0 && (2.0..=MAX_POINTS as f64).contains(&points) && points.fract() == 0.0) {
            return None;
        }
        let at = |i: f64| (from.ln() + (to.ln() - from.ln()) * i / (points - 1.0)).exp();
        // Twelve digits: the ends come out as they were written.
        let tidy = |v: f64| format!("{v:.12e}").parse().unwrap_or(v);
        let items =
            (0..points as usize).map(|i| Value { data: Data::Number(tidy(at(i as f64)).into(), unit), span });
        Some(Value { data: Data::List(items.collect()), span })
    }
}

/// So many numbers `log` makes at most: each is a position with a label.
pub(super) const MAX_POINTS: usize = 10_000;

/// A position that was taken: axis, short label, label with arguments, place in the list.
type Taken = (String, String, String, usize);

/// Labels: short where an axis can do with it, with arguments where two entries would read the same.
fn settle_labels(found: Vec<(Vec<Taken>, Value)>) -> Vec<Found> {
    let mut full_of: IndexMap<(String, String), (usize, bool)> = IndexMap::new();
    for (axis, label, _, taken) in found.iter().flat_map(|(coords, _)| coords) {
        let first = full_of.entry((axis.clone(), label.clone())).or_insert((*taken, false));
        first.1 |= first.0 != *taken;
    }
    let settle = |(axis, label, full, _): Taken| {
        let key = (axis, label);
        let several = full_of.get(&key).is_some_and(|(_, several)| *several);
        if several { (key.0, full) } else { key }
    };
    found
        .into_iter()
        .map(|(coords, value)| Found { coords: coords.into_iter().map(settle).collect(), value })
        .collect()
}
