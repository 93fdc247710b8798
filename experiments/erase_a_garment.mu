mu 1

// A garment is erased from a small U-Net that makes pictures of Fashion-MNIST.

/// Fashion-MNIST at 32 × 32 px, mirrored at random.
dataset garments {
  source    = idx_files("/usr/share/datasets/fashion-mnist")
  classes   = 10
  channels  = 1
  canvas    = 32 px
  train     = 20000 samples
  test      = 2000 samples
  augment   = [flip]
  normalize = channels(mean: [0.5], std: [0.5])
}

experiment erase_a_garment {
  data    = garments
  model   = unet
  train   = training(
    4 epochs,
    batch: 64 samples,
    optimizer: clip_norm(of: adam(lr: 2e-3, schedule: by_step(cosine)), max: 1),
    loss: denoise(retain, drop: 10%),
    keep: ema(0.99)
  )
  sample  = euler(steps: 20, guidance: 2, images: 40 samples)
  judge   = classifier(small_cnn, train: training(3 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: by_step(cosine))))
  forget  = by_class(0)
  unlearn = each [retrain, no_unlearning, ft@diffusion, esd, rl@diffusion, salun@diffusion]
  measure = [ua, ra, frechet, rte]
}

table erased {
  from    = erase_a_garment
  rows    = unlearn
  columns = [ua, ra, frechet, rte]
}
