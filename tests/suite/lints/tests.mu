// Tests of significance that no numbers can pass.
experiment three {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft, ga]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment ten {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft, ga]
  seed    = each 0..10
  measure = [ua, ra, ta]
}

table few {
  from    = three
  rows    = unlearn
  columns = [ua, ra, ta]
  test    = wilcoxon(against: retrain)
//~ warning weak-test: this test can mark no difference as significant
}

table students {
  from    = three
  rows    = unlearn
  columns = [ua, ra, ta]
  test    = paired(against: retrain)
}

table enough {
  from    = ten
  rows    = unlearn
  columns = [ua, ra, ta]
  test    = wilcoxon(against: retrain)
}

claim "differs" {
  wilcoxon(three.ua where unlearn == ft over seed, three.ua where unlearn == ga over seed) < 0.05
//~ warning weak-test: this claim can never hold
}
claim "differs by ten" {
  wilcoxon(ten.ua where unlearn == ft over seed, ten.ua where unlearn == ga over seed) < 0.05
}
claim "differs by Student's" {
  paired(three.ua where unlearn == ft over seed, three.ua where unlearn == ga over seed) < 0.05
}

// A whole class of ten is a tenth of the data.
experiment sizes {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each { random = random(10%), class = by_class(3), file = from_file("f.npy", counted_in: part) }
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment hundred {
  data    = cifar100
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each { random = random(10%), class = by_class(3) }
//~ warning incomparable-budgets: forget sets of 10% and of 100% of a class of 100 side by side
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
