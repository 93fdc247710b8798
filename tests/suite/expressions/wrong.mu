// Expressions that do not fit: each is said where it is written.
loss axes(of: set) = mean(of, sum(logits - features))
//~ error axes: a tensor over `class` and a tensor over `feature` do not fit: axes match by name
loss layers(of: set) = mean(of, sum(features("a") - features("b")))
//~ error axes: a tensor over `feature of a` and a tensor over `feature of b` do not fit: axes match by name
loss not_taken_together(of: set) = mean(of, logits)
//~ error axes: samples are taken together by a number of each, this is a tensor over `class`
loss a_class(of: set) = mean(of, argmax(logits))
//~ error axes: samples are taken together by a number of each, this is a class
loss class_arithmetic(of: set) = mean(of, label * 2)
//~ error axes: a class is no number: compare it, or pick an entry by it
loss no_path(of: set) = mean(of, -original.log_p(label))
loss stopped(of: set) = mean(of, stop(-log_p(label)))
loss three(of: set) = mean(of, 3)
loss unit(of: set) = mean(of, -log_p(label) / 10%)
//~ error wrong-unit: an expression takes plain numbers, this is a percentage
loss no_axis(of: set) = mean(of, max(-log_p(label), over: class))
//~ error axes: `max` goes over an axis, and this is a number
loss which_axis(of: set) = mean(of, -log_p(label) + sum(softmax(image)))
//~ error axes: `softmax` goes over one axis, and a tensor over `channel`, `row`, `column` has several
loss other_axis(of: set) = mean(of, sum(logits, over: row))
//~ error axes: a tensor over `class` has no axis `row`
loss operands(of: set) = mean(of, -log_p(label, original))
//~ error wrong-type: `log_p` cannot take 2 values
loss labelled(of: set) = mean(of, -log_p(label, by: image))
//~ error unknown-field: `log_p` does not take `by`
loss part_of_network(of: set) = mean(of, sum(original.outputs) * sum(logits))
//~ error unknown-field: a network has no `outputs`
loss no_picture(of: set) = mean(of, sum(logits(at: logits)))
//~ error axes: a network takes an image of each sample, this is a tensor over `class`
loss by_number(of: set) = mean(of, logits[0.5])
//~ error axes: a class is needed here, this is a number
loss wild(of: set) = mean(of, sum(logits * draw(gauss, like: logits)))
//~ error unknown-name: nothing is called `gauss`
loss like_what(of: set) = mean(of, sum(logits * draw(normal)))
//~ error missing-field: `draw` needs `like`
loss other_classes(of: set) = mean(of, -log_p(draw(class, except: argmax(logits))))
//~ error wrong-type: a class is drawn among all, or among all but the sample's own
loss searched(of: set) = mean(of, -log_p(label, at: argmax(-log_p(label), over: x, from: image, step: 0.1)))
//~ error axes: the expression does not depend on `x`
loss no_start(of: set) = mean(of, -log_p(label, at: argmax(-log_p(label, at: x), over: x, step: 0.1)))
//~ error missing-field: `argmax` needs `from`
loss two_sets = sum(abs(weights(all) - original.weights(last(1 layers))))
//~ error wrong-type: this joins the weights of two sets of parameters
loss mean_of_weights = mean(abs(weights(all)))
//~ error wrong-type: entries of parameters are added up: their mean has no usual meaning
loss unsaid(of: set, how: this | that | those = those) = mean(of, case(how, this: -log_p(label), that: logits[label]))
//~ error missing-field: `case` says nothing of `those`
loss through_beside(of: set) = mean(of, sum(beside.logits(at: image)) + logits[label])
//~ error wrong-type: `beside` is a batch that went through the network: it has no other input
loss nothing(of: set) = mean(of, logits[label] / 0)
//~ error wrong-type: this divides by zero

method m {
  start from original
  repeat 1 epochs over forget in batches of 16 samples {
    minimize axes(forget) + layers(forget) + not_taken_together(forget) + a_class(forget) + class_arithmetic(forget)
      + unit(forget) + no_axis(forget)
      + which_axis(forget) + other_axis(forget) + operands(forget) + labelled(forget) + part_of_network(forget)
      + no_picture(forget) + by_number(forget) + wild(forget) + like_what(forget) + other_classes(forget)
      + searched(forget) + no_start(forget) + two_sets + mean_of_weights + unsaid(forget)
      + through_beside(forget) + nothing(forget)
    by sgd(lr: 0.01)
  }
}

method still {
  start from original
  repeat 1 epochs over forget in batches of 16 samples {
    minimize no_path(forget)
//~ error axes: this loss does not depend on the weights that move
    by sgd(lr: 0.01)
  }
  repeat 1 epochs over forget in batches of 16 samples {
    minimize stopped(forget) + three(forget)
//~ error axes: this loss does not depend on the weights that move
    by sgd(lr: 0.01)
  }
  repeat 1 epochs over forget in batches of 16 samples {
    minimize mean(test, -log_p(label))
//~ error wrong-type: a loss may use training samples only, these are the test samples
    by sgd(lr: 0.01)
  }
  repeat 1 epochs over forget in batches of 16 samples {
    minimize mean(forget, -log_p(label)) + mean(forget, entropy_of)
//~ error unknown-name: nothing is called `entropy_of`
    by sgd(lr: 0.01)
  }
}

method fine {
  start from original
  repeat 1 epochs over forget with retain in batches of 16 samples {
    minimize mean(forget, square_norm(logits - average(0.1).logits)) + mean(forget, -average(0.5).log_p(label, at: image) * log_p(label))
      + 0.1 * mean(forget, -mean(log_softmax(dot(logits, beside.logits, over: class))))
    by sgd(lr: 0.01)
  }
}
