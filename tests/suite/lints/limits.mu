//! Compute budgets, tests of significance, and claims about both.
experiment study {
  data    = digits
  model   = small_cnn
  train   = training(2 epochs, batch: 64 samples)
  forget  = random(10%)
  unlearn = each [retrain, ft(epochs: 1 epochs), ga]
  seed    = each 0..3
  measure = [ua, ta]
  limit unlearn.samples <= 80% of retrain
  limit unlearn.epochs <= 8 epochs
  limit unlearn.flops <= 1e15
  limit unlearn.time <= 2 minutes
}

table tested {
  from    = study
  rows    = unlearn
  columns = [ua, ta]
  cell    = mean ± std over seed
  test    = wilcoxon(against: retrain)
//~ warning weak-test: this test can mark no difference as significant
}

table wrong_test {
  from    = study
  rows    = unlearn
  columns = [ua]
  cell    = mean over seed
  test    = paired(against: retrian)
//~ error unknown-name: axis `unlearn` has no `retrian`
}

table no_test {
  from    = study
  rows    = unlearn
  columns = [ua]
  cell    = mean over seed
  test    = best
//~ error wrong-type: `test` takes `paired(against: METHOD)` or `wilcoxon(against: METHOD)`
}

claim "the ranks of methods hardly change" {
  stability(study.ua over seed) > 0.5
}

claim "fine-tuning is not retraining" {
  paired(study.ua where unlearn == ft over seed, study.ua where unlearn == retrain over seed) < 0.05
  and std(study.ua where unlearn == ft over seed) < 5%
}

claim "one side" {
  paired(study.ua over seed) < 0.05
//~ error wrong-type: `paired` compares two metrics of experiments
}

experiment wrong_limits {
  data    = digits
  model   = small_cnn
  train   = training(2 epochs)
  forget  = random(10%)
  unlearn = each [ft, ga]
  measure = [ua]
  limit unlearn.sample <= 10%
//~ error unknown-name: `unlearn.sample` cannot be limited
  limit unlearn.samples < 10 samples
//~ error syntax: a limit says `<=`, not `<`
  limit unlearn.samples <= 20% of retrain
//~ error missing-baseline: the limit is a share of `retrain`, which this grid does not have
  limit unlearn.epochs <= 2 samples
//~ error wrong-unit: `unlearn.epochs` is limited to an amount such as `10 epochs` or `20% of retrain`
  limit unlearn.time <= 20% of ft
//~ error wrong-unit: a time limit is a time: how long another method takes is not known beforehand
}

table of_wrong_limits {
  from    = wrong_limits
  rows    = unlearn
  columns = [ua]
  cell    = mean over seed
}
