// One kind of thing where another belongs.
experiment a {
  data    = small_cnn
//~ error wrong-type: `data` takes a dataset
  model   = digits
//~ error wrong-type: `model` takes a model
  train   = 3
//~ error wrong-type: `train` takes a recipe
  forget  = [1, 2]
//~ error wrong-type: `forget` takes a selection
  unlearn = each [ua, ft]
//~ error wrong-type: `unlearn` takes a method
  seed    = each 0..3
  measure = ua
//~ error wrong-type: `measure` takes a list of metrics
}
