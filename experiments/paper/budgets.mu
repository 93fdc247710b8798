//! How the worst case depends on the size of the forget set.
mu 1

use "./scale.mu" as s

let b = s.scale.batch

experiment budgets {
  data    = s.scale.one
  model   = s.scale.model
  train   = s.scale.train
  forget  = each {
    random = random(each s.scale.budgets)
    worst  = worst_case@paper(each s.scale.budgets, against: ft(batch: b), rounds: s.scale.rounds, epochs: s.scale.epochs)
  }
  unlearn = each { retrain = retrain, ft = ft(batch: b), l1_sparse = l1_sparse(batch: b) }
  seed    = each s.scale.seeds
  measure = [ua, mia, ra, ta]
}

table by_budget {
  from    = budgets
  rows    = forget * forget.budget
  columns = unlearn * [ua, ta]
  cell    = mean ± std over seed
  caption = "Forget sets of growing size."
}

figure ua_by_budget {
  from    = budgets
  x       = forget.budget
  y       = ua
  line    = forget * unlearn
  cell    = mean ± std over seed
  caption = "Unlearning accuracy by the size of the forget set."
}
