// Denoisers: a network that ends in the shape of its images; what it remembers, and what it is given.
model fine() {
  remember("time", of: (time_embedding(8) -> t: linear(16) -> silu)) -> a: conv(16) -> remember("skip") -> max_pool(2)
    -> shift(of: (by: (recall("time") -> linear(16)))) -> gate(of: (open: (label_embedding(8) -> linear(16))))
    -> upsample -> concat([identity, recall("skip")]) -> b: conv(channels)
}
model in_a_row() { flatten -> concat([identity, time_embedding(8), (c: label_embedding(8, apart: "none"))]) -> a: linear(channels * canvas * canvas) -> to_image(channels) }
model in_patches() { patches(2) -> a: linear(8) -> modulate(of: (time_embedding(16))) -> to_image -> to_tokens -> to_grid -> b: linear(4 * channels) -> unpatch(2) }
model neither() { a: conv(channels, stride: 2) }
//~ error shape: `neither` gives 1 × 4 × 4, the data set has 10 classes
model classifier() { flatten -> concat([identity, time_embedding(8)]) -> fc: linear(classes) }
//~ error shape: `time_embedding` reads what a denoiser is given, and `classifier` is a classifier
//~ warning shadowing: `classifier` hides the one of the standard library
model conditional() { flatten -> concat([identity, (e: label_embedding(8))]) -> fc: linear(classes) }
//~ error shape: `label_embedding` reads what a denoiser is given, and `conditional` is a classifier
model nothing() { a: conv(8) -> concat([identity, recall("skip")]) -> b: conv(channels) }
//~ error shape: nothing is remembered as `skip` before this
model again() { a: conv(8) -> remember("x") -> b: conv(8) -> remember("x") -> concat([identity, recall("x")]) -> c: conv(channels) }
//~ error shape: `x` is remembered twice
model in_vain() { remember("x", of: (time_embedding(8) -> a: linear(8))) -> b: conv(channels) }
//~ error shape: what is remembered as `x` is never recalled
model too_late() { concat([identity, recall("skip")]) -> a: conv(8) -> remember("skip") -> b: conv(channels) }
//~ error shape: nothing is remembered as `skip` before this
model replaced() { remember("x") -> a: conv(8) -> recall("x") -> b: conv(channels) }
//~ error shape: nothing uses what `conv` gives: `recall` takes its place
model uneven_sides() { pad(right: 1) -> max_pool(3, stride: 1) -> remember("x") -> upsample -> concat([identity, recall("x")]) -> a: conv(channels) }
//~ error shape: parts that give 1 × 12 × 14 and 1 × 6 × 7 cannot be put beside each other
model few_numbers() { a: conv(8) -> shift(of: (by: (time_embedding(8) -> linear(4)))) -> b: conv(channels) }
//~ error shape: `shift` needs a number for each channel of 8 × 8 × 8, its chain gives 4 features
model half_of_them() { to_grid -> a: linear(8) -> modulate(of: (by: (time_embedding(8) -> linear(8)))) -> b: linear(channels) -> to_image }
//~ error shape: `modulate` needs 2 numbers for each feature of a grid of 8 × 8 with 8 features each, its chain gives 8 features
model odd_waves() { concat([identity, (recall("t"))]) -> remember("t", of: time_embedding(7)) -> a: conv(channels) }
//~ error shape: nothing is remembered as `t` before this
model odd_time() { shift(of: (time_embedding(7) -> a: linear(channels))) }
//~ error shape: `time_embedding` needs an even number of features, at least 4, not 7
model no_square() { to_tokens -> t: class_token -> to_image -> a: conv(channels) }
//~ error shape: 65 tokens are no square
model no_channels() { flatten -> a: linear(64) -> to_image }
//~ error shape: `to_image` needs to be told the channels: `to_image(channels)`, what comes before gives 64 features
model other_channels() { flatten -> a: linear(64) -> to_image(3) }
//~ error shape: 3 channels do not divide 64 features evenly
model no_patches() { to_grid -> a: linear(6) -> unpatch(2) }
//~ error shape: patches of 2 × 2 px do not divide 6 features evenly
model uneven_patches() { patches(3) -> a: linear(9) -> unpatch(3) }
//~ error shape: patches of 3 × 3 do not divide 8 × 8 evenly
model groups() { a: conv(6) -> group_norm(4) -> b: conv(channels) }
//~ error shape: 4 groups do not divide 6 channels evenly

experiment a {
  data    = digits
  model   = each [fine, in_a_row, in_patches, neither, classifier, conditional, nothing, again, in_vain, too_late, replaced, uneven_sides, few_numbers, half_of_them, odd_waves, odd_time, no_square, no_channels, other_channels, no_patches, uneven_patches, groups]
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
