/// ‖∇z_y‖² − lambda · ‖∇z_c‖²: the squared gradients by the image of the true class's output, and of another class's, drawn every epoch
/// (Cheng et al. 2024).
loss input_sensitivity(of: set, lambda: real >= 0 = 1) =
  mean(of, square_norm(gradient(logits[label], by: image)) - lambda * square_norm(gradient(logits[other], by: image)), mode: eval)
  where other = draw(class, except: label)

/// MU-Mis: on the forget set alone, the output of the true class becomes less sensitive to the image, that of another class more.
/// Source: Cheng et al., "Remaining-data-free Machine Unlearning by Suppressing Sample Contribution", ICLR 2026. The loss has no lower bound:
/// they stop by a threshold that they tune, as rate and epochs must be here. Batch normalisation is in evaluation mode: sensitivity is of one sample.
method mu_mis(
  lambda: real >= 0 = 1,
  lr: real > 0 usual 1e-6..0.01 = 1e-4,
  epochs: epochs = 5 epochs,
  batch: samples > 0 = 256 samples
) {
  start from original
  repeat epochs over forget in batches of batch {
    minimize input_sensitivity(forget, lambda: lambda)
    by sgd(lr: lr, momentum: 0, weight_decay: 0)
  }
}
