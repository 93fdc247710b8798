/// Cross-entropy of each sample's closest adversarial example, with the class that the original model gives to it: from the image steps up
/// that model's loss, of L2 length `step` where pixels go from 0 to 1, until the class changes.
loss closest_error(of: set, step: real > 0 = 0.02, steps: int > 0 = 100) =
  mean(of, -log_p(argmax(original.logits(at: moved)), at: moved))
  where moved = argmax(
          choose(argmax(original.logits(at: x)) == label, -original.log_p(label, at: x), 0),
          over: x,
          from: image,
          by: gradient,
          step: step * pixel_range,
          steps: steps,
          least: darkest,
          most: lightest
        )

/// Adversarial machine unlearning (AMUN): in each epoch a pass over all samples, then one over the forget samples' closest adversarial
/// examples, by one optimizer.
/// Source: Ebrahimpour-Boroojeny, Sundaram, Chandrasekaran, "Not All Wrong is Bad", ICML 2025; rate, its fall to a tenth after each epoch,
/// epochs and batch are their code's. There the search is PGD in a ball whose radius doubles from 0.04, and examples share batches with the
/// samples; here it takes short steps until the class changes, and the two take turns.
method amun(
  step: real > 0 = 0.02,
  steps: int > 0 = 100,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 128 samples
) {
  start from original
  alternate epochs {
    repeat 1 epochs over retain + forget in batches of batch {
      minimize ce(retain) + ce(forget)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: exponential(0.1))
    }
    repeat 1 epochs over forget in batches of batch {
      minimize closest_error(forget, step: step, steps: steps)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4, schedule: exponential(0.1))
    }
  }
}
