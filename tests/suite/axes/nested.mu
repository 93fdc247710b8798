// Axes inside constructors, named by their path; seeds of their own.
experiment a {
//~ warning unused-axis: only `retrain` of axis `unlearn` is ever used
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each {
    random = random(each [1%, 10%])
    worst  = worst_case(each [1%, 10%], rounds: 2 rounds)
  }
  unlearn = each [retrain, ft(lr: each log(1e-3 .. 1e-1, points: 3))]
  seed    = { train = each 0..2, unlearn = each [7, 8] }
  measure = [ua, ra, ta]
}

table t {
  from    = a
  rows    = forget * forget.budget
  columns = [ua]
  cell    = mean ± std over seed
  where   = unlearn == retrain
}
