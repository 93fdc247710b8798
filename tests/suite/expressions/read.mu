// What scores and metrics may read.
score drawn = logits[draw(class)]
//~ error axes: a score cannot read random numbers
score of_retrained = -original.log_p(label)
//~ error axes: a score cannot read `original`: its own model is the original one, so write `logits`
score fresh = sum(scratch.logits)
//~ error axes: a score cannot read other models: a selection is made before them
score wide = probabilities
//~ error axes: samples are taken together by a number of each, this is a tensor over `class`
score several = early(3, 2, -log_p(label))
//~ error wrong-type: `early` takes how many models, how many epochs, and a number of each sample
score sensitivity = norm(gradient(logits[label], by: image))
score length = norm(features)
score mine(models: int > 0 = 3) = early(models, 2 epochs, power(1 - probabilities[label], 2))

metric at_features: real = mean(forget, norm(features))
//~ error axes: a metric cannot read `features`: only outputs are stored
metric of_images: real = mean(forget, sum(image))
//~ error axes: a metric cannot read images: only outputs are stored
metric elsewhere: real = mean(forget, sum(logits(at: image)))
//~ error axes: a metric cannot read images: only outputs are stored
metric half: real = quantile(forget, -log_p(label), 0.5)
//~ error wrong-type: `quantile` takes a part of the data, a number of each sample, and a percentage
metric greatest: real towards retrain = mean(forget, max(probabilities))
metric apart: real towards 0 = mean(test, square_norm(logits - retrained.logits))
metric gap: real towards lower = abs(greatest - greatest[unlearn == retrain])
metric right: percent towards retrain = 100 * mean(validation, argmax(logits) == label)

experiment e {
  data    = digits
  model   = small_cnn
  train   = training(5 epochs)
  forget  = each {
    a = highest(10%, score: drawn)
    b = highest(10%, score: of_retrained)
    c = highest(10%, score: fresh)
    d = highest(10%, score: wide)
    f = highest(10%, score: several)
    g = highest(10%, score: sensitivity)
    h = lowest(10%, score: length)
    i = lowest(10%, score: mine)
  }
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, greatest, apart, gap, right, at_features, of_images, elsewhere, half]
}
