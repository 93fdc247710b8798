//! SGD with Nesterov's momentum: the first step is 1 + momentum times as long.
mu 1

method one_step(nesterov: bool) {
  start from original
  repeat 1 steps over retain in batches of 64 samples {
    minimize ce(retain)
    by sgd(lr: 0.01, momentum: 0.9, weight_decay: 0, nesterov: nesterov)
  }
}

experiment nesterov {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(3 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, nesterov: true))
  forget  = random(10%)
  unlearn = each { plain = one_step(false), ahead = one_step(true) }
  measure = [ua, ra]
}
