// What nothing uses, and what hides the library's.
let idle = 3
//~ warning unused: `idle` is never used
let sgd = 4
//~ warning shadowing: `sgd` hides the one of the standard library
//~ warning unused: `sgd` is never used

let f(x, y) = x
//~ error unread-parameter: nothing in `f` reads `y`
//~ warning unused: `f` is never used

experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
