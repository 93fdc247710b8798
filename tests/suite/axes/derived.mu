// One experiment from another.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment b = a with { data = digits(validation: 20%), seed = each 0..2 }

experiment c = t with { seed = 1 }
//~ error wrong-type: `t` is not an experiment

experiment d = aa with { seed = 1 }
//~ error unknown-name: nothing is called `aa`

experiment e = e with { seed = 1 }
//~ error cycle: `e` is derived from itself

experiment f = a with { sed = 1 }
//~ error unknown-field: an experiment has no field `sed`

table t {
  from    = a
  rows    = seed * unlearn
  columns = [ua, ra, ta]
  cell    = mean
}

table u = t with { from = b }
