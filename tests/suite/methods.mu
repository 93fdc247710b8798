// A user's own methods and models are checked like the library's.
method twice {
  start from original
  repeat 2 epochs over retain in batches of 64 samples {
    minimize ce(retain)
    by sgd(lr: 0.1)
  }
  repeat 2 epochs over forget in batches of 64 samples {
    minimize -ce(forget)
    by sgd(lr: 0.1)
  }
}

method stray {
  start from begining
  repeat 1 epochs over retain in batches of 8 samples {
    minimize ce(retain)
    by sgd(lr: 0.1)
  }
}

method wrong {
  start from original
  repeat 1 epochs over retain in batches of 8 samples {
    minimize ce(forget)
    by sgd(lr: 0.1)
  }
}

model bent {
  conv1: conv(8, 3) -> relu -> fc: linear(classes)
}

experiment a {
  data    = digits
  model   = bent
  train   = training(5 epochs)
  forget  = worst_case@paper(10%, against: twice, step: 0.01)
  unlearn = each [retrain]
  measure = [ua]
}
