/// ResNet-20 for small images (He et al. 2016, section 4.2), shortcuts of option A.
/// 0.27 M parameters for 3 × 32 × 32 and 10 classes.
model resnet20s(width: int > 0 = 16, blocks: int > 1 = 3) {
  let basic(c, stride) = (
    residual(
      body: (
        conv1: conv(c, 3, stride: stride) -> bn1: bn -> relu
        -> conv2: conv(c, 3) -> bn2: bn
      ),
      shortcut: pad_shortcut(c, stride)
    ) -> relu
  )

  conv1: conv(width, 3) -> bn1: bn -> relu
    -> layer1: repeat(blocks, basic(width, 1))
    -> layer2: (basic(2 * width, 2) -> repeat(blocks - 1, basic(2 * width, 1)))
    -> layer3: (basic(4 * width, 2) -> repeat(blocks - 1, basic(4 * width, 1)))
    -> global_average_pool -> linear: linear(classes)
}
