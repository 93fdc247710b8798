//! Data-wise unlearning: ten methods on random and on worst-case forget sets (the paper's main table).
mu 1

use "./scale.mu" as s

let budget = 10%
let b = s.scale.batch

experiment data_wise {
  data    = each s.scale.data
  model   = s.scale.model
  train   = s.scale.train
  forget  = each {
    random = random(budget)
    worst  = worst_case@paper(budget, against: ft(batch: b), rounds: s.scale.rounds, epochs: s.scale.epochs)
  }
  unlearn = each {
    retrain   = retrain
    ft        = ft(batch: b)
    rl        = rl(batch: b)
    eu_k      = eu_k(batch: b)
    cf_k      = cf_k(batch: b)
    scrub     = scrub(batch: b)
    l1_sparse = l1_sparse(batch: b)
    bs        = bs(batch: b)
    be        = be(batch: b)
    salun     = salun(batch: b)
  }
  seed    = each s.scale.seeds
  measure = [ua, mia, ra, ta, rte]

  tune unlearn.lr over log(1e-4 .. 1e-1, points: 4) {
    on       = forget == random and seed == 0
    minimize = avg_gap@validation
  }
}

table main {
  from      = data_wise
  rows      = data * unlearn
  columns   = forget * [ua, mia, ra, ta, avg_gap, rte]
  cell      = mean ± std over seed
  highlight = best
  test      = paired(against: retrain)
  caption   = "Unlearning {budget} of the training data under random and worst-case forget sets."
}
