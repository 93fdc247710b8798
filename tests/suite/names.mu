// Unknown names, fields and arguments, with what was meant.
let cut = 10%

experiment a {
  data    = digitz
  model   = small_cnn(widht: 8)
  train   = training(5 epochs, batch: 64 samples)
  forget  = random(cutt)
  unlearn = each [retrain, scrubb]
  measure = [ua, tra]
  sead    = 3
}

table t {
  from    = a
  rows    = unlearn
  columns = [ua]
}
