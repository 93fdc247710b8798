// What a careful reviewer would ask.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each {
//~ warning incomparable-budgets: forget sets of 10% and of 5% side by side
    random = random(10%)
    worst  = worst_case@paper(5%, step: 0.01)
//~ warning weak-step: an upper-level step of 0.01 cannot change which samples are selected
  }
  unlearn = each [retrain, ft(lr: 5), ga(lr: 0.5)]
//~ warning unusual: `lr` of `ft` is outside the published range: 5
//~ warning unusual: `lr` of `ga` is outside the published range: 0.5
  seed    = 1
  measure = [ua, mia(balance: false)]
//~ warning unbalanced-attack: this attack is trained on unequal numbers of members and non-members
}

table t {
  from      = a
  rows      = forget * unlearn
  columns   = [ua]
  cell      = mean ± std over seed
//~ warning single-seed: a spread over a single value
  highlight = best
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [ft, ga]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

table u {
  from    = b
  rows    = unlearn
  columns = [ua, ra, ta]
  cell    = mean ± std over seed
  gaps    = true
//~ warning no-optimum: the best `ua` is that of `retrain`, which this grid does not have
}

experiment c {
//~ warning unused-axis: only `ft` of axis `unlearn` is ever used
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

table v {
  from    = c
  rows    = seed
  columns = [ua, ra, ta]
  cell    = mean
  where   = unlearn == ft
}
