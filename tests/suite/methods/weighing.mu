// The lower level of a worst-case selection.
//~ error cannot-weigh: this is what cannot be weighted
method two() {
  start from original
  repeat 1 epochs over forget in batches of 64 samples { minimize -ce(forget) by sgd(lr: 1e-4) }
  repeat 1 epochs over retain in batches of 64 samples { minimize ce(retain) by sgd(lr: 0.01) }
//~ error cannot-weigh: this second phase is what cannot be weighted
}

selection hard(budget: percent) = worst_case@paper(budget, against: rl, rounds: 3 rounds)

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each [worst_case@paper(10%, against: two), worst_case@paper(10%, against: ft(lr: 0.5)), hard(10%)]
//~ error cannot-weigh: `two` cannot be the lower level of a worst-case selection
//~ error unread-parameter: the lower level of `worst_case@paper` does not read `lr` of `ft`
//~ warning unusual: `lr` of `ft` is outside the published range: 0.5
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = worst_case@paper(10%, step: 0.5, against: digits)
//~ error wrong-type: `against` takes a method
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment c {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each [worst_case@paper(10%, against: scrub@max_first), worst_case@paper(10%, against: salun@in_turn), worst_case@paper(10%, against: mixed)]
//~ error cannot-weigh: `scrub@max_first` cannot be the lower level of a worst-case selection
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

method mixed() {
  start from original
  repeat 1 epochs over retain + forget in batches of 64 samples {
//~ error cannot-weigh: this is what cannot be weighted
    minimize ce(retain) + ce(forget, view: error_maximizing)
    by sgd(lr: 0.01)
  }
}

method twice() {
  start from original
  repeat 1 epochs over retain + forget in batches of 64 samples {
//~ error wrong-type: the losses of one phase must have one `view` and one `mode`
    minimize ce(forget) + ce(forget, view: error_maximizing)
    by sgd(lr: 0.01)
  }
}

experiment d {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, twice, scrub@max_first(max_epochs: 20 epochs), unsir]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
