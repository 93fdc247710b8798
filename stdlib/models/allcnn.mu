/// All-CNN-C (Springenberg et al. 2015) with batch normalisation: convolutions alone, halved twice. 1.4 M parameters for
/// 3 × 32 × 32 and 10 classes.
model allcnn(width: int > 0 = 96) {
  let c(channels, kernel, stride) = (conv: conv(channels, kernel, stride: stride) -> bn: bn -> relu)

  features: (
    c(width, 3, 1) -> c(width, 3, 1) -> c(width, 3, 2)
    -> c(2 * width, 3, 1) -> c(2 * width, 3, 1) -> c(2 * width, 3, 2)
    -> c(2 * width, 3, 1) -> c(2 * width, 1, 1)
  )
    -> global_average_pool -> classifier: linear(classes)
}
