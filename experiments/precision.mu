//! Does bfloat16 change what a study says? The same trainings and methods in both precisions, over five seeds: fifteen minutes on
//! two cores.
mu 1

experiment precision {
  data    = fashion_mnist(train: 3000 samples, test: 2000 samples)
  model   = resnet20s
  train   = training(
    epochs: 12 epochs,
    batch: 64 samples,
    optimizer: sgd(lr: 0.1, schedule: cosine),
    precision: each [float32, bf16]
  )
  forget  = random(10%)
  unlearn = each [retrain, ft(epochs: 3 epochs, batch: 64 samples)]
  seed    = each 0..5
  measure = [ua, ra, ta, mia]
}

table main {
  from    = precision
  rows    = unlearn * train.precision
  columns = [ua, ra, ta, mia]
  cell    = mean ± std over seed
  caption = "Fashion-MNIST (3 000 images), ResNet-20s: what is computed in float32 and in bfloat16."
}
