//! Random against worst-case forget sets: ten seconds on two cores.
mu 1

use "./recipes.mu" as recipes

/// The share of the training samples that is to be forgotten.
let budget = 10%

experiment study {
  data    = digits
  model   = small_cnn
  train   = recipes.short
  forget  = each {
    random = random(budget)
    worst  = worst_case(budget)
  }
  unlearn = each [retrain, ft(epochs: 5 epochs, batch: 64 samples), rl(epochs: 5 epochs, batch: 64 samples)]
  seed    = each 0..3
  measure = [ua, ra, ta, mia, avg_gap]
}

table main {
  from      = study
  rows      = forget * unlearn
  columns   = [ua, ra, ta, mia, avg_gap]
  cell      = mean ± std over seed
  highlight = best
  caption   = "Unlearning {budget} of the digits."
}

claim "Retraining still predicts the worst-case set" {
  mean(study.ua where forget == worst and unlearn == retrain over seed) < 2%
}
