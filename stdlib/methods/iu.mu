/// Influence unlearning: one Newton step that takes the forget set out of the loss.
/// Source: Izzo et al. 2021; Jia et al., NeurIPS 2023, with WoodFisher's inverse Hessian, whose 1 000 samples are `samples` here. Their
/// code's alpha is 0.2, and they tune it; on a model that fits its training data the gradients are so small that 0.2 and 1 change no
/// number. The default is 20, where the digits' numbers begin to move; above it whole classes go, and others with them. Tune it.
method iu(alpha: real usual 0.1..100 = 20, samples: samples > 0 = 1000 samples) {
  start from original
  step all by woodfisher(strength: alpha, samples: samples)
}
