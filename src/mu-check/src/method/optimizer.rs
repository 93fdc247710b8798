//! Optimizers, what stands around them, and schedules → what the engine calls them.

use mu_diag::{Code, Diagnostic};
use mu_step::{Clip, Optimizer, Rule, Sam, Schedule};

use super::loss::terms;
use crate::eval::Evaluator;
use crate::term::Term;
use crate::value::{Component, Data};

/// What may stand around a rule, from the outside to the inside: where the gradient of a batch is taken, how many are averaged, and how
/// the average is bounded.
const AROUND: &[&[&str]] = &[&["sam"], &["accumulate"], &["clip_norm", "clip_value"]];

fn place(name: &str) -> Option<usize> {
    AROUND.iter().position(|names| names.contains(&name))
}

impl Evaluator<'_> {
    /// The optimizer that a component stands for.
    pub(crate) fn optimizer(&self, c: &Component) -> Option<Optimizer> {
        let Some(outer) = place(&c.name) else {
            return Some(Optimizer::of(rule(c)?, c.real("lr")?, schedule(c.part("schedule")?)?));
        };
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
        let of = self.optimizer(of)?;
        Some(match c.name.as_str() {
            "clip_norm" => Optimizer { clip: Some(Clip::Norm(c.real("max")?)), ..of },
            "clip_value" => Optimizer { clip: Some(Clip::Value(c.real("max")?)), ..of },
            "accumulate" => Optimizer { accumulate: Some(c.int("steps")? as usize), ..of },
            _ => {
                let along = match &c.arg("along")?.data {
                    Data::Word(_) => None,
                    _ => Some(along(c)?.into_iter().map(|t| t.term).collect()),
                };
                Optimizer { sam: Some(Sam { rho: c.real("rho")?, along }), ..of }
            }
        })
    }
}

/// The terms of the loss along which an optimizer's SAM moves; none where it is the phase's own.
pub(super) fn along(c: &Component) -> Option<Vec<Term>> {
    match c.name.as_str() {
        "sam" => terms(c.arg("along")?),
        _ => None,
    }
}

fn rule(c: &Component) -> Option<Rule> {
    let weight_decay = || c.real("weight_decay");
    Some(match c.name.as_str() {
        "sign_sgd" => Rule::SignSgd,
        "sgd" => Rule::Sgd {
            momentum: c.real("momentum")?,
            weight_decay: weight_decay()?,
            dampening: c.real("dampening")?,
            nesterov: c.flag("nesterov")?,
        },
        "adam" | "adamw" => Rule::Adam {
            beta1: c.real("beta1")?,
            beta2: c.real("beta2")?,
            epsilon: c.real("epsilon")?,
            weight_decay: weight_decay()?,
            decoupled: c.name == "adamw",
        },
        "rmsprop" => Rule::Rmsprop {
            alpha: c.real("alpha")?,
            epsilon: c.real("epsilon")?,
            momentum: c.real("momentum")?,
            weight_decay: weight_decay()?,
            centered: c.flag("centered")?,
        },
        "adagrad" => Rule::Adagrad {
            lr_decay: c.real("lr_decay")?,
            epsilon: c.real("epsilon")?,
            weight_decay: weight_decay()?,
            initial: c.real("initial")?,
        },
        "lion" => {
            Rule::Lion { beta1: c.real("beta1")?, beta2: c.real("beta2")?, weight_decay: weight_decay()? }
        }
        _ => return None,
    })
}

fn schedule(c: &Component) -> Option<Schedule> {
    let over = || c.int("epochs").map(|n| n as usize);
    Some(match c.name.as_str() {
        "constant" => Schedule::Constant,
        "steps" => {
            let Data::List(at) = &c.arg("at")?.data else { return None };
            let at = at.iter().filter_map(|v| v.number().map(|v| v as usize)).collect();
            Schedule::Steps { at, factor: c.real("factor")? }
        }
        "cosine" => Schedule::Cosine { over: over() },
        "triangle" => Schedule::Triangle { up: c.int("up")? as usize },
        "linear_decay" => Schedule::Linear { to: c.real("to")?, over: over() },
        "exponential" => Schedule::Exponential { factor: c.real("factor")? },
        "one_cycle" => Schedule::OneCycle {
            up: c.real("up")?,
            start: c.real("start")?,
            end: c.real("end")?,
            over: over(),
        },
        "warmup" => Schedule::Warmup {
            epochs: c.int("epochs")? as usize,
            from: c.real("from")?,
            then: Box::new(schedule(c.part("before")?)?),
        },
        "by_step" => Schedule::ByStep { of: Box::new(schedule(c.part("of")?)?) },
        _ => return None,
    })
}
