// Highlights, gaps, digits, references.
metric spread: percent = ra - ta

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [spread, ua]
}

table t {
  from      = a
  rows      = unlearn
  columns   = [spread, ua]
  cell      = mean ± std over seed
  highlight = best
//~ warning no-optimum: `spread` does not say what its best value is
  gaps      = true
//~ warning no-optimum: `spread` does not say what its best value is
  digits    = { ua = 1, uaa = 2 }
//~ error unknown-field: this table has no metric `uaa`
  expect    = [at(unlearn: retrain, ua: 5%), at(unlearn: retrian, ua: 5%), at(unlearn: ft), at(unlearn: ft, uaa: 1%), at(unlearn: ft, ua: 1), 3]
//~ error unknown-name: `uaa` is neither an axis nor a metric of this table
//~ error unknown-position: no point of `a` has `unlearn == retrian`
//~ error wrong-type: `expect` takes a list of reference values
//~ error wrong-unit: `ua` is a percentage
//~ warning no-effect: this reference has no value
//~ warning no-effect: this reference has no value
  tolerance = 1%
}

table v {
  from      = a
  rows      = unlearn
  columns   = [ua, ra, ta]
  cell      = mean ± std over seed
  highlight = bset
//~ error unknown-name: nothing is called `bset`
  digits    = 1.5
//~ error wrong-type: `digits` takes a whole number from 0 to 12, or a record of one per metric
  expect    = 3
//~ error wrong-type: `expect` takes a list of reference values
  caption   = 3
//~ error wrong-type: `caption` takes a string
  gaps      = 1
//~ error wrong-type: `gaps` takes true or false
}
