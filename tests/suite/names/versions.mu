// Disputed definitions come in versions.
metric gap@mean: percent = mean(abs(m - m[unlearn == retrain]) for m in [ua, ta])
metric gap@worst: percent = max(abs(m - m[unlearn == retrain]) for m in [ua, ta])

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, rl@uniform, rl@excluding_true]
  seed    = each 0..3
  measure = [gap@mean, gap@worst, gap]
//~ error ambiguous-version: `gap` has several definitions
}
