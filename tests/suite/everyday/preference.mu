//! Negative preference optimisation as its paper writes it, 2/β · log(1 + (p / p₀)^β), beside the library's and plain ascent.
mu 1

loss preference(of: set, beta: real > 0 = 1) =
  mean(of, 2 / beta * log(1 + power(exp(log_p(label)) / exp(original.log_p(label)), beta)))

method own_npo(beta: real > 0 = 1) {
  start from original
  repeat 10 epochs over forget in batches of 64 samples {
    minimize preference(forget, beta: beta)
    by sgd(lr: 0.01)
  }
}

method library {
  start from original
  repeat 10 epochs over forget in batches of 64 samples {
    minimize negative_preference(forget, beta: 1)
    by sgd(lr: 0.01)
  }
}

experiment preference_study {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(6 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = random(10%)
  unlearn = each [no_unlearning, own_npo, library, ga(lr: 0.01, epochs: 10 epochs, batch: 64 samples)]
  measure = [ua, ra, cross_entropy(forget), cross_entropy(retain)]
}
