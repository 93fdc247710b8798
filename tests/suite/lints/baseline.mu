// Comparisons need what they compare with.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [ft, ga]
  seed    = each 0..3
  measure = [ua, avg_gap]
//~ error missing-baseline: `avg_gap` compares with `retrain`, which this grid does not have
}

table t {
  from    = a
  rows    = unlearn
  columns = [avg_gap]
//~ error missing-baseline: `avg_gap` compares with `retrain`, which this grid does not have
  cell    = mean ± std over seed
}

table fine {
  from    = a
  rows    = unlearn
  columns = [ua]
  cell    = mean ± std over seed
}

claim "gap" {
  mean(a.avg_gap where unlearn == ft) < 3%
//~ error missing-baseline: `avg_gap` compares with `retrain`, which this grid does not have
}
