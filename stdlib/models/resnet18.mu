/// ResNet-18 (He et al. 2016) for small images: the stem is a 3 × 3 convolution without pooling. Parameter names as
/// torchvision's; 11.2 M parameters for 3 × 32 × 32 and 10 classes.
model resnet18(width: int > 0 = 64) {
  let body(c, stride) = (
    conv1: conv(c, 3, stride: stride) -> bn1: bn -> relu
    -> conv2: conv(c, 3) -> bn2: bn
  )
  let basic(c) = (residual(body: body(c, 1)) -> relu)
  let down(c) = (
    residual(body: body(c, 2), shortcut: (downsample.0: conv(c, 1, stride: 2) -> downsample.1: bn)) -> relu
  )

  conv1: conv(width, 3) -> bn1: bn -> relu
    -> layer1: repeat(2, basic(width))
    -> layer2: (down(2 * width) -> basic(2 * width))
    -> layer3: (down(4 * width) -> basic(4 * width))
    -> layer4: (down(8 * width) -> basic(8 * width))
    -> global_average_pool -> fc: linear(classes)
}
