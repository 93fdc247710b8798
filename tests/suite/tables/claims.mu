// Claims.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

claim "fine" {
  mean(a.ua where unlearn == retrain over seed) < 10% and not (max(a.ua where unlearn == ft over seed) > 2 * 3%)
}

claim "wrong" {
  mean(a.ua where unlearn == retrian over seed) < 10%
//~ error unknown-position: no point of `a` has `unlearn == retrian`
}

claim "units" {
  mean(a.ua where unlearn == ft over seed) < 10
//~ error wrong-unit: the two sides of this comparison have different units
}

claim "open axis" {
  mean(a.ua over seed) < 10%
//~ error unaggregated: axis `unlearn` is neither shown, fixed nor aggregated over
}

claim "no experiment" {
  mean(ua) < 10% or mean(b.ua) < 1%
//~ error unknown-name: there is no experiment `b`
//~ error wrong-type: `ua` does not say of which experiment
}

claim "no comparison" {
  mean(a.ua where unlearn == ft)
//~ error wrong-type: a claim compares two amounts
}

claim "not an aggregate" {
  a.ua < 3%
//~ error wrong-type: `a.ua` is many numbers, one per point
}

claim "arithmetic" {
  abs(mean(a.ua where unlearn == ft) - mean(a.ua where unlearn == retrain)) / 2 <= 5% and mean(a.ua where unlearn == ft) + 1 >= 0
//~ error wrong-unit: `+` cannot stand between a percentage and a plain number
}

claim "everywhere" {
  mean(a.ua where seed >= 0 over unlearn) == 1%
//~ error unaggregated: axis `seed` is neither shown, fixed nor aggregated over
//~ warning no-effect: every point of the grid is like this
}
