experiment first {
  data    = digits
  model   = small_cnn
  train   = training(20 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = each {
    random = random(10%)
    worst  = worst_case(10%)
  }
  unlearn = each [retrain, ga(lr: 3e-3, batch: 64 samples), rl(epochs: 5 epochs, batch: 64 samples)]
  seed    = each 0..3
  measure = [ua, ra, ta, mia, avg_gap]
}

table main {
  from    = first
  rows    = forget * unlearn
  columns = [ua, ra, ta, mia, avg_gap]
  cell    = mean ± std over seed
  caption = "Unlearning 10 % of the digits."
}
