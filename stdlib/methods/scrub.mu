/// A student that disobeys its teacher on the forget set and obeys it on the retain set: in the first `max_epochs` rounds
/// a pass that maximises KL(original ‖ student) on the forget set, in every round one that minimises
/// gamma·CE + alpha·T²·KL on the retain set. One optimizer serves both.
/// Source: Kurmanji et al., NeurIPS 2023, as their code runs it on CIFAR-10 with large sets; the smoothing towards an average has
/// weight 0 there. The constants are theirs but for three: they run 3 epochs, with batches of 32 (forget) and 128 (retain). Here
/// epochs are 10 and batches 256, as Unlearn-WorstCase has for every method of its tables; `epochs: 3 epochs, forget_batch: 32
/// samples, batch: 128 samples` is theirs. Smaller batches of the forget set are more steps away from it, thus stronger.
method scrub(
  lr: real > 0 usual 1e-5..0.1 = 5e-4,
  epochs: epochs = 10 epochs,
  max_epochs: epochs = 2 epochs,
  gamma: real >= 0 = 0.99,
  alpha: real >= 0 = 0.001,
  temperature: real > 0 = 4,
  batch: samples > 0 = 256 samples,
  forget_batch: samples > 0 = batch
) {
  start from original
  alternate epochs {
    repeat 1 epochs over forget in batches of forget_batch for the first max_epochs {
      minimize -kl(original, forget, temperature: temperature)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: steps(at: [3 epochs, 5 epochs, 9 epochs], factor: 0.1))
    }
    repeat 1 epochs over retain in batches of batch {
      minimize gamma * ce(retain) + alpha * kl(original, retain, temperature: temperature)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: steps(at: [3 epochs, 5 epochs, 9 epochs], factor: 0.1))
    }
  }
}

/// All passes that maximise before all that minimise, by one optimizer, as Unlearn-WorstCase (Fan et al. 2024) runs it: `epochs`
/// passes in all, the first `max_epochs` of them over the forget set (its `m_steps` is one less, since it counts epochs from 0), and a
/// learning rate that falls after 4, 6 and 10 passes of both sorts together. Epochs, batch and constants are its own.
method scrub@max_first(
  /// Their own is 0.01, which they share between methods and tune; this is SCRUB's.
  lr: real > 0 usual 1e-5..0.1 = 5e-4,
  epochs: epochs = 10 epochs,
  max_epochs: epochs = 2 epochs,
  gamma: real >= 0 = 0.99,
  alpha: real >= 0 = 0.001,
  temperature: real > 0 = 4,
  batch: samples > 0 = 256 samples
) {
  start from original
  alternate 1 rounds {
    repeat min(max_epochs, epochs) over forget in batches of batch {
      minimize -kl(original, forget, temperature: temperature)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: steps(at: [4 epochs, 6 epochs, 10 epochs], factor: 0.1))
    }
    repeat max(epochs - max_epochs, 0 epochs) over retain in batches of batch {
      minimize gamma * ce(retain) + alpha * kl(original, retain, temperature: temperature)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: steps(at: [
            max(4 epochs - max_epochs, 0 epochs),
            max(6 epochs - max_epochs, 0 epochs),
            max(10 epochs - max_epochs, 0 epochs)
          ], factor: 0.1))
    }
  }
}
