//! Everything at once, and nothing wrong.
mu 1

let sizes = [1%, 10%]
let rate(x) = x / 10

/// A method of one's own.
method gentle(lr: real > 0 = 0.05) {
  start from original
  update only last(2 layers)
  reinit last
  repeat 3 epochs over retain + forget in batches of 128 samples {
    minimize 0.9 * ce(retain) - 0.1 * ce(forget, labels: random)
    by sgd(lr: lr, schedule: steps(at: [1 epochs, 2 epochs]))
  }
}

metric forgetting: percent = ua - ua[unlearn == retrain]

experiment a {
  data    = digits(validation: 0%)
  model   = each { narrow = small_cnn(width: 4), wide = small_cnn(width: 8) }
  train   = training(5 epochs, optimizer: sgd(lr: rate(1)))
  forget  = random(each sizes)
  unlearn = each [retrain, gentle, gentle(lr: 0.5)]
  seed    = each 0..2
  measure = [ua, va, forgetting, mia(feature: entropy)]
}

table t {
  from    = a
  rows    = model * unlearn
  columns = forget.budget * [ua, forgetting]
  cell    = median over seed
}
