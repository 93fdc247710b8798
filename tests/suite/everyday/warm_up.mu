//! A ViT as everybody trains it: AdamW, one epoch of warm-up by steps, then a cosine.
mu 1

experiment warm_up {
  data    = digits
  model   = vit_small(patch: 4, width: 16, depth: 1, heads: 2, hidden: 32)
  train   = training(
    3 epochs,
    batch: 64 samples,
    optimizer: adamw(lr: 1e-3, weight_decay: 0.05, schedule: by_step(warmup(1 epochs, before: cosine)))
  )
  forget  = random(10%)
  unlearn = each [retrain, ssd]
  measure = [ua, ra]
}
