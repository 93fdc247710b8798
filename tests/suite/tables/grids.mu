// Figures of a grid of images.
model net { flatten -> concat([identity, time_embedding(8), (c: label_embedding(8))]) -> a: linear(64) -> to_image(channels) }

experiment a {
  data    = digits
  model   = net
  train   = training(5 epochs, loss: denoise(retain, drop: 10%))
  sample  = euler(steps: 5, images: 10 samples)
  judge   = classifier(small_cnn, train: training(5 epochs))
  forget  = by_class(0)
  unlearn = each [retrain, esd]
  seed    = each 0..3
  measure = [ua, ra]
}

experiment classifiers {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = by_class(0)
  unlearn = each [retrain, ft]
  measure = [ua, ra]
}

figure fine {
  from  = a
  draw  = grid
  rows  = unlearn
  where = seed == 0
}

figure all {
  from   = a
  draw   = grid
  rows   = unlearn * seed
  images = 10 samples
}

figure of_classifiers {
  from = classifiers
  draw = grid
//~ error wrong-type: a grid shows images of denoisers, and the models of `classifiers` are classifiers
  rows = unlearn
}

figure with_a_metric {
  from = a
  draw = grid
  rows = unlearn * seed
  y    = ua
//~ error unknown-field: `y` is for figures of numbers, and this one shows images
}

figure several_in_a_row {
  from = a
  draw = grid
  rows = unlearn
//~ error unaggregated: axis `seed` is neither shown, fixed nor aggregated over
}

figure too_many {
  from   = a
  draw   = grid
  rows   = unlearn * seed
  images = 11 samples
//~ error out-of-range: 11 images of a condition, and the sampler makes 10
}

figure lines {
  from = a
  x    = unlearn
  y    = ua
  rows = unlearn
//~ error unknown-field: `rows` is for figures of images, and this one shows numbers
}

figure nothing {
//~ error missing-field: figure `nothing` has no `x`
  from = a
}
