/// −log p of the true class, each sample's weighed by its own to the power of −lambda: samples that are forgotten already count less.
loss adaptive_ce(of: set, lambda: real >= 0 = 0.5) =
  mean(of, -log_p(label), weigh: power(stop(max(-log_p(label), 1e-15)), -lambda))

/// Saliency forgetting in the remain-preserving manifold, online (SFR-on): a step up the forget set's loss, through the weights that matter
/// at least as much to it as to the retain set, then `repair` steps on the retain set, by one optimizer.
/// Source: Huang et al., NeurIPS 2024; all constants are their code's for 10 % of CIFAR-10: 1 500 retain steps, a forget step before every
/// fifth. (Their step back towards the slow weights has weight 1 there: the fast weights are kept.)
method sfr_on(
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  rounds: rounds = 300 rounds,
  repair: steps > 0 = 5 steps,
  alpha: real >= 0 usual 1..500 = 25,
  lambda: real >= 0 = 0.5,
  /// How many times as much a weight matters to the forget set, where it may move.
  gamma: real >= 0 = 1,
  batch: samples > 0 = 128 samples
) {
  start from original
  alternate rounds {
    repeat 1 steps over forget in batches of batch {
      slow all - exceeding(gamma, rank: squared_gradient(ce(forget), batch), than: squared_gradient(ce(retain), batch)) to 0
      minimize -0.5 * alpha * (1 + cos(pi * progress)) * adaptive_ce(forget, lambda: lambda)
      by clip_norm(of: sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: by_step(cosine)), max: 7)
    }
    repeat repair over retain in batches of batch {
      minimize ce(retain)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: by_step(cosine))
    }
  }
}
