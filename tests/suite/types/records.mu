// Records, their members, and their types.
let recipe = { lr = 0.05, epochs = 20 epochs }
let opt(r: { lr: real, epochs: epochs }) = training(r.epochs, optimizer: sgd(lr: r.lr))
let wrong = recipe.rate
//~ error unknown-field: a record has no part `rate`
//~ warning unused: `wrong` is never used
let short = { lr = 0.1, lr = 0.2 }
//~ error duplicate: `lr` is set twice
//~ warning unused: `short` is never used

experiment a {
  data    = digits
  model   = small_cnn
  train   = opt(recipe)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = opt({ lr = 0.1 })
//~ error wrong-type: `r` takes a record of lr, epochs
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment c {
  data    = digits
  model   = small_cnn
  train   = opt(3)
//~ error wrong-type: `r` takes a record of lr, epochs
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
