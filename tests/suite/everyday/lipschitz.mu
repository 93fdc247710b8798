//! JiT: the output moves less where noise moves the image.
mu 1

/// ‖z(x) − z(x + ξ)‖ / ‖ξ‖, the mean over some Gaussian ξ.
loss smoothness(of: set, noise: real > 0, samples: int > 0) =
  mean(
  of,
  mean(norm(logits - logits(at: image + noise * xi)) / norm(noise * xi) for xi in draw(normal, like: image, times: samples)),
  mode: eval
)

method smooth_output {
  start from original
  repeat 5 epochs over forget in batches of 64 samples {
    minimize smoothness(forget, noise: 0.5, samples: 5)
    by sgd(lr: 1e-2, momentum: 0, weight_decay: 0)
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
