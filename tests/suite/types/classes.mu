// Classes that metrics speak of.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = by_class(each [3, 4])
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ta, ta@whole, va@whole, mia@whole, tow@whole, avg_gap@whole, accuracy(test, class: 1), accuracy(test, class: [1, 4])]
}

experiment b = a with { measure = [ua, accuracy(test, class: 10)] }
//~ error out-of-range: there is no class 10

experiment c = a with { measure = [ua, accuracy(retain, without: [1, -1])] }
//~ error out-of-range: there is no class -1

experiment d = a with { measure = [ua, accuracy(test_retained, class: [])] }
//~ error out-of-range: `accuracy(on: test_retained, class: [])` is of no class

experiment f = a with { measure = [ua, accuracy(test, class: [1.5])] }
//~ error wrong-type: `class` takes a whole number or a list of whole numbers or `all`

table of_classes {
  from    = a
  rows    = forget.classes * unlearn
  columns = [accuracy(test, without: [1, 4]), accuracy(test, without: 11), accuracy(test, class: 2, without: [2, 3])]
//~ error out-of-range: `accuracy(on: test, class: 2, without: [2, 3])` is of no class
//~ error out-of-range: there is no class 11
}
