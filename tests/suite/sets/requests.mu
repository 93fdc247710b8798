//! Forget sets that are asked for one after the other.
mu 1

metric earliest = accuracy(request(1))
//~ error unknown-position: `request` is of forget sets in sequence, and this experiment has none
metric known: real = mean(from_file("q0.json", counted_in: part), -log_p(label))
metric hardest: real = quantile(request(2), -log_p(label), 90%)

experiment in_turn {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = requests([from_file("q0.json", counted_in: part), by_class(3), random(2%)])
  unlearn = each [retrain, ft, ft on random(50%) then ga on rest]
  measure = [ua, earliest, known, hardest, accuracy(by_class([1, 3])), accuracy(union(request(1), by_class(1)))]
//~ error wrong-type: `request` is what one request asked for, and metrics alone can be taken on that
}

experiment draws {
//~ warning unused-axis: only `in_turn` of axis `forget` is ever used
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each { once = random(10%), in_turn = requests([random(2%)], times: 5) }
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra]
  except { request == 4 }
}

table by_request {
  from    = draws
  rows    = unlearn * request
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
//~ error out-of-range: this sequence has no request
    inner   = union(requests([random(1%)]), random(1%))
//~ error wrong-type: requests in sequence are a whole forget set, and no part of one
    request = request(1)
//~ error wrong-type: `request` is what one request asked for, and metrics alone can be taken on that
    never   = requests([random(1%)], times: 0)
//~ error out-of-range: `times` is out of range: 0
    many    = requests([random(1%), random(1%)], times: 600)
//~ error out-of-range: a sequence has at most 1000 requests, this one has 1200
    one     = requests(random(1%))
//~ error wrong-type: `of` takes a list of selections
  }
  unlearn = each [retrain, ft on requests([random(1%)])]
//~ error wrong-type: requests in sequence are a whole forget set, and no part of one
  measure = [ua]
}

experiment without_parts {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each { left = rest, all = requests([random(1%), worst_case@paper(1%)]) }
//~ error wrong-type: `rest` is what the parts of a composed method leave, and a forget set is whole
//~ error wrong-type: `worst_case@paper` weighs all training samples, not those that earlier requests left
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
//~ error unknown-position: there is no request 3
//~ error wrong-type: `rest` is what the parts of a composed method leave: a metric has no parts
//~ error wrong-type: a model chooses these samples, and a metric is taken on samples that are known before
}

experiment no_requests {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = random(1%)
  unlearn = each [retrain, ft]
  measure = [earliest]
}
