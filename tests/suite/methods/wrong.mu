//! What a method cannot say.

method no_class {
  start from original
  repeat 1 epochs over forget { minimize ce(forget, labels: new_class) by sgd(lr: 0.1) }
//~ error unknown-name: there is no new class to label with
}

method alone {
  start from original
  repeat 1 epochs over forget { minimize contrast(forget) by sgd(lr: 0.1) }
//~ error unknown-name: `beside` is a batch of another set, and this phase has none
}

method no_rounds {
  start from original
  repeat 1 epochs over forget for the first 2 rounds { minimize ce(forget) by sgd(lr: 0.1) }
//~ error unknown-name: `for the first …` speaks of the rounds of an `alternate`, and there is none
}

method twice {
  start from original
  alternate 2 rounds {
    alternate 2 rounds {
//~ error too-deep: an alternation cannot stand in another one
      repeat 1 epochs over forget { minimize ce(forget) by sgd(lr: 0.1) }
    }
  }
}

method lost = ft then retrain
//~ error wrong-type: `retrain` does not start from the original model: what was done before is lost

method views {
  start from original
  repeat 1 epochs over retain + forget { minimize ce(retain) + ce(forget, view: clean) by sgd(lr: 0.1) }
//~ error wrong-type: the losses of one phase must have one `view` and one `mode`
}

method wrong_sample {
  start from original
  repeat 1 epochs over sample(retain, 3) { minimize ce(retain) by sgd(lr: 0.1) }
//~ error wrong-type: `sample` takes a set and a percentage up to 100%
}

method no_surgery {
  start from original
  step all by magnitude
//~ error wrong-type: `by` takes a surgery
}

method not_a_loss {
  start from original
  update only top(10%, rank: gradient(all))
//~ error wrong-type: `of` takes a loss
  repeat 1 epochs over retain { minimize 3 by sgd(lr: 0.1) }
//~ error wrong-type: `minimize` takes a loss, this is a plain number
}

experiment study {
  data    = digits
  model   = small_cnn
  train   = training(2 epochs)
  forget  = each {
//~ error cannot-weigh: `iu` cannot be the lower level of a worst-case selection
//~ error out-of-range: the ranks from 50% to 20% are none
    newton   = worst_case@paper(10%, against: iu)
    composed = worst_case@paper(10%, against: both_of_them)
    classes  = worst_case@paper(3 samples, weigh: class)
//~ error wrong-unit: a worst-case selection of classes has a budget of classes, not of samples
    nothing  = ranks(margin, from: 50%, to: 20%)
  }
  unlearn = each [retrain, lost]
  measure = [ua]
}

method both_of_them = ft then ga

table main {
  from    = study
  rows    = forget * unlearn
  columns = [ua]
  cell    = mean over seed
}
