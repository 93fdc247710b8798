//! Recipes: losses, mixed batches, kept weights, early ends.
mu 1

let careful = training(5 epochs, label_smoothing: 0.1, mixup: 0.2, cutmix: 1, keep: best(va), patience: 3 epochs)

experiment fine {
  data    = digits
  model   = small_cnn
  train   = each {
    careful  = careful
    averaged = training(5 epochs, keep: ema(0.99))
    loss     = training(5 epochs, loss: 0.9 * ce(retain, balance: 1) + 1e-4 * l1(all), keep: best(cross_entropy(validation)))
    file     = checkpoint("model.pth", retrain: careful, unseen: validation)
  }
  forget  = random(10%)
  unlearn = each [retrain, ft]
  measure = [ua, ra]
}

experiment nothing_held_out {
  data    = digits(validation: 0%)
  model   = small_cnn
  train   = careful
  //~ error missing-field: this recipe goes by validation samples, and the data set holds out none
  forget  = random(10%)
  unlearn = each [retrain, ft]
  measure = [ua, ra]
}

experiment wrong {
  data    = digits
  model   = small_cnn
  train   = each {
    test     = training(5 epochs, keep: best(ta))
    //~ error held-out: the best epoch is chosen by validation samples, and this metric uses test samples
    train    = training(5 epochs, keep: best(ra))
    //~ error wrong-type: the best epoch is the one of best validation accuracy or cross-entropy
    formula  = training(5 epochs, keep: best(abs(va)))
    //~ error wrong-type: the best epoch is the one of best validation accuracy or cross-entropy
    average  = training(5 epochs, keep: average(0.1))
    //~ error wrong-type: `keep` takes a kept or `last`
    both     = training(5 epochs, label_smoothing: 0.1, loss: ce(retain))
    //~ error wrong-type: a recipe with a `loss` of its own says there how labels are smoothed
    forgets  = training(5 epochs, loss: -ce(forget))
    //~ error unknown-name: nothing is called `forget`
    original = training(5 epochs, loss: kl(original, retain))
    //~ error wrong-type: the loss of a recipe reads the original model, which it makes
    other    = training(5 epochs, loss: contrast(retain))
    //~ error wrong-type: the loss of a recipe reads a batch of another set, and it has one
    new      = training(5 epochs, loss: ce(retain, labels: new_class))
    //~ error wrong-type: the loss of a recipe reads a class that nothing adds
    clean    = training(5 epochs, loss: ce(retain, view: clean))
    //~ error wrong-type: a recipe sees images as the data set augments them, in training mode
    alpha    = training(5 epochs, mixup: 0)
    //~ error out-of-range: `mixup` is out of range: 0
    share    = training(5 epochs, label_smoothing: 1.5)
    //~ error out-of-range: `label_smoothing` is out of range: 1.5
    never    = training(5 epochs, patience: 0 epochs)
    //~ error out-of-range: `patience` is out of range: 0 epochs
  }
  forget  = random(10%)
  unlearn = each [retrain, ft]
  measure = [ua, ra]
}

/// Retrain, as a text of one's own.
method again {
  start from scratch
  repeat train.epochs over retain in batches of train.batch {
//~ error cannot-weigh: this is what cannot be weighted
    minimize train.loss
    by train.optimizer
  }
}

experiment weighed {
  data    = digits
  model   = small_cnn
  train   = careful
  forget  = worst_case@paper(10%, against: again)
//~ error cannot-weigh: `again` cannot be the lower level of a worst-case selection
  unlearn = each [retrain, ft]
  measure = [ua, ra]
}
