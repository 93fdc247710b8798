//! Phases in steps, models on the side, arithmetic of weights, lookahead, and the best of the epochs.

/// Task arithmetic, a repair in steps, and a teacher that was made on the side.
method negated(alpha: real > 0 = 0.5, length: steps = 40 steps) {
  start from original
  let tuned = after {
    update only last(2 layers)
    repeat length over forget in batches of 16 samples {
      minimize ce(forget)
      by accumulate(clip_norm(sgd(lr: 0.01, schedule: warmup(1 epochs, before: cosine))), steps: 2)
    }
  }
  let sharper = after {
    repeat 2 epochs over forget in batches of 16 samples { minimize ce(forget) by sam(adam) }
  }
  weights = original - alpha * (tuned - original)
  weights = 0.5 * weights + (original - consensus(tuned - original, sharper - original)) / 2
  repeat length over retain in batches of 16 samples {
    minimize ce(retain) + kl(tuned, retain)
    by sam(sgd(lr: 0.01), rho: 0.1, along: -ce(retain))
  }
}

/// SCRUB's rewind, with a lookahead in every round.
method rewound {
  start from original
  keep best by abs(ce(forget) - ce(validation)) + 0.1 * ce(retain) / 2
  alternate 3 rounds {
    repeat 5 steps over forget in batches of 16 samples { minimize -ce(forget) by sgd(lr: 0.001) }
    lookahead(k: 2 rounds, alpha: 0.8) {
      repeat 1 steps over forget in batches of 16 samples { minimize -ce(forget) by sgd(lr: 0.001) }
      repeat 4 steps over retain in batches of 16 samples { minimize ce(retain) by sgd(lr: 0.001) }
    }
  }
}

experiment study {
  data    = digits
  model   = small_cnn
  train   = training(2 epochs, batch: 64 samples, optimizer: sam(sgd(lr: 0.1)))
  forget  = random(10%)
  unlearn = each [negated, rewound, negated(length: 10 steps) then rewound]
  measure = [ua]
}

table main {
  from    = study
  rows    = unlearn
  columns = [ua]
  cell    = mean over seed
}
