/// On the forget set the student follows a model that knows nothing, on a share of the retain set the original model.
/// Source: Chundawat et al., "Can Bad Teaching Induce Forgetting?", AAAI 2023, whose numbers and optimizer these are. Their code divides
/// the divergence by the number of classes too, which Adam does not notice.
method bad_teacher(
  share: percent in 0..100 = 30%,
  temperature: real > 0 = 1,
  lr: real > 0 usual 1e-6..0.01 = 1e-4,
  epochs: epochs = 1 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over sample(retain, share) + forget in batches of batch {
    minimize kl(scratch, forget, temperature: temperature) + kl(original, retain, temperature: temperature)
    by adam(lr: lr)
  }
}
