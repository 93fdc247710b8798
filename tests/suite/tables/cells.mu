// Statistics.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

table one {
  from    = a
  rows    = unlearn
  columns = [ua, ra, ta]
  cell    = average over seed
//~ error unknown-name: a cell is `mean`, `median`, `min`, `max` or `best`, with `± std` or `± ci95` or without
}

table two {
  from    = a
  rows    = unlearn
  columns = [ua, ra, ta]
  cell    = mean ± sd over seed
//~ error unknown-name: a cell is `mean`, `median`, `min`, `max` or `best`, with `± std` or `± ci95` or without
}

table three {
  from    = a
  rows    = unlearn
  columns = [ua, ra, ta]
  cell    = median ± ci95 over seed
}

table four {
  from    = a
  rows    = seed
  columns = [ua, ra, ta]
  cell    = best over unlearn
}

table five {
  from    = a
  rows    = unlearn
  columns = [ua, ra, ta]
  cell    = mean ± std over seed
  where   = seed == 0
}
