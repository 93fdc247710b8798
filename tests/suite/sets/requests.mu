//! Forget sets that are asked for one after the other.
mu 1

metric first = accuracy(request(1))
metric known: real = mean(from_file("q0.json", counted_in: part), -log_p(label))
metric hardest: real = quantile(request(2), -log_p(label), 90%)

experiment in_turn {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = requests([from_file("q0.json", counted_in: part), by_class(3), random(2%)])
  unlearn = each [retrain, ft, ft on random(50%) then ga on rest]
  measure = [ua, first, known, hardest, accuracy(by_class([1, 3])), accuracy(union(request(1), by_class(1)))]
//~ error wrong-type: `request` is what one request asked for, and metrics alone can be taken on that
}

experiment draws {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each { once = random(10%), in_turn = requests([random(2%)], times: 5) }
  unlearn = each { retrain, file = program("npo.py") }
  seed    = each 0..3
  measure = [ua, ra]
  except request == 4
}

table by_request {
  from    = draws
  rows    = [unlearn, request]
  columns = [ua, ra]
  cell    = mean ± std over seed
  where   = forget == in_turn
}

experiment wrong {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each {
    none    = requests([])
    inner   = union(requests([random(1%)]), random(1%))
    request = request(1)
    never   = requests([random(1%)], times: 0)
    many    = requests([random(1%), random(1%)], times: 600)
    one     = requests(random(1%))
  }
  unlearn = each [retrain, ft on requests([random(1%)])]
  measure = [ua]
}

experiment without_parts {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each { left = rest, all = requests([random(1%), worst_case@paper(1%)]) }
  unlearn = each [retrain, ft]
  measure = [ua]
}

experiment measured {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = requests([random(1%), random(1%)])
  unlearn = each [retrain, ft]
  measure = [accuracy(request(3)), accuracy(highest(1%, score: margin)), accuracy(rest)]
}

experiment no_requests {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(1%)
  unlearn = each [retrain, ft]
  measure = [first]
}
