// Tables must account for every axis.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(each [1%, 10%])
  unlearn = each [ft, ga]
  seed    = each 0..3
  measure = [ua, avg_gap]
}

table one {
  from    = a
  rows    = unlearns
  columns = [ua]
}

table two {
  from    = a
  rows    = unlearn
  columns = [ua, ta]
  cell    = mean ± std over seeds
}

table three {
  from    = b
  rows    = unlearn
  columns = forget.budget
}
