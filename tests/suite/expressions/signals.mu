// What an attack sees of a sample may be a score of outputs.
score own = -log_p(label)
score early_one = early(2, 1 epochs, norm(probabilities - one_hot(label)))
//~ error wrong-type: an attack sees outputs, and `early_one` is more than they say

experiment e {
  data      = digits
  model     = small_cnn
  train     = training(5 epochs)
  forget    = random(10%)
  unlearn   = each [retrain, ft, retrain@again]
  seed      = each 0..3
  reference = retrain@again
  measure   = [ua, mia(feature: own), mia(feature: margin, decision: threshold), avg_gap]
}

experiment f = e with { measure = [ua, mia(feature: early_one)] }

experiment g = e with { reference = ga }
//~ error unknown-position: `ga` is none of the methods of this grid
