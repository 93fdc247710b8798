// Whole numbers are exact, or an error where they cannot be.
let large = 9007199254740993
let huge = 1e309
//~ error out-of-range: no number stands for `1e309`
//~ warning unused: `huge` is never used
let nothing = 1e-400
//~ error out-of-range: no number stands for `1e-400`
//~ warning unused: `nothing` is never used
let product = 1e200 * 1e200
//~ error out-of-range: this is larger than any number
//~ warning unused: `product` is never used

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each [9007199254740992, large, 18446744073709551615]
  measure = [ua, ra, ta]
}

// Two of the three, told apart.
table t {
  from    = a
  where   = seed <= 9007199254740993
  rows    = unlearn * seed
  columns = [ua, ra, ta]
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 18446744073709551613..18446744073709551616
  measure = [ua, ra, ta]
}

experiment c {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = 18446744073709551616
//~ error out-of-range: `seed` is out of range: 18446744073709551616
  measure = [ua, ra, ta]
}

experiment d {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs, batch: 9223372036854775807 samples)
//~ error out-of-range: `batch` is out of range: 9223372036854775807 samples
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = { train = -1, select = 1e30 }
//~ error out-of-range: `seed` is out of range: -1
  measure = [ua, ra, ta]
}

experiment e {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs, optimizer: sgd(lr: 1e999))
//~ error out-of-range: no number stands for `1e999`
  forget  = random(10%)
  unlearn = each [retrain, ft(epochs: 9007199254740993 epochs)]
//~ error out-of-range: `epochs` is out of range: 9007199254740993 epochs
  seed    = each 0..3
  measure = [ua, ra, ta]
}

method up(lr: real in 0..1e999 = 0.1) {
//~ error out-of-range: no number stands for `1e999`
  start from original
  repeat 1 epochs over retain with forget in batches of 64 samples {
    minimize ce(retain) + ce(forget, view: error_maximizing(steps: -1))
//~ error out-of-range: `steps` is out of range: -1
    by sgd(lr: lr)
  }
}
