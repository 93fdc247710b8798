/// Two convolutions and a linear layer, for images of 8 × 8 px such as `digits`.
model small_cnn(width: int > 0 = 16) {
  conv1: conv(width) -> bn1: bn -> relu
    -> conv2: conv(2 * width) -> bn2: bn -> relu
    -> max_pool(2) -> flatten -> fc: linear(classes)
}
