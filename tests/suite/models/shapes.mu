// Shapes.
model no_pool() { conv1: conv(8, 3) -> relu -> fc: linear(classes) }
//~ error shape: `linear` needs a row of numbers, what comes before gives 8 × 8 × 8
model wrong_end() { global_average_pool -> fc: linear(7) }
//~ error shape: `wrong_end` gives 7 features, the data set has 10 classes
model not_a_layer() { conv1: conv(8, 3) -> digits }
//~ error shape: a layer is needed here, this is the dataset `digits`
model too_small() { max_pool(9) -> flatten -> fc: linear(classes) }
//~ error shape: a window of 9 px does not fit into 8 × 8 px
model after_flat() { flatten -> bn -> fc: linear(classes) }
//~ error shape: `bn` needs an image, what comes before gives 64 features
model uneven() { residual(body: conv(8, 3), shortcut: identity) -> global_average_pool -> fc: linear(classes) }
//~ error shape: the body gives 8 × 8 × 8, the shortcut 1 × 8 × 8
model shrinking() { conv1: conv(8, 3) -> pad_shortcut(4) -> global_average_pool -> fc: linear(classes) }
//~ error shape: `pad_shortcut` cannot make 4 channels out of 8
model fine(width: int > 0 = 4) {
  let block(c) = (conv1: conv(c, 3) -> bn1: bn -> relu)
  stem: block(width) -> layer1: repeat(2, block(width)) -> flatten -> fc: linear(classes)
}

experiment a {
  data    = digits
  model   = each [no_pool, wrong_end, not_a_layer, too_small, after_flat, uneven, shrinking, fine]
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
