/// A student that disobeys its teacher on the forget set and obeys it on the retain set: in the first `max_epochs` rounds
/// a pass that maximises KL(original ‖ student) on the forget set, in every round one that minimises
/// gamma·CE + alpha·T²·KL on the retain set. One optimizer serves both.
/// Source: Kurmanji et al., NeurIPS 2023, as their code runs it; the smoothing towards an average has weight 0 there.
method scrub(
  lr: real > 0 usual 1e-5..0.1 = 5e-4,
  epochs: epochs = 10 epochs,
  max_epochs: epochs = 2 epochs,
  gamma: real >= 0 = 0.99,
  alpha: real >= 0 = 0.001,
  temperature: real > 0 = 4,
  batch: samples > 0 = 256 samples
) {
  start from original
  alternate epochs {
    repeat 1 epochs over forget in batches of batch for the first max_epochs {
      minimize -kl(original, forget, temperature: temperature)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: steps(at: [3 epochs, 5 epochs, 9 epochs], factor: 0.1))
    }
    repeat 1 epochs over retain in batches of batch {
      minimize gamma * ce(retain) + alpha * kl(original, retain, temperature: temperature)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: steps(at: [3 epochs, 5 epochs, 9 epochs], factor: 0.1))
    }
  }
}

/// All passes that maximise before all that minimise, as Unlearn-WorstCase (Fan et al. 2024) runs it.
method scrub@max_first(
  lr: real > 0 usual 1e-5..0.1 = 5e-4,
  epochs: epochs = 10 epochs,
  max_epochs: epochs = 2 epochs,
  gamma: real >= 0 = 0.99,
  alpha: real >= 0 = 0.001,
  temperature: real > 0 = 4,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat max_epochs over forget in batches of batch {
    minimize -kl(original, forget, temperature: temperature)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
  repeat epochs over retain in batches of batch {
    minimize gamma * ce(retain) + alpha * kl(original, retain, temperature: temperature)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: steps(at: [3 epochs, 5 epochs, 9 epochs], factor: 0.1))
  }
}
