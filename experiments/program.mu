//! A method that is a program in Python, beside one of the library's: `npo.py` needs a python3 with PyTorch.
mu 1

method npo = program("npo.py", lr: 1e-3, beta: 0.1, epochs: 5, batch: 64)

experiment program {
  data    = digits
  model   = small_cnn
  train   = training(20 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = random(10%)
  unlearn = each [retrain, npo, ga(lr: 3e-3, batch: 64 samples)]
  seed    = each 0..3
  measure = [ua, ra, ta, mia, avg_gap, rte]
}

table main {
  from    = program
  rows    = unlearn
  columns = [ua, ra, ta, mia, avg_gap, rte]
  cell    = mean ± std over seed
}
