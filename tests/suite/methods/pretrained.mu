//! Trainings and methods that start from weights of another task.
mu 1

let other = checkpoint("imagenet.pth", unseen: all)

/// Retrain, from a network of other classes.
method from_pretrained {
  start from checkpoint("other.pth")
  reinit last(1 layers)
  repeat train.epochs over retain in batches of train.batch { minimize ce(retain) by train.optimizer }
}

/// Unlearning of a model that was trained elsewhere: it has seen the forget set, as it should.
method elsewhere {
  start from checkpoint("original.pth")
  repeat 1 epochs over retain in batches of 64 samples { minimize ce(retain) by sgd(lr: 0.1) }
}

experiment said {
  data    = digits
  model   = small_cnn
  train   = each {
//~ warning perhaps-trained-on: Retrain, like the original model, starts from a checkpoint that may have been trained on the forget set
    fresh = training(5 epochs)
    other = training(5 epochs, from: other, reinit: last(1 layers))
    whole = training(5 epochs, from: checkpoint("own.pth"))
  }
  forget  = each { random = random(10%), worst = worst_case(10%, against: elsewhere) }
  unlearn = each [retrain, from_pretrained, elsewhere]
//~ warning perhaps-trained-on: `from_pretrained` starts from a checkpoint that may have been trained on the forget set
  measure = [ua, ra]
}

experiment wrong {
  data    = digits
  model   = small_cnn
  train   = each {
    alone  = training(5 epochs, reinit: last(1 layers))
//~ error wrong-type: `reinit` draws anew what a checkpoint has, and this training starts from nothing
    recipe = training(5 epochs, from: training(1 epochs))
//~ error wrong-type: a training starts from `scratch` or from a `checkpoint(..)`
    scored = training(5 epochs, from: other, reinit: top(10%, magnitude))
//~ error wrong-type: which parameters these are only a run can say: a file is compared with the network before
    linear = training(5 epochs, from: other, reinit: linear)
//~ error missing-field: `linear` needs `features`
  }
  forget  = random(10%)
  unlearn = each [retrain, ft]
  measure = [ua, ra]
}
