//! SCRUB at small scale: Adam at 5e-4 with weight decay in batches of 32, which climbs on the forget set in the first rounds only.
mu 1

method scrub_small(lr: real > 0 = 5e-4) {
  start from original
  alternate 4 epochs {
    repeat 1 epochs over forget in batches of 32 samples for the first 2 epochs {
      minimize -kl(original, forget, temperature: 4)
      by adam(lr: lr, weight_decay: 0.1)
    }
    repeat 1 epochs over retain in batches of 32 samples {
      minimize 0.99 * ce(retain) + 0.001 * kl(original, retain, temperature: 4)
      by adam(lr: lr, weight_decay: 0.1)
    }
  }
}

/// Adam's first step moves every weight by the learning rate, whatever its gradient.
method one_step {
  start from original
  repeat 1 steps over retain in batches of 64 samples {
    minimize ce(retain)
    by adam(lr: 5e-4)
  }
}

experiment adam {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(4 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = by_class(5, budget: 20%)
  unlearn = each [scrub_small, one_step, no_unlearning]
  measure = [ua, ra, ta, samples_seen]
}
