// Classes are numbered from 0, and the data set says how many there are.
selection birds = by_class([2, 12])
//~ error out-of-range: there is no class 12

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each {
    one   = by_class(12)
//~ error out-of-range: there is no class 12
    last  = by_class(9)
    below = by_class(-1)
//~ error out-of-range: there is no class -1
    list  = by_class([0, 9, 10])
//~ error out-of-range: there is no class 10
    both  = union(by_class(3), by_class(99))
//~ error out-of-range: there is no class 99
    named = birds
  }
  unlearn = each [retrain, ft on by_class(11)]
//~ error out-of-range: there is no class 11
  seed    = each 0..3
  measure = [ua, ra, ta, accuracy(test, class: 10)]
//~ error out-of-range: there is no class 10
}

// Of two data sets the forget set's class is one of those that it stands beside.
experiment b {
  data    = each [digits, cifar100]
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each { few = by_class(3), many = by_class(50) }
//~ error out-of-range: there is no class 50
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment c {
  data    = each [digits, cifar100]
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each { few = by_class(3), many = by_class(50) }
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
  except { data == digits and forget == many }
}

table t {
  from    = c
  rows    = data * forget * unlearn
  columns = [accuracy(test, class: 20)]
//~ error out-of-range: there is no class 20
  cell    = mean ± std over seed
}

dataset fewer {
  source    = uci_digits
  classes   = 10
  channels  = 1
  canvas    = 8 px
  only      = [1, 10]
//~ error out-of-range: there is no class 10
  normalize = channels(mean: [0.3], std: [0.4])
}
