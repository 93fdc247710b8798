//! After five requests in one method: accuracy on the samples of the first one alone.
mu 1

let b = 64 samples
let q0 = from_file("q0.json", counted_in: part)
let q1 = from_file("q1.json", counted_in: part)
let q2 = from_file("q2.json", counted_in: part)

method ask = ga(lr: 5e-3, epochs: 2 epochs, batch: b)
method three = ask on q0 then ask on q1 then ask on rest

experiment one_request {
  data    = digits
  model   = small_cnn(width: 4)
  train   = training(4 epochs, batch: b, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = union(union(q0, q1), q2)
  unlearn = each [no_unlearning, three]
  measure = [ua, accuracy(q0), accuracy(q1), accuracy(q2)]
}
