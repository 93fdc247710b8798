// Axes that only some points have: `zip` and conditions drop no point for lack of an axis.
method outside(file: path) { start from checkpoint(file) }

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft, outside(file: each ["a.pth", "b.pth"])]
  seed    = each 0..2
  measure = [ua, ra, ta]
  zip(seed, unlearn.file)
}

// A file for each seed: `unlearn.file` follows from the seed, and need not be shown.
table zipped {
  from    = a
  rows    = unlearn
  columns = [ua, ra, ta]
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft, outside(file: each ["a.pth", "b.pth"])]
  seed    = each 0..2
  measure = [ua, ra, ta]
}

table open {
//~ error unaggregated: axis `unlearn.file` is neither shown, fixed nor aggregated over
  from    = b
  rows    = unlearn
  columns = [ua, ra, ta]
}

experiment c {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft, ga(lr: each [1e-3, 1e-2])]
  seed    = each 0..2
  measure = [ua, ra, ta]
}

// Retrain and ft have no learning rate here: they stay.
table fixed {
  from    = c
  where   = unlearn.lr == 1e-3
  rows    = unlearn
  columns = [ua, ra, ta]
}

table other {
  from    = c
  where   = not unlearn.lr == 1e-3
  rows    = unlearn
  columns = [ua, ra, ta]
}

// The mean would be over the methods that stay.
claim "small" { mean(c.ua where unlearn.lr == 1e-3 over seed) < 50% }
//~ error unaggregated: axis `unlearn` is neither shown, fixed nor aggregated over
claim "of one" { mean(c.ua where unlearn == ga and unlearn.lr == 1e-3 over seed) < 50% }

figure rates {
  from = c
  x    = unlearn.lr
//~ warning not-drawn: retrain, ft have no `unlearn.lr`
  y    = ua
}

figure one {
  from  = c
  x     = unlearn.lr
  y     = ua
  where = unlearn == ga
}

experiment d {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft, ga(lr: each [1e-3, 1e-2])]
  seed    = each 0..2
  measure = [ua, ra, ta]
  except { unlearn.lr == 1e-3 }
}

table left {
  from    = d
  rows    = unlearn
  columns = [ua, ra, ta]
}
