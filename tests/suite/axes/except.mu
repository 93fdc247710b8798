// Dropping points.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  except { unlearn == ft and seed > 0 }
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  except { unlearn == fft }
//~ error unknown-position: no point of `b` has `unlearn == fft`
}

experiment c {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  except { seed >= 0 }
//~ error empty-grid: no point of the grid is left
}

experiment d {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  except { seed > 9 }
//~ warning no-effect: this `except` drops no point
}

experiment e {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  except { 3 == seed }
//~ error wrong-type: the left side of a comparison is an axis
  except { unlearn }
//~ error wrong-type: a condition compares an axis with one of its positions
  except { unlearn < 3 }
//~ error wrong-type: `unlearn` is not on one scale with 3
  except { unlearn in ft }
//~ error wrong-type: `in` takes a list of positions
  except { methods == ft }
//~ error unknown-axis: `e` has no axis `methods`
}
