//! ResNets (He et al. 2016) with parameter names as torchvision's. Without a version the stem is for small images: a 3 × 3
//! convolution without pooling. `@imagenet` is torchvision's network, for 224 px.

/// Two 3 × 3 convolutions and their input.
layer basic_block(channels: int > 0) = (
  residual(body: (conv1: conv(channels) -> bn1: bn -> relu -> conv2: conv(channels) -> bn2: bn)) -> relu
)
/// The same with another number of channels, on every `stride`-th pixel.
layer basic_block_down(channels: int > 0, stride: int > 0 = 2) = (
  residual(
    body: (conv1: conv(channels, stride: stride) -> bn1: bn -> relu -> conv2: conv(channels) -> bn2: bn),
    shortcut: (downsample.0: conv(channels, 1, stride: stride) -> downsample.1: bn)
  ) -> relu
)
/// A 3 × 3 convolution between two of 1 × 1, and their input of 4 · `channels` channels.
layer bottleneck(channels: int > 0) = (
  residual(
    body: (
      conv1: conv(channels, 1) -> bn1: bn -> relu
      -> conv2: conv(channels) -> bn2: bn -> relu
      -> conv3: conv(4 * channels, 1) -> bn3: bn
    )
  ) -> relu
)
/// The same with another number of channels, on every `stride`-th pixel.
layer bottleneck_down(channels: int > 0, stride: int > 0 = 2) = (
  residual(
    body: (
      conv1: conv(channels, 1) -> bn1: bn -> relu
      -> conv2: conv(channels, stride: stride) -> bn2: bn -> relu
      -> conv3: conv(4 * channels, 1) -> bn3: bn
    ),
    shortcut: (downsample.0: conv(4 * channels, 1, stride: stride) -> downsample.1: bn)
  ) -> relu
)

/// ResNet-18 for small images: 11.2 M parameters for 3 × 32 × 32 and 10 classes.
model resnet18(width: int > 0 = 64) {
  conv1: conv(width) -> bn1: bn -> relu
    -> layer1: repeat(2, basic_block(width))
    -> layer2: (basic_block_down(2 * width) -> basic_block(2 * width))
    -> layer3: (basic_block_down(4 * width) -> basic_block(4 * width))
    -> layer4: (basic_block_down(8 * width) -> basic_block(8 * width))
    -> global_average_pool -> fc: linear(classes)
}
/// torchvision's ResNet-18: 11.7 M parameters for 1 000 classes.
model resnet18@imagenet(width: int > 0 = 64) {
  conv1: conv(width, 7, stride: 2, padding: 3) -> bn1: bn -> relu -> max_pool(3, stride: 2, padding: 1)
    -> layer1: repeat(2, basic_block(width))
    -> layer2: (basic_block_down(2 * width) -> basic_block(2 * width))
    -> layer3: (basic_block_down(4 * width) -> basic_block(4 * width))
    -> layer4: (basic_block_down(8 * width) -> basic_block(8 * width))
    -> global_average_pool -> fc: linear(classes)
}

/// ResNet-34 for small images.
model resnet34(width: int > 0 = 64) {
  conv1: conv(width) -> bn1: bn -> relu
    -> layer1: repeat(3, basic_block(width))
    -> layer2: (basic_block_down(2 * width) -> repeat(3, basic_block(2 * width)))
    -> layer3: (basic_block_down(4 * width) -> repeat(5, basic_block(4 * width)))
    -> layer4: (basic_block_down(8 * width) -> repeat(2, basic_block(8 * width)))
    -> global_average_pool -> fc: linear(classes)
}
/// torchvision's ResNet-34: 21.8 M parameters for 1 000 classes.
model resnet34@imagenet(width: int > 0 = 64) {
  conv1: conv(width, 7, stride: 2, padding: 3) -> bn1: bn -> relu -> max_pool(3, stride: 2, padding: 1)
    -> layer1: repeat(3, basic_block(width))
    -> layer2: (basic_block_down(2 * width) -> repeat(3, basic_block(2 * width)))
    -> layer3: (basic_block_down(4 * width) -> repeat(5, basic_block(4 * width)))
    -> layer4: (basic_block_down(8 * width) -> repeat(2, basic_block(8 * width)))
    -> global_average_pool -> fc: linear(classes)
}

/// ResNet-50 for small images: 23.5 M parameters for 10 classes.
model resnet50(width: int > 0 = 64) {
  conv1: conv(width) -> bn1: bn -> relu
    -> layer1: (bottleneck_down(width, stride: 1) -> repeat(2, bottleneck(width)))
    -> layer2: (bottleneck_down(2 * width) -> repeat(3, bottleneck(2 * width)))
    -> layer3: (bottleneck_down(4 * width) -> repeat(5, bottleneck(4 * width)))
    -> layer4: (bottleneck_down(8 * width) -> repeat(2, bottleneck(8 * width)))
    -> global_average_pool -> fc: linear(classes)
}
/// torchvision's ResNet-50: 25.6 M parameters for 1 000 classes.
model resnet50@imagenet(width: int > 0 = 64) {
  conv1: conv(width, 7, stride: 2, padding: 3) -> bn1: bn -> relu -> max_pool(3, stride: 2, padding: 1)
    -> layer1: (bottleneck_down(width, stride: 1) -> repeat(2, bottleneck(width)))
    -> layer2: (bottleneck_down(2 * width) -> repeat(3, bottleneck(2 * width)))
    -> layer3: (bottleneck_down(4 * width) -> repeat(5, bottleneck(4 * width)))
    -> layer4: (bottleneck_down(8 * width) -> repeat(2, bottleneck(8 * width)))
    -> global_average_pool -> fc: linear(classes)
}
