//! The small ResNets for small images (He et al. 2016, section 4.2), with shortcuts without parameters (option A).

/// ResNet-20: 0.27 M parameters for 3 × 32 × 32 and 10 classes.
model resnet20s(width: int > 0 = 16, blocks: int > 1 = 3) {
  let wide(c, stride) = conv(c, stride: stride, weight: he_normal(fan: inputs))
  let basic(c, stride) = (
    residual(
      body: (conv1: wide(c, stride) -> bn1: bn -> relu -> conv2: wide(c, 1) -> bn2: bn),
      shortcut: pad_shortcut(c, stride)
    ) -> relu
  )

  conv1: wide(width, 1) -> bn1: bn -> relu
    -> layer1: repeat(blocks, basic(width, 1))
    -> layer2: (basic(2 * width, 2) -> repeat(blocks - 1, basic(2 * width, 1)))
    -> layer3: (basic(4 * width, 2) -> repeat(blocks - 1, basic(4 * width, 1)))
    -> global_average_pool -> linear: linear(classes, weight: he_normal(fan: inputs))
}
/// ResNet-32: 0.46 M parameters.
model resnet32s(width: int > 0 = 16) = resnet20s(width, blocks: 5)
/// ResNet-44: 0.66 M parameters.
model resnet44s(width: int > 0 = 16) = resnet20s(width, blocks: 7)
/// ResNet-56: 0.85 M parameters.
model resnet56s(width: int > 0 = 16) = resnet20s(width, blocks: 9)
