// What a method's text may say.
method no_start() {
//~ error missing-field: method `no_start` does not say where it starts
  repeat 1 epochs over retain in batches of 64 samples { minimize ce(retain) by sgd(lr: 0.1) }
}

method late_start() {
  update only last(1 layers)
  start from scratch
//~ error duplicate: a method starts once, before anything else
}

method stray() {
  start from original
  repeat 1 epochs over retain in batches of 64 samples { minimize ce(forget) by sgd(lr: 0.1) }
//~ error unknown-name: the loss uses `forget`, which this phase does not run over
}

method nothing() {
  start from original
  repeat 1 epochs over retain in batches of 0 samples { minimize 3 by sgd(lr: 0.1) }
//~ error wrong-type: `minimize` takes a loss, this is a plain number
}

method kinds() {
  start from original
  update only ft
//~ error wrong-type: `update only` takes a set of parameters such as `last(1 layers)`
  reinit 3
//~ error wrong-type: `reinit` takes a set of parameters such as `last(1 layers)`
  repeat 3 over digits in batches of 64 { minimize ce(retain) by ce(retain) }
//~ error wrong-type: `by` takes an optimizer
//~ error wrong-type: `over` takes a set such as `retain`
//~ error wrong-unit: `batches of` takes a number of samples
//~ error wrong-unit: `repeat` takes a number of epochs or a number of steps
}

method views() {
  start from original
  repeat 1 epochs over retain + forget in batches of 64 samples {
//~ error wrong-type: the losses of one phase must have one `view` and one `mode`
    minimize ce(retain, view: clean) + ce(forget)
    by sgd(lr: 0.1)
  }
}

method fine(k: layers = 1 layers) {
  start from original
  update only last(k)
  reinit last(k)
  repeat 2 epochs over retain + forget in batches of 64 samples {
    minimize 0.9 * ce(retain, view: clean, mode: eval) - ce(forget, labels: other, view: clean, mode: eval, reduction: sum) / 10
    by sgd(lr: 0.1, schedule: steps(at: [1 epochs]))
  }
}
