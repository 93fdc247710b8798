//! How published models are trained, in the words of the language.
mu 1

/// ResNet-18 of class-wise studies: warm-up, cosine, label smoothing.
let classwise = training(5 epochs, batch: 64 samples,
  optimizer: sgd(lr: 0.1, schedule: warmup(1 epochs, before: cosine)), label_smoothing: 0.1)
/// Mixup.
let mixed = training(5 epochs, batch: 64 samples, optimizer: sgd(lr: 0.1), mixup: 0.2)
/// The epoch of best validation accuracy.
let chosen = training(5 epochs, batch: 64 samples, optimizer: sgd(lr: 0.1), keep: best(va))
/// A ViT: AdamW, warm-up, mixup or cutmix, the mean of the weights.
let vit = training(5 epochs, batch: 64 samples,
  optimizer: adamw(lr: 1e-3, weight_decay: 0.05, schedule: warmup(1 epochs, before: cosine)),
  label_smoothing: 0.1, mixup: 0.8, cutmix: 1, keep: ema(0.999))

experiment e {
  data    = digits
  model   = small_cnn
  train   = each [classwise, mixed, chosen, vit]
  forget  = random(10%)
  unlearn = each [retrain, ft]
  measure = [ua, ra, ta, mia]
}
