//! What people look for where it is not, because other programs have it there: each with where it is here.

use mu_syntax::ast::Kind;

const CLIP: &[&str] = &["clip", "clip_norm", "clip_grad", "grad_clip", "max_norm", "max_grad_norm"];
const WARMUP: &[&str] = &["warmup", "warm_up", "warmup_epochs"];

/// Arguments: of which kind of thing, by which names, and the way; `{}` is what was called.
const ARGUMENTS: &[(Kind, &[&str], &str)] = &[
    (Kind::Optimizer, CLIP, "gradients are clipped around an optimizer: `clip_norm(of: {}(..), max: 1)`"),
    (
        Kind::Optimizer,
        WARMUP,
        "a warm-up is a schedule: `schedule: by_step(warmup(1 epochs, before: cosine))`",
    ),
    (
        Kind::Optimizer,
        &["accumulate", "accumulation", "accumulation_steps"],
        "gradients are added up around an optimizer: `accumulate(of: {}(..), steps: 4)`",
    ),
    (Kind::Optimizer, &["rho", "sam"], "sharpness is around an optimizer: `sam(of: {}(..), rho: 0.05)`"),
    (Kind::Schedule, WARMUP, "a warm-up stands before a schedule: `by_step(warmup(1 epochs, before: {}))`"),
    (Kind::Recipe, CLIP, "gradients are clipped around the optimizer: `clip_norm(of: sgd(lr: 0.1), max: 1)`"),
    (
        Kind::Recipe,
        &["lr", "learning_rate", "weight_decay", "momentum", "schedule", "scheduler", "warmup", "warm_up"],
        "that is the optimizer's: `optimizer: sgd(lr: 0.1, schedule: by_step(warmup(1 epochs, before: cosine)))`",
    ),
    (Kind::Recipe, &["early_stopping", "stop"], "a training ends early by `patience: 5 epochs`"),
    (Kind::Recipe, &["ema", "swa"], "the mean of weights is kept by `keep: ema(0.999)`"),
    (
        Kind::Loss,
        &["without", "mask", "except"],
        "a class is taken out of the logits: \
         `mean(forget, divergence(softmax(without(original.logits, label)), probabilities))`",
    ),
    (
        Kind::Loss,
        &["temperature"],
        "logits are divided by a temperature where they are read: \
         `mean(retain, softmax_cross_entropy(logits, softmax(original.logits / 2)))`",
    ),
    (
        Kind::Teacher,
        &["temperature", "noise", "without"],
        "what is made of a teacher's answer is said of its logits: `labels: softmax({}.logits / 2)`",
    ),
];

/// Names that mean nothing, and the way.
const NAMES: &[(&[&str], &str)] = &[
    (
        &["adversarial", "pgd", "fgsm"],
        "an image that is made to be hard is the greatest of an expression near an image, \
         `argmax(-log_p(label, at: x), over: x, from: image, by: sign, step: 0.1 * pixel_range)`; the loss `closest_error` has one",
    ),
    (
        &["probability", "prob", "p"],
        "the label's probability is `exp(log_p(label))`, the original model's `exp(original.log_p(label))`",
    ),
    (&["early_stopping"], "a training ends early by `patience: 5 epochs`"),
    (&["sequence", "sequential"], "forget sets one after the other are `requests([.., ..])`"),
];

/// Where an argument that a call does not take is said.
pub(crate) fn of_argument(kind: Option<Kind>, what: &str, label: &str) -> Option<String> {
    let known = |(of, names, _): &&(Kind, &[&str], &str)| Some(*of) == kind && names.contains(&label);
    ARGUMENTS.iter().find(known).map(|(_, _, way)| way.replace("{}", what))
}

/// How something is said that nothing is called.
pub(crate) fn of_name(name: &str) -> Option<String> {
    NAMES.iter().find(|(names, _)| names.contains(&name)).map(|(_, way)| (*way).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A way that is no way any more would mislead.
    #[test]
    fn what_was_looked_for_is_not_there() {
        let mut named = Vec::new();
        for file in mu_stdlib::files() {
            for item in mu_syntax::parse(file.text, mu_diag::FileId(0)).file.items {
                let mu_syntax::ast::Item::Declaration(d) = item else { continue };
                named.push(d.name.text.clone());
            }
        }
        let taken: Vec<&&str> = NAMES
            .iter()
            .flat_map(|(names, _)| *names)
            .filter(|n| named.iter().any(|own| own == **n))
            .collect();
        assert!(taken.is_empty(), "{taken:?}");
    }
}
