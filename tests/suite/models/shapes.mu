// Shapes.
model no_pool() { conv1: conv(8, 3) -> relu -> fc: linear(classes) }
//~ error shape: `linear` needs a row of numbers, what comes before gives 8 × 8 × 8
model wrong_end() { global_average_pool -> fc: linear(7) }
//~ error shape: `wrong_end` gives 7 features, the data set has 10 classes
model not_a_layer() { conv1: conv(8, 3) -> digits }
//~ error shape: a layer is needed here, this is the dataset `digits`
model too_small() { max_pool(9) -> flatten -> fc: linear(classes) }
//~ error shape: a window of 9 px does not fit into 8 × 8 px
model after_flat() { flatten -> max_pool -> fc: linear(classes) }
//~ error shape: `max_pool` needs an image, what comes before gives 64 features
model no_grid() { window_attention(2, 4) -> fc: linear(classes) }
//~ error shape: `window_attention` needs a grid, what comes before gives 1 × 8 × 8
model odd_windows() { to_grid -> qkv: linear(12) -> table: window_attention(2, 3) -> global_average_pool -> fc: linear(classes) }
//~ error shape: windows of 3 × 3 do not divide 8 × 8 evenly
model odd_heads() { to_tokens -> qkv: linear(10) -> attention(2) -> take_token -> fc: linear(classes) }
//~ error shape: 2 heads need queries, keys and values of equal length: 10 features are no multiple of 6
model image_rows() { to_tokens -> conv(3) -> take_token -> fc: linear(classes) }
//~ error shape: `conv` needs an image, what comes before gives 64 tokens of 1 features
model few_tokens() { to_tokens -> take_token(64) -> fc: linear(classes) }
//~ error shape: there are 64 tokens, numbered from 0: none has number 64
model odd_groups() { conv1: conv(6) -> conv2: conv(8, groups: 4) -> flatten -> fc: linear(classes) }
//~ error shape: 4 groups divide neither 6 nor 8 channels evenly
model no_match() { concat([identity, max_pool]) -> flatten -> fc: linear(classes) }
//~ error shape: parts that give 1 × 8 × 8 and 1 × 4 × 4 cannot be put beside each other
model wide_padding() { max_pool(2, padding: 2) -> flatten -> fc: linear(classes) }
//~ error shape: a window of 2 px takes at most 1 px of padding
model twice() { conv1: conv(4) -> conv1: conv(4) -> flatten -> fc: linear(classes) }
//~ error shape: `twice` has two tensors called `conv1.weight`
model uneven() { residual(body: conv(8, 3), shortcut: identity) -> global_average_pool -> fc: linear(classes) }
//~ error shape: the body gives 8 × 8 × 8, the shortcut 1 × 8 × 8
model shrinking() { conv1: conv(8, 3) -> pad_shortcut(4) -> global_average_pool -> fc: linear(classes) }
//~ error shape: `pad_shortcut` cannot make 4 channels out of 8
model fine(width: int > 0 = 4) {
  let block(c) = (conv1: conv(c, 3) -> bn1: bn -> relu)
  stem: block(width) -> layer1: repeat(2, block(width), prefix: "part_") -> flatten -> fc: linear(classes)
}
/// A dense connection, groups, and every law of fresh parameters.
layer growing(c: int > 0) = (concat([identity, (conv: conv(c, 3, groups: 1, weight: lecun_normal) -> norm: group_norm(2) -> silu)]))
model dense() {
  stem.0.conv: conv(4, weight: he_normal(fan: inputs)) -> leaky_relu -> body: repeat(2, growing(4)) -> average_pool -> adaptive_average_pool(2)
    -> flatten -> a: linear(8, weight: glorot_uniform, bias_init: zeros) -> tanh -> dropout(0.1) -> b: linear(8, weight: normal(0.02), bias: false)
    -> norm: layer_norm -> sigmoid -> drop_path(0.1) -> c: linear(classes, weight: torch_default)
}

experiment a {
  data    = digits
  model   = each [no_pool, wrong_end, not_a_layer, too_small, after_flat, uneven, shrinking, fine, no_grid, odd_windows, odd_heads, image_rows, few_tokens, odd_groups, no_match, wide_padding, twice, dense]
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
