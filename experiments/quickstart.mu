//! Random against worst-case forget sets on the UCI digits: ten seconds on two cores.
mu 1

let budget = 10%

experiment quickstart {
  data    = digits
  model   = small_cnn
  train   = training(
    epochs: 20 epochs,
    batch: 64 samples,
    optimizer: sgd(lr: 0.05, schedule: cosine)
  )
  forget  = each {
    random = random(budget)
    worst  = worst_case(budget)
  }
  unlearn = each [retrain, ft(epochs: 5 epochs, batch: 64 samples), ga(lr: 3e-3, batch: 64 samples), rl(epochs: 5 epochs, batch: 64 samples)]
  seed    = each 0..3
  measure = [ua, ra, ta, mia, avg_gap, rte]
}

table main {
  from    = quickstart
  rows    = forget * unlearn
  columns = [ua, ra, ta, mia, avg_gap, rte]
  cell    = mean ± std over seed
  caption = "Unlearning 10 % of the digits: random and worst-case forget sets."
}
