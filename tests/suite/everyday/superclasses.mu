//! CIFAR-20: the classes are the superclasses of CIFAR-100, and a sub-class, rocket, is forgotten.
mu 1

experiment superclasses {
  data    = cifar100("cifar", labels: coarse)
  model   = small_cnn(width: 4)
  train   = training(2 epochs, batch: 32 samples, optimizer: sgd(lr: 0.01))
  forget  = by_group(groups: attribute("fine"), group: 69)
  unlearn = each [retrain, bad_teacher(epochs: 1 epochs)]
  measure = [ua, ra, ta, zrf, samples_seen]
}
