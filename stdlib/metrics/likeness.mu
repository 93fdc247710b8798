//! How near a denoiser's images are to the data set's own test images of the same classes, in what the judge's last linear layer sees. These
//! are no FID and no KID: those are of one published network's features.

/// Fréchet distance of the two sets' features (Heusel et al., NeurIPS 2017).
metric frechet(on: forget | retain = retain): real towards lower builtin
/// Kernel distance of the two sets' features: the unbiased squared maximum mean discrepancy over all pairs (Bińkowski et al., ICLR 2018).
metric kernel_distance(on: forget | retain = retain): real towards lower builtin
