/// The share of samples that come out wrong.
loss zero_one(of: set) = mean(of, argmax(logits) != label)

/// SCRUB and rewind (SCRUB+R): SCRUB, then back to the epoch after which the error on the forget set was closest to that on samples that
/// were never trained on, so that it does not stand out.
/// Source: Kurmanji et al., NeurIPS 2023; constants as in `scrub`. Their reference is the last model's error on validation samples of the
/// forget set's classes; here it is each epoch's own model's, on those of all classes.
method scrub_r(
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
  keep best by abs(zero_one(forget) - zero_one(validation))
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
