// TorchScript functions, losses times numbers of a step, and what parameters are ranked by.
loss preference(of: set) = mean(of, torchscript("npo.pt", logits, label, original.logits))
score hardness = torchscript("hard.pt", logits, label)
metric outside = mean(forget, torchscript("npo.pt", logits, label, retrained.logits))

loss no_file(of: set) = mean(of, torchscript(3, logits))
//~ error wrong-type: `torchscript` takes the path of a file first, this is a plain number
loss no_values(of: set) = mean(of, torchscript("npo.pt"))
//~ error wrong-type: `torchscript` cannot take 1 values
loss of_no_sample(of: set) = mean(of, torchscript("npo.pt", class_count))
//~ error axes: a TorchScript function makes a number of each sample, and none of its values is of a sample
loss of_weights(of: set) = mean(of, torchscript("npo.pt", logits, weights(all)))
//~ error wrong-type: a TorchScript function takes values of samples, and this has weights among them
loss over_classes(of: set) = mean(of, sum(torchscript("npo.pt", logits), over: class))
//~ error axes: `sum` goes over an axis, and this is a number

method wrong {
  start from original
  repeat 1 epochs over forget in batches of 16 samples {
    minimize no_file(forget) + no_values(forget) + of_no_sample(forget) + of_weights(forget) + over_classes(forget)
    by sgd(lr: 0.01)
  }
}

method factors {
  start from original
  repeat 1 epochs over forget in batches of 16 samples {
    minimize logits * ce(forget)
//~ error axes: a loss is multiplied by one number, this is a tensor over `class` of each sample
    by sgd(lr: 0.01)
  }
  repeat 1 epochs over forget in batches of 16 samples {
    minimize ce(forget) * -log_p(label)
//~ error axes: a loss is multiplied by one number, this is a number of each sample
    by sgd(lr: 0.01)
  }
  repeat 1 epochs over forget in batches of 16 samples {
    minimize ce(forget) / (0 * pi)
//~ error wrong-type: this divides by zero
    by sgd(lr: 0.01)
  }
  repeat 1 epochs over forget in batches of 16 samples {
    minimize progress / ce(forget)
//~ error wrong-type: `/` cannot stand between a number and a loss
    by sgd(lr: 0.01)
  }
}

method ranked_by {
  start from original
  update only top(10%, rank: gradient(ce(forget) + 0.1 * l2(all)))
//~ error wrong-type: this cannot be what parameters are ranked by
  update only top(10%, rank: squared_gradient(kl(average(0.1), forget)))
//~ error wrong-type: this cannot be what parameters are ranked by
  repeat 1 epochs over forget in batches of 16 samples {
    slow exceeding(1, rank: gradient(progress * ce(forget)), than: magnitude) to 0
//~ error unknown-name: nothing is called `progress`
    slow exceeding(-1, rank: magnitude, than: magnitude) to 0
//~ error out-of-range: `times` is out of range: -1
    slow all to retain
//~ error wrong-type: `to` takes a plain number
    minimize ce(forget)
    by sgd(lr: 0.01)
  }
  keep best by progress * ce(forget)
//~ error wrong-type: `keep best by` takes losses and numbers, this is a number
  repeat 1 epochs over forget in batches of 16 samples {
    minimize ce(forget)
    by sgd(lr: 0.01)
  }
}

method right {
  start from original
  repeat 1 epochs over retain + forget in batches of 16 samples {
    slow all - exceeding(2, rank: squared_gradient(ce(forget)), than: gradient(ce(retain)), of: convs) to 0.1
    slow norms to 0
    minimize (1 + cos(pi * progress)) / 2 * preference(forget) + progress * l2(all) + pi * ce(retain)
    by sgd(lr: 0.01)
  }
}

experiment e {
  data = digits
  model = small_cnn
  train = training(1 epochs)
  forget = highest(10%, score: hardness)
  unlearn = each [retrain, right]
  measure = [ua, outside]
}
