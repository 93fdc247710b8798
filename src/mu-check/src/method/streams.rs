//! What a phase runs over, and how its images are seen, as its losses say.

use mu_diag::{Code, Diagnostic, Span};
use mu_step::{ErrorNoise, Portion, Set, Stream};

use super::loss::set_name;
use crate::eval::Evaluator;
use crate::term::{Term, View};

impl Evaluator<'_> {
    /// The streams of a phase, each seen as its losses say; every set of the losses must be in one of them.
    pub(super) fn streams(
        &self,
        over: Vec<Vec<Portion>>,
        terms: &[Term],
        loss: Span,
        phase: Span,
    ) -> Option<Vec<Stream>> {
        let stream = |set: Set| over.iter().position(|s| s.iter().any(|p| p.set == set));
        let mut views: Vec<Option<View>> = over.iter().map(|_| None).collect();
        let mut noises: Vec<Vec<Noise>> = over.iter().map(|_| Vec::new()).collect();
        for Term { term, view } in terms {
            let Some(set) = term.quantity.set() else { continue };
            let name = set_name(set);
            let Some(at) = stream(set) else {
                self.report(
                    Diagnostic::error(
                        Code::UnknownName,
                        loss,
                        format!("the loss uses `{name}`, which this phase does not run over"),
                    )
                    .label(format!("`{name}` never appears in a batch"))
                    .help(format!("write `over … + {name}`")),
                );
                return None;
            };
            if term.quantity.looks_beside() && over.len() < 2 {
                let message = "`beside` is a batch of another set, and this phase has none";
                self.report(
                    Diagnostic::error(Code::UnknownName, loss, message)
                        .help("write `over forget with retain`: a batch of each per step"),
                );
                return None;
            }
            let Some(view) = view else { continue };
            // One set of a mixed batch may stand on noise; a set's own images and noise in their place are two batches.
            let apart = |(other, noise): &Noise| {
                *noise != view.noise && (*other == set || noise.is_some() && view.noise.is_some())
            };
            match &views[at] {
                Some(seen)
                    if (seen.clean, seen.evaluation) != (view.clean, view.evaluation)
                        || noises[at].iter().any(apart) =>
                {
                    let message = "the losses of one phase must have one `view` and one `mode`";
                    self.report(Diagnostic::error(Code::WrongType, phase, message).label("here they differ").help(
                        "a phase passes each batch through the network once; use two phases, or the same words",
                    ));
                    return None;
                }
                None => views[at] = Some(*view),
                Some(_) => {}
            }
            noises[at].push((set, view.noise));
        }
        let mut streams = Vec::new();
        for ((over, view), noises) in over.into_iter().zip(views).zip(noises) {
            let View { clean, evaluation, .. } =
                view.unwrap_or(View { clean: false, evaluation: false, noise: None });
            let noise = noise_of(&over, &noises);
            streams.push(Stream { over, clean, evaluation, noise });
        }
        Some(streams)
    }

    /// Nothing is learned from a loss that does not move with the weights.
    pub(super) fn has_gradient(&self, term: &Term, at: Span) {
        let mut expressions = term.term.quantity.expressions();
        if let Some(of) = expressions.next().filter(|of| !of.moves()) {
            let message = "this loss does not depend on the weights that move";
            self.report(
                Diagnostic::error(Code::Axes, at, message)
                    .label(format!("the gradient of `{of}` is zero"))
                    .help("use `logits`, `probabilities`, `log_p(..)`, `features` or `weights(..)` of the model that is changed"),
            );
        }
    }
}

/// A set, and the noise in the place of its images.
type Noise = (Set, Option<ErrorNoise>);

/// The noise of a stream: in the place of all its images, or of one set's.
fn noise_of(over: &[Portion], noises: &[Noise]) -> Option<ErrorNoise> {
    let (set, noise) = noises.iter().find_map(|(set, noise)| Some((*set, (*noise)?)))?;
    let alone = noises.iter().all(|(_, noise)| noise.is_some())
        && over.iter().all(|p| noises.iter().any(|(set, _)| *set == p.set));
    Some(ErrorNoise { of: (!alone).then_some(set), ..noise })
}
