/// Fisher forgetting: noise on every weight, the more the less the retain set depends on it.
/// Source: Golatkar, Achille, Soatto, CVPR 2020; clamped as by Jia et al., NeurIPS 2023 (who, beyond the paper, take ten times
/// the noise for tensors whose last side has as many entries as there are classes).
method fisher(
  alpha: real >= 0 usual 1e-9..1e-6 = 1e-8,
  most: real >= 0 = 1e-3,
  samples: samples > 0 = 1000 samples
) {
  start from original
  step all by fisher_noise(alpha: alpha, most: most, samples: samples)
}
