/// Two convolutions with pooling and a linear layer, after LeCun et al. 1998, with batch normalisation: for small grey images.
model lenet(width: int > 0 = 16) {
  conv1: conv(width) -> bn1: bn -> relu -> max_pool(2)
    -> conv2: conv(2 * width) -> bn2: bn -> relu -> max_pool(2)
    -> flatten -> fc: linear(classes)
}
