//! Every construction of the language, in a file without a mistake.
mu 1

use "./library.mu" as lib

/// A share.
let budget = 10%
let rates = log(1e-3 .. 1e-1, points: 2)
let options = { lr = 0.05, length = 5 epochs }
let scaled(x: real, times: real in 0..10 = 2) = x * times

/// Documented.
method half(
  /// The learning rate.
  lr: real > 0 usual 1e-4..1 = 0.1,
  length: epochs = 2 epochs
) {
  start from original
  update only all
  reinit last(1 layers)
  repeat length over retain + forget in batches of 64 samples {
    minimize 0.5 * ce(retain) - 0.1 * ce(forget, labels: other)
    by sgd(lr: lr, schedule: cosine)
  }
}

metric worst_gap: percent towards 0% = max(abs(m - m[unlearn == retrain]) for m in [ua, ta])
metric own: percent towards higher = min(ra, ta)

experiment a {
  data    = digits(validation: 20%)
  model   = lib.tiny(width: 4)
  train   = training(options.length, batch: 64 samples, optimizer: sgd(lr: scaled(options.lr, times: 1)))
  forget  = each { random = random(budget), worst = worst_case(budget, rounds: 2 rounds) }
  unlearn = each [retrain, half(lr: each rates), lib.ft_twice]
  seed    = { train = 0, select = each 0..2, unlearn = each [3, 4] }
  measure = [ua, ta, ra, worst_gap, own]
  zip(seed.select, seed.unlearn)
  except { forget == worst and unlearn in [half] and not (seed.select != 0) }
  tune unlearn.length over [1 epochs, 2 epochs] {
    on       = forget == random and seed.select < 1
    maximize = va
  }
}

experiment plain {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = retrain
  measure = [ua]
}

experiment b = plain with {
  seed = each 0..2
}

table main {
  from      = a
  rows      = forget * unlearn * unlearn.lr
  columns   = [ua, ta, worst_gap]
  cell      = mean +- std over seed
  caption   = "{budget} of the \"digits\""
  highlight = best
  gaps      = true
  digits    = { ua = 1 }
  expect    = [at(forget: random, unlearn: half, ua: 3%)]
  tolerance = 2%
}

table small = main with {
  where   = unlearn == retrain or unlearn == half
  rows    = forget * unlearn * unlearn.lr
  columns = [own]
  digits  = 1
  expect  = []
}

figure rates_matter {
  from = a
  x    = unlearn.lr
  y    = ua
  line = forget
  where = unlearn == half
}

claim "it works" {
  mean(a.ua where forget == random and unlearn == retrain over seed) >= 0% and abs(1 - 2) == 1
}
