//! What losses of denoisers are made of.

use mu_diag::{Code, Diagnostic};
use mu_step::Diffusion;
use mu_step::expression::{Net, Node};

use super::args::Args;
use crate::eval::Evaluator;
use crate::value::{Data, Value};
use crate::vocabulary::read;

/// A trajectory has at most so many steps.
const MAX_STEPS: i128 = 10_000;

impl Evaluator<'_> {
    /// `prediction(at: x, time: t, condition: label)`
    pub(super) fn prediction(&self, args: &Args<'_>, net: &Net) -> Option<Data> {
        if !args.takes(0..=0, &["at", "time", "condition"]) {
            return None;
        }
        if *net == Net::Beside {
            let message = "`beside` is a batch that went through the network: it has no other input";
            self.report(Diagnostic::error(Code::WrongType, args.span, message));
            return None;
        }
        let at = self.given(args, "at")?;
        let time = self.given(args, "time")?;
        let condition = self.given(args, "condition")?;
        let of = net.clone();
        Some(self.made([&at, &time, &condition], args.span, |[at, time, condition]| Node::Prediction {
            of,
            at,
            time,
            condition,
        }))
    }

    /// `time(flow, u)`, `noised(flow, image, noise, time: t)`, `target(flow, image, noise)`
    pub(super) fn diffused(&self, args: &Args<'_>) -> Option<Data> {
        let (places, names): (_, &[&str]) = match args.name {
            "time" => (2..=2, &[]),
            "noised" => (3..=3, &["time"]),
            _ => (3..=3, &[]),
        };
        if !args.takes(places, names) {
            return None;
        }
        let diffusion = self.diffusion(args.name, &args.value(&args.plain().next()?.value))?;
        if args.name == "time" {
            let of = args.tensor(1)?;
            return Some(self.made([&of], args.span, |[of]| Node::Time { diffusion, of }));
        }
        let (image, noise) = (args.tensor(1)?, args.tensor(2)?);
        if args.name == "target" {
            let node = |[image, noise]: [usize; 2]| Node::Target { diffusion, image, noise };
            return Some(self.made([&image, &noise], args.span, node));
        }
        let time = self.given(args, "time")?;
        Some(self.made([&image, &noise, &time], args.span, |[image, noise, time]| Node::Noised {
            diffusion,
            image,
            noise,
            time,
        }))
    }

    /// `trajectory(flow, noise, time: t, condition: label, steps: 20, guidance: 3)`
    pub(super) fn trajectory(&self, args: &Args<'_>, net: &Net) -> Option<Data> {
        if !args.takes(2..=2, &["time", "condition", "steps", "guidance"]) {
            return None;
        }
        let diffusion = self.diffusion("trajectory", &args.value(&args.plain().next()?.value))?;
        let noise = args.tensor(1)?;
        let time = self.given(args, "time")?;
        let condition = self.given(args, "condition")?;
        let steps = args.whole("steps", MAX_STEPS)?.unwrap_or(20);
        let guidance = match args.tensor_named("guidance")? {
            None => 1.0,
            Some(guidance) => match guidance.of.constant() {
                Some(value) => value,
                None => {
                    let message = "`guidance` is a number that is the same for all samples";
                    self.report(Diagnostic::error(Code::WrongType, args.span, message));
                    return None;
                }
            },
        };
        let of = net.clone();
        Some(self.made([&noise, &condition, &time], args.span, |[noise, condition, time]| Node::Trajectory {
            of,
            diffusion,
            noise,
            condition,
            time,
            steps,
            guidance,
        }))
    }

    fn diffusion(&self, who: &str, value: &Value) -> Option<Diffusion> {
        if let Some(found) = value.component().and_then(|c| read::<Diffusion>(c)) {
            return Some(found);
        }
        if !value.is_broken() {
            let message = format!("`{who}` takes a diffusion first, this is {}", value.what());
            let help = "such as `flow` or `ddpm(1000)`";
            self.report(Diagnostic::error(Code::WrongType, value.span, message).help(help));
        }
        None
    }
}
