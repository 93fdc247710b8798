/// Fisher forgetting: noise on every weight, the more the less the retain set depends on it.
/// Source: Golatkar, Achille, Soatto, CVPR 2020, whose code has alpha 3e-6 and takes 1/F as 1000 at most, which is the `most` here:
/// √(1000 · alpha). On a model that fits its training data nearly every F is below 1/1000: then this is noise of one size on all weights,
/// and alpha and `most` must be tuned together. (Jia et al., NeurIPS 2023, have alpha 0.2 and a `most` of 1e-3 instead, ten times that
/// on tensors whose last side is the number of classes: too little to change a number. The paper's code takes ten times the variance on
/// the last layer and on normalisations, and its means over inputs; here every weight has its own.)
method fisher(
  alpha: real >= 0 usual 1e-9..1e-5 = 3e-6,
  most: real >= 0 = 0.055,
  samples: samples > 0 = 1000 samples
) {
  start from original
  step all by fisher_noise(alpha: alpha, most: most, samples: samples)
}
