/// Gradient ascent on the forget set.
/// Source: Graves, Nagisetty, Ganesh 2021; Thudi et al. 2022. SalUn's code shares 0.01 and 10 epochs between methods and tunes; at those
/// ascent leaves nothing of the model, so the default is 5 epochs at 1e-4, within the published 1e-6 to 1e-2.
method ga(lr: real > 0 usual 1e-6..1e-2 = 1e-4, epochs: epochs = 5 epochs, batch: samples > 0 = 256 samples) {
  start from original
  repeat epochs over forget in batches of batch {
    minimize -ce(forget)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
