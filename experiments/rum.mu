//! RUM (Zhao et al., NeurIPS 2024): the forget set in parts by how well they are learned, each with a method of its own, beside
//! each method on the whole.
mu 1

let few = 5 epochs
let b = 64 samples

/// Random labels where the original model is surest, gradients of both signs where it is least.
method refined = rl(epochs: few, batch: b) on lowest(50%, score: loss_score)
then neggrad_plus(epochs: few, batch: b) on rest

experiment rum {
  data    = digits
  model   = small_cnn
  train   = training(20 epochs, batch: b, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = random(10%)
  unlearn = each {
    retrain      = retrain
    again        = retrain@again
    nothing      = no_unlearning
    rl           = rl(epochs: few, batch: b)
    neggrad_plus = neggrad_plus(epochs: few, batch: b)
    refined      = refined
  }
  seed    = each 0..3
  measure = [ua, ra, ta, tow, tow_mia]
}

table main {
  from    = rum
  rows    = unlearn
  columns = [ua, ra, ta, tow, tow_mia]
  cell    = mean ± std over seed
  caption = "RUM beside its parts, and the controls: Retrain on other random numbers, and no unlearning at all."
}
