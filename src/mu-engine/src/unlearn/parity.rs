//! Every method of the standard library, by its text, against plain PyTorch in float64.

use super::toy::{distance, fixture, methods, unlearned, weights};

/// The methods with what the script runs them with.
pub(super) const CALLS: &[(&str, &str)] = &[
    ("retrain", "retrain"),
    ("ft", "ft(lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
    ("ga", "ga(lr: 0.01, epochs: 20 epochs, batch: 16 samples)"),
    ("rl", "rl(lr: 0.05, epochs: 4 epochs, batch: 16 samples)"),
    ("rl@excluding_true", "rl@excluding_true(lr: 0.05, epochs: 4 epochs, batch: 16 samples)"),
    ("salun", "salun(lr: 0.05, epochs: 4 epochs, batch: 16 samples)"),
    ("salun@in_turn", "salun@in_turn(lr: 0.05, epochs: 4 epochs, batch: 16 samples)"),
    ("eu_k", "eu_k(lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
    ("cf_k", "cf_k(k: 2 layers, lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
    ("scrub", "scrub(lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
    ("scrub@max_first", "scrub@max_first(lr: 0.05, epochs: 8 epochs, batch: 16 samples)"),
    ("l1_sparse", "l1_sparse(alpha: 5e-3, lr: 0.05, epochs: 5 epochs, rest: 1 epochs, batch: 16 samples)"),
    ("bs", "bs(lr: 0.01, epochs: 20 epochs, batch: 16 samples)"),
    ("be", "be(lr: 0.01, epochs: 20 epochs, batch: 16 samples)"),
    ("neggrad_plus", "neggrad_plus(lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
    ("bad_teacher", "bad_teacher(lr: 0.005, epochs: 7 epochs, batch: 16 samples)"),
    ("iu", "iu(alpha: 0.5, samples: 20 samples)"),
    ("fisher", "fisher(alpha: 1e-5, most: 0.05, samples: 30 samples)"),
    ("ssd", "ssd(alpha: 1.5, lambda: 0.8, batch: 16 samples)"),
    (
        "unsir",
        "unsir(impair_lr: 0.002, repair_lr: 0.001, epochs: 4 epochs, repair_epochs: 3 epochs, share: 60%, steps: 10, batch: 16 samples)",
    ),
    ("fcs", "fcs(lr: 0.05, retain_lr: 0.02, forget_lr: 0.01, epochs: 4 epochs, batch: 16 samples)"),
    ("msg", "msg(lr: 0.05, batch: 16 samples)"),
    ("cfw", "cfw(lr: 0.05, batch: 16 samples)"),
    ("prmq", "prmq(share: 90%, lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
    ("ct", "ct(lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
    ("kde", "kde(lr: 0.05, retain_lr: 0.05, epochs: 2 epochs, retain_epochs: 3 epochs, batch: 16 samples)"),
    (
        "rni",
        "rni(tensors: 3, noisy: 2, lr: 0.05, fine_lr: 0.05, rounds: 2 rounds, fine_epochs: 2 epochs, batch: 16 samples)",
    ),
    ("npo", "npo(lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
    ("simnpo", "simnpo(gamma: 0.3, lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
    ("delete", "delete(lr: 0.02, epochs: 20 epochs, batch: 16 samples)"),
    ("undial", "undial(strength: 3, lr: 0.005, epochs: 20 epochs, batch: 16 samples)"),
    ("amun", "amun(lr: 0.05, epochs: 4 epochs, batch: 16 samples)"),
    ("lotus", "lotus(alpha: 2, lr: 0.005, epochs: 7 epochs, batch: 16 samples)"),
    ("jit", "jit(std: 0.2, draws: 5, lr: 0.002, epochs: 20 epochs, batch: 16 samples)"),
    ("mu_mis", "mu_mis(lambda: 0.8, lr: 0.2, epochs: 20 epochs, batch: 16 samples)"),
    ("ugradsl", "ugradsl(p: 0.9, smoothing: -0.4, lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
    ("rmu", "rmu(alpha: 12, lr: 0.005, epochs: 5 epochs, batch: 16 samples)"),
    ("graddiff_kl", "graddiff_kl(gamma: 0.7, lr: 0.02, epochs: 5 epochs, batch: 16 samples)"),
    ("uam", "uam(rho: 0.1, lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
    ("task_vector", "task_vector(scale: 0.3, lr: 0.02, epochs: 20 epochs, batch: 16 samples)"),
    ("negmerge", "negmerge(scale: 0.5, lr: 0.02, spread: 4, epochs: 20 epochs, batch: 16 samples)"),
    ("sfr_on", "sfr_on(lr: 0.05, rounds: 4 rounds, alpha: 5, batch: 16 samples)"),
    ("scrub_r", "scrub_r(lr: 0.05, epochs: 5 epochs, batch: 16 samples)"),
];

/// The same weights, batches and draws: at least 20 steps agree with PyTorch's to 1e-8 on every parameter. (Weights that are
/// rounded to half precision at the end may fall on either side of a tie.)
#[test]
fn methods_are_pytorchs() {
    let mut expected = fixture();
    expected.remove("original");
    let names: Vec<&str> = CALLS.iter().map(|(name, _)| *name).collect();
    assert!(expected.keys().all(|k| names.contains(&k.as_str())) && expected.len() == names.len());
    let calls: Vec<&str> = CALLS.iter().map(|(_, call)| *call).collect();
    let mut wrong = Vec::new();
    for ((name, _), procedure) in CALLS.iter().zip(methods("", &calls)) {
        let apart = distance(&unlearned(&procedure), &weights(&expected[*name]));
        if apart >= 1e-8 {
            wrong.push(format!("{name}: {apart:e}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
