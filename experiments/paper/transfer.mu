//! Transferability: worst-case sets found with one lower level, or with one model, evaluated with other methods and models.
mu 1

use "./scale.mu" as s

let budget = 10%
let b = s.scale.batch

experiment across_methods {
  data    = s.scale.one
  model   = s.scale.model
  train   = s.scale.train
  forget  = each {
    ft    = worst_case@paper(budget, against: ft(batch: b), rounds: s.scale.rounds, epochs: s.scale.epochs)
    scrub = worst_case@paper(budget, against: scrub(batch: b), rounds: s.scale.rounds, epochs: s.scale.epochs)
  }
  unlearn = each { retrain = retrain, ft = ft(batch: b), scrub = scrub(batch: b), l1_sparse = l1_sparse(batch: b) }
  seed    = each s.scale.seeds
  measure = [ua, ta]
}

table found_and_used {
  from    = across_methods
  rows    = forget
  columns = unlearn * [ua, ta]
  cell    = mean ± std over seed
  caption = "Sets found against one method (rows), used on others (columns)."
}

/// `found_with` chooses the set with another network than the one that is measured.
experiment across_models {
  data    = s.scale.one
  model   = each { own = s.scale.model, other = resnet20s }
  train   = s.scale.train
  forget  = each {
    own   = worst_case@paper(budget, against: ft(batch: b), rounds: s.scale.rounds, epochs: s.scale.epochs)
    found = worst_case@paper(budget, against: ft(batch: b), rounds: s.scale.rounds, epochs: s.scale.epochs, found_with: s.scale.model)
  }
  unlearn = retrain
  seed    = each s.scale.seeds
  measure = [ua, ta]
}

table across {
  from    = across_models
  rows    = model
  columns = forget * [ua, ta]
  cell    = mean ± std over seed
  caption = "Sets found with the model itself and with another one."
}
