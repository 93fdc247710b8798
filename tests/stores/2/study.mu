//! Every kind of step, small: what a store of this version has in it. `tests/stores/make` wrote the store beside.
mu 1

model scripted { torchscript("../../parity/fixtures/checkpoints/scripted.pt", features: classes) }

/// Trained, scored, searched, unlearned, measured; shadow models and rounds are steps as well.
experiment trained {
  data    = digits
  model   = small_cnn(width: 2)
  train   = training(1 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
  forget  = each {
    random = random(10%)
    el2n   = lowest(10%, score: el2n(models: 1, epochs: 1 epochs))
    worst  = worst_case(10%, rounds: 1 rounds)
    class  = worst_case(1 classes, weigh: class, rounds: 2 rounds)
    paper  = worst_case@paper(10%, rounds: 1 rounds, epochs: 1 epochs)
  }
  unlearn = ft(epochs: 1 epochs)
  measure = [ua, ra, ta, mia]
}

/// A module from a file.
experiment module {
  data    = digits
  model   = scripted
  train   = training(1 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05))
  forget  = random(10%)
  unlearn = each [ft(epochs: 1 epochs), no_unlearning]
  measure = [ua, ta]
}

/// An original model from a file.
experiment loaded {
  data    = digits
  model   = small_cnn(width: 2)
  train   = checkpoint("../../parity/fixtures/checkpoints/digits.pth", retrain: training(1 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05)))
  forget  = random(10%)
  unlearn = each [ft(epochs: 1 epochs), no_unlearning]
  measure = [ua, ta]
}

table trained_table {
  from    = trained
  rows    = forget
  columns = [ua, ra, ta, mia]
}

table loaded_table {
  from    = loaded
  rows    = unlearn
  columns = [ua, ta]
}

table module_table {
  from    = module
  rows    = unlearn
  columns = [ua, ta]
}
