// Where an axis can stand, and what it needs.
let axis = each [1, 2]
//~ error misplaced-axis: an axis can stand only in a field of an experiment
//~ warning unused: `axis` is never used
let none = []

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(each none)
//~ error empty-axis: this axis is empty
  unlearn = each [retrain, ft]
  seed    = each 5..5
//~ error empty-axis: the range 5..5 is empty
  measure = [ua, ra, ta]
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each []
//~ error empty-axis: this axis is empty
  seed    = each 3
//~ error wrong-type: `each` takes a list or a range, not a plain number
  measure = [ua, ra, ta]
}
