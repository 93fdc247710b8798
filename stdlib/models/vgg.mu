//! VGG with batch normalisation (Simonyan and Zisserman 2015), parameter names as torchvision's. Without a version it is the one
//! that Unlearn-WorstCase has for 32 px; `@imagenet` is torchvision's, for 224 px.

/// VGG-16 for small images: convolutions without bias, two hidden layers of 256.
model vgg16_bn(width: int > 0 = 64) {
  let c(channels) = conv(channels)
  let full(features) = linear(features, weight: normal(0.01), bias_init: zeros)

  features.0: c(width) -> features.1: bn -> relu
    -> features.3: c(width) -> features.4: bn -> relu -> max_pool
    -> features.7: c(2 * width) -> features.8: bn -> relu
    -> features.10: c(2 * width) -> features.11: bn -> relu -> max_pool
    -> features.14: c(4 * width) -> features.15: bn -> relu
    -> features.17: c(4 * width) -> features.18: bn -> relu
    -> features.20: c(4 * width) -> features.21: bn -> relu -> max_pool
    -> features.24: c(8 * width) -> features.25: bn -> relu
    -> features.27: c(8 * width) -> features.28: bn -> relu
    -> features.30: c(8 * width) -> features.31: bn -> relu -> max_pool
    -> features.34: c(8 * width) -> features.35: bn -> relu
    -> features.37: c(8 * width) -> features.38: bn -> relu
    -> features.40: c(8 * width) -> features.41: bn -> relu
    -> adaptive_average_pool(2) -> flatten
    -> classifier.0: full(256) -> relu -> classifier.2: full(256) -> relu -> classifier.4: full(classes)
}
/// torchvision's VGG-16: 138.4 M parameters for 1 000 classes.
model vgg16_bn@imagenet(width: int > 0 = 64, hidden: int > 0 = 4096) {
  let c(channels) = conv(channels, bias: true, bias_init: zeros)
  let full(features) = linear(features, weight: normal(0.01), bias_init: zeros)

  features.0: c(width) -> features.1: bn -> relu
    -> features.3: c(width) -> features.4: bn -> relu -> max_pool
    -> features.7: c(2 * width) -> features.8: bn -> relu
    -> features.10: c(2 * width) -> features.11: bn -> relu -> max_pool
    -> features.14: c(4 * width) -> features.15: bn -> relu
    -> features.17: c(4 * width) -> features.18: bn -> relu
    -> features.20: c(4 * width) -> features.21: bn -> relu -> max_pool
    -> features.24: c(8 * width) -> features.25: bn -> relu
    -> features.27: c(8 * width) -> features.28: bn -> relu
    -> features.30: c(8 * width) -> features.31: bn -> relu -> max_pool
    -> features.34: c(8 * width) -> features.35: bn -> relu
    -> features.37: c(8 * width) -> features.38: bn -> relu
    -> features.40: c(8 * width) -> features.41: bn -> relu -> max_pool
    -> adaptive_average_pool(7) -> flatten
    -> classifier.0: full(hidden) -> relu -> dropout
    -> classifier.3: full(hidden) -> relu -> dropout -> classifier.6: full(classes)
}

/// VGG-19 for small images: convolutions without bias, two hidden layers of 256.
model vgg19_bn(width: int > 0 = 64) {
  let c(channels) = conv(channels)
  let full(features) = linear(features, weight: normal(0.01), bias_init: zeros)

  features.0: c(width) -> features.1: bn -> relu
    -> features.3: c(width) -> features.4: bn -> relu -> max_pool
    -> features.7: c(2 * width) -> features.8: bn -> relu
    -> features.10: c(2 * width) -> features.11: bn -> relu -> max_pool
    -> features.14: c(4 * width) -> features.15: bn -> relu
    -> features.17: c(4 * width) -> features.18: bn -> relu
    -> features.20: c(4 * width) -> features.21: bn -> relu
    -> features.23: c(4 * width) -> features.24: bn -> relu -> max_pool
    -> features.27: c(8 * width) -> features.28: bn -> relu
    -> features.30: c(8 * width) -> features.31: bn -> relu
    -> features.33: c(8 * width) -> features.34: bn -> relu
    -> features.36: c(8 * width) -> features.37: bn -> relu -> max_pool
    -> features.40: c(8 * width) -> features.41: bn -> relu
    -> features.43: c(8 * width) -> features.44: bn -> relu
    -> features.46: c(8 * width) -> features.47: bn -> relu
    -> features.49: c(8 * width) -> features.50: bn -> relu
    -> adaptive_average_pool(2) -> flatten
    -> classifier.0: full(256) -> relu -> classifier.2: full(256) -> relu -> classifier.4: full(classes)
}
/// torchvision's VGG-19: 143.7 M parameters for 1 000 classes.
model vgg19_bn@imagenet(width: int > 0 = 64, hidden: int > 0 = 4096) {
  let c(channels) = conv(channels, bias: true, bias_init: zeros)
  let full(features) = linear(features, weight: normal(0.01), bias_init: zeros)

  features.0: c(width) -> features.1: bn -> relu
    -> features.3: c(width) -> features.4: bn -> relu -> max_pool
    -> features.7: c(2 * width) -> features.8: bn -> relu
    -> features.10: c(2 * width) -> features.11: bn -> relu -> max_pool
    -> features.14: c(4 * width) -> features.15: bn -> relu
    -> features.17: c(4 * width) -> features.18: bn -> relu
    -> features.20: c(4 * width) -> features.21: bn -> relu
    -> features.23: c(4 * width) -> features.24: bn -> relu -> max_pool
    -> features.27: c(8 * width) -> features.28: bn -> relu
    -> features.30: c(8 * width) -> features.31: bn -> relu
    -> features.33: c(8 * width) -> features.34: bn -> relu
    -> features.36: c(8 * width) -> features.37: bn -> relu -> max_pool
    -> features.40: c(8 * width) -> features.41: bn -> relu
    -> features.43: c(8 * width) -> features.44: bn -> relu
    -> features.46: c(8 * width) -> features.47: bn -> relu
    -> features.49: c(8 * width) -> features.50: bn -> relu -> max_pool
    -> adaptive_average_pool(7) -> flatten
    -> classifier.0: full(hidden) -> relu -> dropout
    -> classifier.3: full(hidden) -> relu -> dropout -> classifier.6: full(classes)
}
