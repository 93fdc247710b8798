/// The forget set that is hardest to erase (Fan, Liu, Hero, Liu, ECCV 2024), by bi-level optimisation:
/// weights w in {0 ≤ w ≤ 1, Σw = budget} minimise Σ w·loss + gamma·w² after a few epochs of the weighted method,
/// whose text is that of `against`; the set is the `budget` samples of largest weight.
selection worst_case(
  budget: percent | samples > 0,
  against: method = ft,
  rounds: rounds > 0 = 20 rounds,
  epochs: epochs > 0 = 10 epochs,
  optimizer: optimizer = sign_sgd(lr: 1e-3),
  step: real > 0 = 1e3,
  gamma: real >= 0 = 1e-4,
  reverse: bool = false
) builtin
