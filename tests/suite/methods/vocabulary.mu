//! Every statement that a method can have, every loss, law of labels, set of parameters and change of them.

/// As a rule of one's own, and a loss, and a set.
loss distilled(of: set, temperature: real > 0 = 2) = ce(of) + kl(original, of, temperature: temperature)
parameters head = last(1 layers) + norms

method vocabulary(std: real >= 0 = 0.01, share: percent = 20%) {
  start from original drawn anew
  add class
  update only all - norms
  slow convs + linears to 0.5
  reinit top(share, rank: magnitude, of: linears)
  step some(2, of: moving) by noise(std)
  step first(1 layers) by transpose
  alternate 3 rounds {
    repeat 1 epochs over forget in batches of 64 samples for the first 2 rounds {
      minimize ce(forget, labels: new_class) + decay(1e-4 * l1(head), rest: 1 epochs)
      by sgd(lr: 0.01, schedule: triangle(up: 2 epochs))
    }
    repeat 1 epochs over retain with forget in batches of 64 samples {
      minimize distilled(retain) - 0.1 * entropy(forget) + 1e-5 * l2(named("conv*"), from: original)
      by sgd(lr: 0.01, schedule: cosine(epochs: 6 epochs))
    }
  }
  update only head
  repeat 1 epochs over sample(retain, 30%) + forget in batches of 64 samples {
    minimize ce(retain, balance: 1) + ce(forget, labels: boundary(epsilon: 0.05))
    by sign_sgd
  }
}

method in_turn = ft(epochs: 1 epochs) on lowest(50%, score: loss_score) then ga(epochs: 1 epochs) on rest then vocabulary

experiment study {
  data    = digits
  model   = small_cnn
  train   = training(2 epochs, batch: 64 samples)
  forget  = random(10%)
  unlearn = each [vocabulary, in_turn]
  measure = [ua]
}

table main {
  from    = study
  rows    = unlearn
  columns = [ua]
  cell    = mean over seed
}
