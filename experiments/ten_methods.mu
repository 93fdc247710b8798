//! The paper's table, reduced: ten methods on random and worst-case forget sets of 4 000 images of Fashion-MNIST. Learning rates
//! are tuned on the random sets of one seed, by the smallest average gap to Retrain without test samples, and reused.
mu 1

use "./recipes.mu" as recipes

let budget = 10%
let ten = 128 samples

experiment ten_methods {
  data    = recipes.small_fashion
  model   = lenet
  train   = recipes.short
  forget  = each {
    random = random(budget)
    worst  = worst_case(budget)
  }
  unlearn = each {
    retrain   = retrain
    ft        = ft(batch: ten)
    rl        = rl(batch: ten)
    eu_k      = eu_k(batch: ten)
    cf_k      = cf_k(batch: ten)
    scrub     = scrub(batch: ten)
    l1_sparse = l1_sparse(batch: ten)
    bs        = bs(batch: ten)
    be        = be(batch: ten)
    salun     = salun(batch: ten)
  }
  seed    = each 0..3
  measure = [ua, mia, ra, ta, rte]

  tune unlearn.lr over [1e-4, 1e-3, 1e-2] {
    on       = forget == random and seed == 0
    minimize = avg_gap@validation
  }
}

table main {
  from      = ten_methods
  rows      = unlearn
  columns   = forget * [ua, mia, ra, ta, avg_gap, rte]
  cell      = mean ± std over seed
  highlight = best
  caption   = "Unlearning 10 % of Fashion-MNIST (4 000 images) under random and worst-case forget sets."
}
