// A metric of means is one value of many points.
experiment a {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, avg_gap, avg_gap@of_means]
}

metric worst_of_means: percent towards 0% = of_means(max(abs(m - m[unlearn == retrain]) for m in [ua, ra]))

table main {
  from    = a
  rows    = unlearn
  columns = [avg_gap, avg_gap@of_means, worst_of_means]
  cell    = mean ± std over seed
}

claim "small" { mean(a.avg_gap@of_means where unlearn == ft over seed) < 5% }

claim "no pairs" {
  paired(a.avg_gap@of_means where unlearn == ft over seed, a.avg_gap@of_means where unlearn == retrain over seed) < 0.05
//~ error wrong-type: `paired` compares points, and `avg_gap@of_means` is one value of all of them
}

metric two: percent = of_means(ua, ra)
//~ error wrong-type: `of_means` cannot take 2 values

experiment b {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, two]
  tune unlearn.lr over [1e-3, 1e-2] {
    minimize = of_means(va)
//~ error wrong-type: `tune` goes by each point, and `value` is one value of all of them
  }
}
