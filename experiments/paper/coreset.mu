//! The complement of a worst-case forget set as a coreset: Retrain learns from what is not forgotten. Beside it a random
//! complement and two that coreset methods keep.
mu 1

use "./scale.mu" as s

let b = s.scale.batch

experiment coreset {
  data    = s.scale.one
  model   = s.scale.model
  train   = s.scale.train
  forget  = each {
    random  = random(each [50%, 70%])
    worst   = worst_case@paper(each [50%, 70%], against: ft(batch: b), rounds: s.scale.rounds, epochs: s.scale.epochs)
    easy    = lowest(each [50%, 70%], score: el2n)
    typical = middle(each [50%, 70%], score: feature_distance)
  }
  unlearn = retrain
  seed    = each s.scale.seeds
  measure = [ta, ua]
}

table by_coreset {
  from    = coreset
  rows    = forget * forget.budget
  columns = [ta, ua]
  cell    = mean ± std over seed
  caption = "Retrain on what is left after a share of the data is forgotten."
}
