//! What stands around optimizers, and in which order.

use mu_diag::{Code, Diagnostic};
use mu_step::Optimizer;

use crate::eval::Evaluator;
use crate::term::Term;
use crate::value::Component;
use crate::vocabulary::read;

/// What may stand around a rule, from the outside to the inside: where the gradient of a batch is taken, how many are averaged, and how
/// the average is bounded.
const AROUND: &[&[&str]] = &[&["sam"], &["accumulate"], &["clip_norm", "clip_value"]];

fn place(name: &str) -> Option<usize> {
    AROUND.iter().position(|names| names.contains(&name))
}

impl Evaluator<'_> {
    /// The optimizer that a component stands for.
    pub(crate) fn optimizer(&self, c: &Component) -> Option<Optimizer> {
        self.in_order(c)?;
        read(c)
    }

    /// Whether what stands around a rule stands there in order.
    fn in_order(&self, c: &Component) -> Option<()> {
        let Some(outer) = place(&c.name) else { return Some(()) };
        let of = c.part("of")?;
        if let Some(inner) = place(&of.name)
            && inner <= outer
        {
            let message = format!("`{}` cannot stand around `{}`", c.name, of.name);
            let found = Diagnostic::error(Code::WrongType, c.arg("of")?.span, message);
            let (bounds, help) =
                (AROUND[inner].len() > 1, "the order is `sam(accumulate(clip_norm(..), ..))`");
            self.report(match inner == outer {
                true if bounds => found.label("an optimizer has one bound on its gradients"),
                true => found.label(format!("an optimizer has one `{}`", c.name)),
                false => found.help(help),
            });
            return None;
        }
        self.in_order(of)
    }
}

/// The terms of the loss along which an optimizer's SAM moves; none where it is the phase's own.
pub(super) fn along(c: &Component) -> Vec<Term> {
    let Some(value) = c.arg("along").filter(|_| c.name == "sam") else { return Vec::new() };
    value.terms().unwrap_or_default()
}
