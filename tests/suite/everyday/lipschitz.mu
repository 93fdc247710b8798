//! JiT: the output moves less where noise moves the image.
mu 1

method smooth_output {
  start from original
  repeat 3 epochs over forget in batches of 64 samples {
    minimize lipschitz(forget, std: 0.5, draws: 5)
    by sgd(lr: 1e-5, momentum: 0, weight_decay: 0)
  }
}

metric size(on: forget | retain = forget): real = mean(on, norm(logits))

experiment lipschitz_study {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(6 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = by_class(2)
  unlearn = each [no_unlearning, smooth_output]
  measure = [ua, ra, size, size(retain)]
}
