// Types, units and ranges.
experiment a {
  data    = digits(validation: 60%)
  model   = ft
  train   = training(epochs: 0.1, batch: 64 epochs)
  forget  = each [random(0.1), random("ten"), random(0%), random(120%)]
  unlearn = each [ft(lr: 0), ft(lr: 10%), ft(epochs: 5 epoch)]
  seed    = each 0..3
  measure = [ua]
}
