// Which samples a list counts, and which samples a checkpoint has seen.
experiment held_out {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each [from_file("a.npy"), union(by_class(3), from_file("b.npy"))]
//~ warning renumbered: `from_file` counts the samples that are taken, not all of the data set
  unlearn = each [retrain, ft]
  measure = [ua, ra, ta]
}

experiment some {
  data    = cifar10(train: 5000 samples)
  model   = small_cnn
  train   = training(5 epochs)
  forget  = from_file("a.npy")
//~ warning renumbered: `from_file` counts the samples that are taken, not all of the data set
  unlearn = each [retrain, ft]
  measure = [ua, ra, ta]
}

experiment all {
  data    = cifar10
  model   = small_cnn
  train   = training(5 epochs)
  forget  = from_file("a.npy")
  unlearn = each [retrain, ft]
  measure = [ua, ra, ta]
}

experiment said {
  data    = cifar10(only: [3, 5])
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each [from_file("a.npy", counted_in: part), from_file("b.npy", counted_in: training)]
  unlearn = each [retrain, ft]
  measure = [ua, ra, ta]
}

experiment published {
  data    = cifar10
  model   = small_cnn
  train   = checkpoint("published.pth", retrain: training(5 epochs))
//~ warning perhaps-trained-on: `va` takes the validation samples for unseen, and this checkpoint may have been trained on them
  forget  = random(10%)
  unlearn = each [retrain, ft]
  measure = [ua, va]
}

experiment tuned {
  data    = cifar10
  model   = small_cnn
  train   = checkpoint("published.pth", retrain: training(5 epochs))
//~ warning perhaps-trained-on: `avg_gap@validation` takes the validation samples for unseen, and this checkpoint may have been trained on them
  forget  = random(10%)
  unlearn = each [retrain, ft]
  measure = [ua]

  tune unlearn.lr over [1e-3, 1e-2] { minimize = avg_gap@validation }
}

experiment nothing_held_out {
  data    = cifar10(validation: 0%)
  model   = small_cnn
  train   = checkpoint("published.pth", retrain: training(5 epochs))
  forget  = random(10%)
  unlearn = each [retrain, ft]
  measure = [ua, ta, mia]
}

experiment unseen {
  data    = cifar10
  model   = small_cnn
  train   = checkpoint("own.pth", retrain: training(5 epochs), unseen: validation)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  measure = [ua, va, mia@validation]
}
