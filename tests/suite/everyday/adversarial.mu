//! AMUN: fine-tuning on the forget set, and on images near it that the original model gets wrong, with the answer that it gives there.
mu 1

loss wrong_nearby(of: set, epsilon: real > 0 = 0.1, steps: int > 0 = 10) =
  mean(of, -log_p(argmax(original.logits(at: moved)), at: moved))
where moved = argmax(
  -original.log_p(label, at: x),
  over: x,
  from: image,
  by: sign,
  step: epsilon / steps * pixel_range,
  steps: steps,
  least: darkest,
  most: lightest
)

method nearby(weight: real >= 0 = 1) {
  start from original
  repeat 3 epochs over forget in batches of 64 samples {
    minimize ce(forget) + weight * wrong_nearby(forget)
    by sgd(lr: 1e-2)
  }
}

experiment adversarial {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(6 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = random(10%)
  unlearn = each { nothing = no_unlearning, nearby = nearby, tuned = nearby(weight: 0) }
  measure = [ua, ra, cross_entropy(forget)]
}
