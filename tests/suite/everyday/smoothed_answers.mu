//! LoTUS: the forget set's labels are the original model's answer, smoothed by a temperature and Gumbel noise; the retain set's are its sharp answer.
mu 1

let noised(logits) = logits - log(-log(draw(uniform, like: logits)))

/// Cross-entropy to the original model's answer at a temperature, with Gumbel noise.
loss smoothed(of: set, temperature: real > 0) =
  mean(of, softmax_cross_entropy(logits, softmax(noised(original.logits) / temperature)))

method smoothed_answers {
  start from original
  repeat 3 epochs over retain with forget in batches of 64 samples {
    minimize mean(retain, softmax_cross_entropy(logits, softmax(original.logits / 0.001))) + smoothed(forget, temperature: 4)
    by adamw(lr: 3e-3)
  }
}

metric doubt(on: forget | retain = forget): real = mean(on, shannon(logits))

experiment smoothed_study {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(6 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = random(10%)
  unlearn = each [no_unlearning, smoothed_answers]
  measure = [ua, ra, doubt, doubt(retain)]
}
