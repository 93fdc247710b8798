// `builtin` is for what the engine has.
metric mine: percent builtin
//~ error no-kernel: the engine has no metric `mine`
layer swish builtin
//~ error no-kernel: the engine has no layer `swish`
augmentation mixup builtin
//~ error no-kernel: the engine has no augmentation `mixup`
source zip_files(root: path) builtin
//~ error no-kernel: the engine has no source `zip_files`
selection easiest(budget: percent) builtin
//~ error no-kernel: the engine has no selection `easiest`

model m() { conv1: conv(8, 3) -> swish -> global_average_pool -> fc: linear(classes) }

dataset d() {
  source    = zip_files("x")
  classes   = 10
  channels  = 1
  canvas    = 8 px
  normalize = channels(mean: [0.3], std: [0.4])
}

experiment a {
  data    = digits
  model   = m
  train   = training(5 epochs)
  forget  = easiest(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [mine]
}

experiment b {
  data    = d
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
