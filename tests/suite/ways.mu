// What people write first, because other programs have it so.
mu 1

method clipped {
  start from original
  repeat 1 epochs over forget in batches of 64 samples {
    minimize -ce(forget)
    by sgd(lr: 1e-3, clip: 1.0)
  }
}

method masked {
  start from original
  repeat 1 epochs over forget in batches of 64 samples {
    minimize kl(original, forget, without: label)
    by sgd(lr: 1e-3)
  }
}

method moved {
  start from original
  repeat 1 epochs over forget in batches of 64 samples {
    minimize ce(forget, view: adversarial(epsilon: 0.1, steps: 50), labels: boundary(0.1))
    by sgd(lr: 1e-3)
  }
}

method smoothed {
  start from original
  repeat 1 epochs over retain with forget in batches of 64 samples {
    minimize ce(retain, temperature: 2) + ce(forget, labels: original(temperature: 2))
    by sgd(lr: 1e-3)
  }
}

loss ratio(of: set, beta: real > 0 = 0.1) =
  mean(of, 2 / beta * log(1 + probability(label)))

let warm = training(
  5 epochs,
  lr: 0.1,
  early_stopping: 5 epochs,
  optimizer: sgd(lr: 0.1, schedule: cosine(warmup: 1 epochs)),
)
