//! What phases in steps, models on the side, lookahead and `keep best` cannot say.

method rounds {
  start from original
  repeat 3 rounds over retain { minimize ce(retain) by sgd(lr: 0.1) }
//~ error wrong-unit: `repeat` takes a number of epochs or a number of steps
}

method wrapped {
  start from original
  repeat 1 epochs over retain { minimize ce(retain) by sam(sam(sgd(lr: 0.1))) }
//~ error wrong-type: `sam` cannot stand around `sam`
  repeat 1 epochs over retain { minimize ce(retain) by accumulate(sam(sgd(lr: 0.1)), steps: 2) }
//~ error wrong-type: `accumulate` cannot stand around `sam`
  repeat 1 epochs over retain { minimize ce(retain) by clip_norm(clip_value(sgd(lr: 0.1), max: 1)) }
//~ error wrong-type: `clip_norm` cannot stand around `clip_value`
  repeat 1 epochs over retain { minimize ce(retain) by sam(sgd(lr: 0.1), along: 3) }
//~ error wrong-type: `along` takes a loss or `own`
  repeat 1 epochs over retain { minimize ce(retain) by sam(sgd(lr: 0.1), along: -ce(forget)) }
//~ error unknown-name: the loss uses `forget`, which this phase does not run over
  repeat 1 epochs over retain { minimize ce(retain) by accumulate(sgd(lr: 0.1), steps: 0) }
//~ error out-of-range: `steps` is out of range: 0
}

method models {
  start from original
  let tuned = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
  let tuned = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
//~ error duplicate: `tuned` means something in this method already
  let retain = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
//~ error duplicate: `retain` means something in this method already
  weights = original - tunned
//~ error unknown-name: there is no model `tunned` here
  weights = 2
//~ error wrong-type: `weights` are set to weights, this is a number
  weights = original * tuned
//~ error wrong-type: weights are multiplied with numbers, and divided by numbers
  weights = original + 1
//~ error wrong-type: a number is added to weights
  weights = tuned / 0
//~ error wrong-type: this divides by zero
  weights = original - retrain
//~ error wrong-type: arithmetic of weights takes models and numbers, this is the method `retrain`
  weights = original - 10% * tuned
//~ error wrong-type: arithmetic of weights takes models and numbers, this is a percentage
  weights = consensus(tuned)
//~ error wrong-type: `consensus` takes two or more sums of models
  weights = consensus(tuned, 3)
//~ error wrong-type: `consensus` takes sums of models, this is a number
  weights = original > tuned
//~ error wrong-type: weights are added, subtracted, and multiplied with numbers; there is nothing else
  step tuned by zero
//~ error wrong-type: `step` takes a set of parameters such as `last(1 layers)`
}

method later {
  start from original
  weights = tuned
//~ error unknown-name: there is no model `tuned` here
  let tuned = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
}

method outer {
  start from original
  let tuned = after {
    start from scratch
//~ error duplicate: a method starts once, before anything else
    add class
//~ error wrong-type: a model on the side has the outputs that the network has
    let inner = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
//~ error too-deep: a model on the side cannot be made in another one
    keep best by ce(forget)
//~ error too-deep: `keep best` is for the phases of a whole method
    repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) }
  }
}

method another_class {
  start from original
  add class
  repeat 1 epochs over forget { minimize ce(forget, labels: new_class) by sgd(lr: 0.1) }
  weights = 0.5 * original + 0.5 * weights
//~ error wrong-type: the network has one output more than the models that it would be set to
}

method looking {
  start from original
  lookahead(alpha: 0.5) { repeat 1 steps over retain { minimize ce(retain) by sgd(lr: 0.1) } }
//~ error missing-field: `lookahead` needs `k`
  lookahead(k: 5, alpha: 2) { repeat 1 steps over retain { minimize ce(retain) by sgd(lr: 0.1) } }
//~ error out-of-range: `alpha` is out of range: 2
//~ error wrong-unit: `k` takes a number of rounds
  lookahead(k: 5 rounds) {
    lookahead(k: 5 rounds) { repeat 1 steps over retain { minimize ce(retain) by sgd(lr: 0.1) } }
//~ error too-deep: a lookahead cannot stand in another one
    alternate 2 rounds { repeat 1 steps over retain { minimize ce(retain) by sgd(lr: 0.1) } }
//~ error too-deep: an alternation cannot stand in a lookahead
    let x = after { repeat 1 steps over retain { minimize ce(retain) by sgd(lr: 0.1) } }
//~ error too-deep: a model on the side cannot be made in a lookahead
  }
}

method on_test {
  start from original
  keep best by ce(forget) - ce(test)
//~ error held-out: `keep best` may not look at test samples
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method on_nothing {
  start from original
  keep best by 3
//~ error wrong-type: `keep best by` takes a number that depends on the network
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method on_two {
  start from original
  keep best by ce(forget + validation)
//~ error wrong-type: a loss that `keep best` looks at speaks of one set
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method on_products {
  start from original
  keep best by ce(forget) * ce(retain)
//~ error wrong-type: `*` cannot stand between these here
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method on_norms {
  start from original
  keep best by l2(all) + contrast(forget) + abs(ce(forget), ce(retain)) + forget
//~ error wrong-type: `abs` takes one value
//~ error wrong-type: `keep best by` takes losses and numbers, this is a set
//~ error wrong-type: a loss that `keep best` looks at speaks of one set
//~ error wrong-type: this cannot be what `keep best` looks at
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method twice {
  start from original
  keep best by ce(forget)
  keep best by ce(retain)
//~ error duplicate: a method keeps its best by one expression
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method nothing_behind {
  start from original
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
  keep best by ce(forget)
//~ error missing-field: `keep best` has no phase behind it whose epochs it could look at
}

method lost {
  start from original
  keep best by ce(forget)
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
  step all by noise(0.1)
//~ error wrong-type: what this does is lost: the method ends with the weights of an epoch before it
}

method in_rounds {
  start from original
  alternate 2 rounds {
    keep best by ce(forget)
//~ error too-deep: `keep best` is for the phases of a whole method
    repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
  }
}

method side {
  start from original
  let x = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
//~ error cannot-weigh: this is what cannot be weighted
  repeat 1 epochs over forget { minimize kl(x, forget) by sgd(lr: 0.1) }
}

method ahead {
  start from original
  alternate 2 rounds {
    lookahead(k: 2 rounds) { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
//~ error cannot-weigh: this is what cannot be weighted
  }
}

experiment study {
  data    = digits
  model   = small_cnn
  train   = training(2 epochs)
  forget  = each [worst_case@paper(10%, against: side), worst_case@paper(10%, against: ahead), worst_case@paper(10%, against: rewind)]
//~ error cannot-weigh: `side` cannot be the lower level of a worst-case selection
  unlearn = each [retrain, side]
  measure = [ua]
}

method rewind {
  start from original
  keep best by ce(forget)
//~ error cannot-weigh: this is what cannot be weighted
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

table main {
  from    = study
  rows    = forget * unlearn
  columns = [ua]
  cell    = mean over seed
}
