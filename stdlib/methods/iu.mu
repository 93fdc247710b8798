/// Influence unlearning: one Newton step that takes the forget set out of the loss.
/// Source: Izzo et al. 2021; Jia et al., NeurIPS 2023, with WoodFisher's inverse Hessian.
method iu(alpha: real usual 0.1..100 = 1, samples: samples > 0 = 1000 samples) {
  start from original
  step all by woodfisher(strength: alpha, samples: samples)
}
