// Every axis must be accounted for.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(each [1%, 10%])
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

table one {
  from    = a
  rows    = unlearns
//~ error unknown-axis: `a` has no axis `unlearns`
  columns = [ua, ra, ta]
  cell    = mean ± std over seed
}

table two {
//~ error unaggregated: axis `forget.budget` is neither shown, fixed nor aggregated over
  from    = a
  rows    = unlearn
  columns = [ua, ra, ta]
  cell    = mean ± std over seed
}

table three {
  from    = a
  rows    = unlearn
  columns = [ua, ra, ta]
  cell    = mean over seeds
//~ error unknown-axis: `a` has no axis `seeds`
}

table four {
//~ error missing-field: a table shows metrics in its rows or in its columns, once; here 0 times
  from    = a
  rows    = unlearn
  columns = forget.budget
  cell    = mean ± std over seed
}

table five {
//~ error missing-field: a table shows metrics in its rows or in its columns, once; here 2 times
//~ error unaggregated: axis `forget.budget` is neither shown, fixed nor aggregated over
  from    = a
  rows    = unlearn * [ua]
  columns = [ua, ra, ta]
  cell    = mean ± std over seed
}

table six {
  from    = a
  rows    = 3
//~ error wrong-type: rows and columns are axes and lists of metrics, multiplied by `*`
  columns = [ua, ra, ta]
  cell    = mean ± std over seed
}
