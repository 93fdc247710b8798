//! The original model is the epoch of best validation accuracy. Here the last epochs spoil it.
mu 1

let spoiled = steps(at: [3 epochs], factor: 40)

experiment best_epoch {
  data    = digits
  model   = small_cnn(width: 4)
  train   = each {
    last = training(5 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: spoiled))
    best = training(5 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: spoiled), keep: best(va))
  }
  forget  = random(10%)
  unlearn = no_unlearning
  measure = [va, ra]
}
