//! Which method the lower level of the selection runs, and by which optimizer.
mu 1

use "./scale.mu" as s

let budget = 10%
let b = s.scale.batch

experiment lower_level {
  data    = s.scale.one
  model   = s.scale.model
  train   = s.scale.train
  forget  = each {
    random  = random(budget)
    ft      = worst_case@paper(budget, against: ft(batch: b), rounds: s.scale.rounds, epochs: s.scale.epochs)
    ft_sgd  = worst_case@paper(
      budget,
      against: ft(batch: b),
      rounds: s.scale.rounds,
      epochs: s.scale.epochs,
      optimizer: sgd(lr: 0.01)
    )
    rl      = worst_case@paper(budget, against: rl(batch: b), rounds: s.scale.rounds, epochs: s.scale.epochs)
    scrub   = worst_case@paper(budget, against: scrub(batch: b), rounds: s.scale.rounds, epochs: s.scale.epochs)
    retrain = worst_case@paper(budget, against: retrain, rounds: s.scale.rounds, epochs: s.scale.epochs)
  }
  unlearn = each { retrain = retrain, ft = ft(batch: b), scrub = scrub(batch: b) }
  seed    = each s.scale.seeds
  measure = [ua, mia, ra, ta]
}

table by_lower_level {
  from    = lower_level
  rows    = forget
  columns = unlearn * [ua, ta]
  cell    = mean ± std over seed
  caption = "Worst-case forget sets of several lower levels."
}
