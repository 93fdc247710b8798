// Figures.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(each [1%, 10%])
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

figure f {
  from = a
  x    = forget.budget
  y    = ua
  line = unlearn
}

figure g {
  from = a
  x    = forget.budgets
//~ error unknown-axis: `a` has no axis `forget.budgets`
  y    = uaa
//~ error unknown-name: nothing is called `uaa`
}

figure h {
//~ error unaggregated: axis `unlearn` is neither shown, fixed nor aggregated over
  from = a
  x    = forget.budget
  y    = ua
}

figure bars {
  from = a
  draw = bars
  x    = forget.budget
  y    = ua
  line = unlearn
}

figure dots {
  from = a
  draw = scatter
  x    = ta
  y    = ua
  line = unlearn
}

figure pie {
  from = a
  draw = pie
//~ error wrong-type: `draw` takes `lines` or `bars` or `scatter` or `grid`
  x    = forget.budget
  y    = ua
  line = unlearn
}

figure cloud {
  from = a
  draw = scatter
  x    = forget.budget
//~ error unknown-name: nothing is called `forget.budget`
  y    = ua
}

figure i {
  from = a
  x    = forget.budget * unlearn
  y    = digits
//~ error wrong-type: `y` takes a metric
  line = [ua]
//~ error wrong-type: `line` takes axes
}
