//! Gradient ascent with clipped gradients, beside the same without.
mu 1

method ascent(max: real > 0) {
  start from original
  repeat 5 epochs over forget in batches of 64 samples {
    minimize -ce(forget)
    by clip_norm(of: sgd(lr: 1e-2, momentum: 0, weight_decay: 0), max: max)
  }
}

experiment clipping {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(4 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = random(10%)
  unlearn = each { clipped = ascent(max: 0.1), free = ascent(max: 1e9) }
  measure = [ua, ra, epochs_run]
}
