//! Class-wise unlearning: classes drawn at random against the worst-case ones.
mu 1

use "./scale.mu" as s

let b = s.scale.batch

experiment class_wise {
  data    = s.scale.one
  model   = s.scale.model
  train   = s.scale.train
  forget  = each {
    first = by_class([0, 1])
    worst = worst_case@paper(2 classes, weigh: class, against: ft(batch: b), rounds: s.scale.rounds, epochs: 1 epochs)
  }
  unlearn = each { retrain = retrain, ft = ft(batch: b), scrub = scrub(batch: b), salun = salun(batch: b) }
  seed    = each s.scale.seeds
  measure = [ua, mia, ra, ta]
}

table of_classes {
  from    = class_wise
  rows    = unlearn
  columns = forget * [ua, mia, ra, ta]
  cell    = mean ± std over seed
  caption = "Two classes are forgotten."
}
