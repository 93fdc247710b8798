//! What the two worst-case selections take.
mu 1

method outside() {
  start from checkpoint("model.pth")
  repeat 1 epochs over retain in batches of 64 samples { minimize ce(retain) by sgd(lr: 0.1) }
}

method parts = ft on worst_case(5%) then ga on rest
method published_parts = ft on worst_case@paper(5%) then ga on rest
//~ error wrong-type: `worst_case@paper` weighs all training samples, not those of a forget set

experiment fine {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each {
    plain    = worst_case(10%)
    even     = worst_case(10%, per_class: true)
    two      = worst_case(2 classes, weigh: class, rounds: 10 rounds)
    scrubbed = worst_case(10%, against: scrub(epochs: 2 epochs))
    newton   = worst_case(10%, against: iu)
    easiest  = worst_case(10%, reverse: true)
    paper    = worst_case@paper(10%, against: ft, step: 1e3)
  }
  unlearn = each [retrain, parts]
  measure = [ua, cross_entropy(forget), cross_entropy(test, quantile: 95%), cross_entropy(retain, scale: log10)]
}

experiment wrong {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each {
    stepped = worst_case(10%, step: 1e3)
//~ error unknown-field: `worst_case` does not take `step`
    classes = worst_case(3 samples, weigh: class)
//~ error wrong-unit: a worst-case selection of classes has a budget of classes, not of samples
    even    = worst_case(2 classes, weigh: class, per_class: true)
//~ error wrong-type: `per_class` is for selections that weigh samples
    file    = worst_case(10%, against: outside)
    none    = worst_case(10%, rounds: 0 rounds)
//~ error out-of-range: `rounds` is out of range: 0 rounds
  }
  unlearn = each [retrain, published_parts]
  measure = [ua]
}
