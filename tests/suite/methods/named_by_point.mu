//! Checkpoints whose names have positions of axes in them.
mu 1

let published = checkpoint("{data}/original_{seed}.pth", retrain: training(5 epochs), unseen: validation)

method elsewhere(tag: text = "a") {
  start from checkpoint("{tag}/npo_{model}_{forget}_{seed}.pth")
}

method rated(lr: real > 0 = 0.1) {
  start from checkpoint("npo_{unlearn.lr}.pth")
  repeat 1 epochs over retain in batches of 64 samples { minimize ce(retain) by sgd(lr: lr) }
}

experiment fine {
  data    = digits
  model   = each [small_cnn, small_cnn(width: 8)]
  train   = published
  forget  = random(each [1%, 10%])
  unlearn = each [retrain, elsewhere, rated(lr: each [0.1, 0.2])]
  seed    = each 0..3
  measure = [ua, ra]
}

experiment wrong {
  data    = digits
  model   = small_cnn
  train   = checkpoint("original_{forget}.pth", retrain: training(5 epochs), unseen: validation)
  //~ error unknown-name: the original model does not depend on `forget`, and its file is named by it
  forget  = random(10%)
  unlearn = each [retrain, rated]
  //~ error unknown-name: `unlearn.lr` in the name of a file is no axis of this experiment
  measure = [ua, ra]
}

method later(file: path = "npo_{seed}.pth") {
  //~ error unknown-name: nothing is called `seed`
  start from checkpoint(file)
}
