/// On the forget set the student follows a model that knows nothing, on a share of the retain set the original model.
/// Source: Chundawat et al., "Can Bad Teaching Induce Forgetting?", AAAI 2023, whose share, temperature and batch these are. Their code
/// runs 1 epoch of Adam at 1e-4 and divides the divergence by the number of classes too, which Adam does not notice. By SGD it takes
/// more: 10 epochs, as `ft` has, at 1e-3.
method bad_teacher(
  share: percent in 0..100 = 30%,
  temperature: real > 0 = 1,
  lr: real > 0 usual 1e-5..0.1 = 1e-3,
  epochs: epochs = 10 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over sample(retain, share) + forget in batches of batch {
    minimize kl(scratch, forget, temperature: temperature) + kl(original, retain, temperature: temperature)
    by sgd(lr: lr, momentum: 0.9, weight_decay: 5e-4)
  }
}
