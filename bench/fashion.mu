//! What `bench/reference.py` does in PyTorch: a training, a selection round and an evaluation with all five attacks.
mu 1

experiment fashion {
  data    = fashion_mnist(train: 5000 samples, test: 2000 samples)
  model   = resnet20s
  train   = training(epochs: 2 epochs, batch: 256 samples, optimizer: sgd(lr: 0.1))
  forget  = worst_case@paper(10%, against: ft, rounds: 1 rounds, epochs: 2 epochs)
  unlearn = no_unlearning
  seed    = 0
  measure = [
    ua,
    ra,
    ta,
    mia,
    mia(feature: entropy),
    mia(feature: modified_entropy),
    mia(feature: correctness),
    mia(feature: probabilities)
  ]
}
