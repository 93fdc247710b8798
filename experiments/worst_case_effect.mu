//! What the worst-case forget set of each lower level does to Retrain, on 4 000 images of Fashion-MNIST. After retraining without a
//! random tenth the model gets some of it wrong. Without a worst-case tenth it still gets it right.
mu 1

use "./recipes.mu" as recipes

let budget = 10%

experiment effect {
  data    = recipes.small_fashion
  model   = lenet
  train   = recipes.short
  forget  = each {
    random  = random(budget)
    ft      = worst_case@paper(budget, against: ft(batch: 128 samples), rounds: 10 rounds, epochs: 3 epochs)
    rl      = worst_case@paper(budget, against: rl(batch: 128 samples), rounds: 10 rounds, epochs: 3 epochs)
    scrub   = worst_case@paper(budget, against: scrub(batch: 128 samples), rounds: 10 rounds, epochs: 3 epochs)
    retrain = worst_case@paper(budget, against: retrain, rounds: 10 rounds, epochs: 6 epochs)
    played  = worst_case(budget)
  }
  unlearn = retrain
  seed    = each 0..3
  measure = [ua, ra, ta, mia]
}

table effect_of_lower_level {
  from    = effect
  rows    = forget
  columns = [ua, ra, ta, mia]
  cell    = mean ± std over seed
  caption = "Retrain without 10 % of Fashion-MNIST (4 000 images): a random set, the published worst-case sets of four lower levels, and the one by fictitious play."
}

claim "Retrain still predicts every worst-case set" {
  mean(effect.ua where forget == ft over seed) <= 2%
    and mean(effect.ua where forget == rl over seed) <= 2%
    and mean(effect.ua where forget == scrub over seed) <= 2%
    and mean(effect.ua where forget == retrain over seed) <= 2%
    and mean(effect.ua where forget == played over seed) <= 2%
}
