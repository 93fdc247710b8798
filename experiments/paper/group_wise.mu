//! Group-wise unlearning: people of CelebA, by the identities that come with it.
mu 1

use "./scale.mu" as s

let b = s.scale.batch

experiment group_wise {
  data    = s.scale.faces
  model   = s.scale.model
  train   = s.scale.train
  forget  = each {
    first = by_group(s.scale.groups, [1, 2])
    worst = worst_case@paper(
      s.scale.people,
      weigh: s.scale.groups,
      against: ft(batch: b),
      rounds: s.scale.rounds,
      epochs: 1 epochs
    )
  }
  unlearn = each { retrain = retrain, ft = ft(batch: b), scrub = scrub(batch: b) }
  seed    = each s.scale.seeds
  measure = [ua, mia, ra, ta]
}

table of_groups {
  from    = group_wise
  rows    = unlearn
  columns = forget * [ua, mia, ra, ta]
  cell    = mean ± std over seed
  caption = "People are forgotten."
}
