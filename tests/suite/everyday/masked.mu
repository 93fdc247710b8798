//! DELETE: the original model's answer without the true class.
mu 1

loss masked(of: set) = mean(of, divergence(softmax(without(original.logits, label)), softmax(logits)))

method masked_answer {
  start from original
  repeat 10 epochs over forget in batches of 64 samples {
    minimize masked(forget)
    by sgd(lr: 1e-2)
  }
}

experiment masked_study {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(6 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = by_class(3)
  unlearn = each [no_unlearning, masked_answer]
  measure = [ua, ra]
}
