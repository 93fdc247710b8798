//! What phases in steps, models on the side, lookahead and `keep best` cannot say.

method rounds {
  start from original
  repeat 3 rounds over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method wrapped {
  start from original
  repeat 1 epochs over retain { minimize ce(retain) by sam(sam(sgd(lr: 0.1))) }
  repeat 1 epochs over retain { minimize ce(retain) by accumulate(sam(sgd(lr: 0.1)), steps: 2) }
  repeat 1 epochs over retain { minimize ce(retain) by clip_norm(clip_value(sgd(lr: 0.1), max: 1)) }
  repeat 1 epochs over retain { minimize ce(retain) by sam(sgd(lr: 0.1), along: 3) }
  repeat 1 epochs over retain { minimize ce(retain) by sam(sgd(lr: 0.1), along: -ce(forget)) }
  repeat 1 epochs over retain { minimize ce(retain) by accumulate(sgd(lr: 0.1), steps: 0) }
}

method models {
  start from original
  let tuned = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
  let tuned = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
  let retain = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
  weights = original - tunned
  weights = 2
  weights = original * tuned
  weights = original + 1
  weights = tuned / 0
  weights = original - retrain
  weights = original - 10% * tuned
  weights = consensus(tuned)
  weights = consensus(tuned, 3)
  weights = original > tuned
  step tuned by zero
}

method later {
  start from original
  weights = tuned
  let tuned = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
}

method outer {
  start from original
  let tuned = after {
    start from scratch
    add class
    let inner = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
    keep best by ce(forget)
    repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) }
  }
}

method another_class {
  start from original
  add class
  repeat 1 epochs over forget { minimize ce(forget, labels: new_class) by sgd(lr: 0.1) }
  weights = 0.5 * original + 0.5 * weights
}

method looking {
  start from original
  lookahead(alpha: 0.5) { repeat 1 steps over retain { minimize ce(retain) by sgd(lr: 0.1) } }
  lookahead(k: 5, alpha: 2) { repeat 1 steps over retain { minimize ce(retain) by sgd(lr: 0.1) } }
  lookahead(k: 5 rounds) {
    lookahead(k: 5 rounds) { repeat 1 steps over retain { minimize ce(retain) by sgd(lr: 0.1) } }
    alternate 2 rounds { repeat 1 steps over retain { minimize ce(retain) by sgd(lr: 0.1) } }
    let x = after { repeat 1 steps over retain { minimize ce(retain) by sgd(lr: 0.1) } }
  }
}

method on_test {
  start from original
  keep best by ce(forget) - ce(test)
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method on_nothing {
  start from original
  keep best by 3
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method on_two {
  start from original
  keep best by ce(forget + validation)
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method on_products {
  start from original
  keep best by ce(forget) * ce(retain)
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method on_norms {
  start from original
  keep best by l2(all) + contrast(forget) + abs(ce(forget), ce(retain)) + forget
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method twice {
  start from original
  keep best by ce(forget)
  keep best by ce(retain)
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

method nothing_behind {
  start from original
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
  keep best by ce(forget)
}

method lost {
  start from original
  keep best by ce(forget)
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
  step all by noise(0.1)
}

method in_rounds {
  start from original
  alternate 2 rounds {
    keep best by ce(forget)
    repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
  }
}

method side {
  start from original
  let x = after { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
  repeat 1 epochs over forget { minimize kl(x, forget) by sgd(lr: 0.1) }
}

method ahead {
  start from original
  alternate 2 rounds {
    lookahead(k: 2 rounds) { repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) } }
  }
}

experiment study {
  data    = digits
  model   = small_cnn
  train   = training(2 epochs)
  forget  = each [worst_case@paper(10%, against: side), worst_case@paper(10%, against: ahead), worst_case@paper(10%, against: rewind)]
  unlearn = each [retrain, side]
  measure = [ua]
}

method rewind {
  start from original
  keep best by ce(forget)
  repeat 1 epochs over retain { minimize ce(retain) by sgd(lr: 0.1) }
}

table main {
  from    = study
  rows    = forget * unlearn
  columns = [ua]
  cell    = mean over seed
}
