/// Forgetting by merged negation: the original model is fine-tuned on the forget set at two rates; the weights move away along the mean of
/// what changed, where both agree on the sign, and stay elsewhere.
/// Source: Kim, Han, Choe, "NegMerge", ICML 2025. They merge the models of a search, ten to thirty; here two, of rates `spread` apart. They
/// search the scale on validation data. Optimizer, epochs and batch are those of `ft`.
method negmerge(
  scale: real >= 0 usual 0..1 = 0.5,
  lr: real > 0 usual 1e-4..0.1 = 0.01,
  spread: real > 1 = 4,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  let gentle = after {
    repeat epochs over forget in batches of batch {
      minimize ce(forget)
      by sgd(lr: lr, momentum: 0.9, weight_decay: 0)
    }
  }
  let strong = after {
    repeat epochs over forget in batches of batch {
      minimize ce(forget)
      by sgd(lr: spread * lr, momentum: 0.9, weight_decay: 0)
    }
  }
  weights = original - scale * consensus(gentle - original, strong - original)
}
