// Tuning.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  tune unlearn.lr over [1e-3, 1e-2] {
    on       = seed == 0
    minimize = va
  }
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  tune unlearn.rate over [1e-3] {
//~ error unknown-field: nothing in this experiment has a parameter `unlearn.rate`
    minimize = va
  }
}

experiment c {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  tune unlearn.lr over 3 {
//~ error wrong-type: `tune … over` takes a list or a range, not a plain number
    minimize = va
  }
  tune unlearn.batch over [] {
//~ error empty-axis: there is nothing to choose from
    minimize = va
  }
}

experiment d {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  tune unlearn.lr over [1e-3, 1 epochs] {
//~ error wrong-unit: `lr` takes a plain number
    on = sed == 0
    minimize = 3
//~ error wrong-type: `minimize` takes a metric
    using = va
//~ error unknown-field: `tune` has no field `using`
  }
}

experiment e {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  tune unlearn.lr over [1e-3] {
//~ error missing-field: this `tune` does not say by what
  }
  tune unlearn.epochs over [1 epochs] {
    minimize = va
    maximize = va
  }
}

table t {
  from    = a
  rows    = unlearn
  columns = [ua, ra, ta]
  cell    = mean ± std over seed
  tune a.b over [1] {
//~ error unknown-field: a table has no `tune`, `zip`, `except` or `limit`
    minimize = ua
  }
  except { seed == 1 }
//~ error unknown-field: a table has no `tune`, `zip`, `except` or `limit`
}
