// Unknown names of every sort.
use "./missing.mu" as gone
//~ error unreadable: cannot read `missing.mu`: no such file

let f(x) = x + yy
//~ error unknown-name: nothing is called `yy`
//~ warning unused: `f` is never used

method m(lr: real > 0 = 0.1) {
  start from orignal
//~ error unknown-name: a method starts from `original`, `scratch` or a `checkpoint(..)`, not `orignal`
  repeat 1 epochs over retian { minimize ce(retain) by sgd(lr: lr) }
//~ error unknown-name: nothing is called `retian`
}

experiment a {
  data    = digitz
//~ error unknown-name: nothing is called `digitz`
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(budgt)
//~ error unknown-name: nothing is called `budgt`
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, tra]
//~ error unknown-name: nothing is called `tra`
  sead = 3
//~ error unknown-field: an experiment has no field `sead`
}

table t {
  from    = aa
//~ error unknown-name: there is no experiment `aa`
  rows    = unlearn
  columns = [ua, ra, ta]
  cell    = mean ± std over seed
}
