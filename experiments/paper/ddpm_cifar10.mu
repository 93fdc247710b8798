mu 1

// A class is erased from a diffusion model of CIFAR-10, at the published scale: network, noise, training and sampling of SalUn's code (Fan et
// al., ICLR 2024), which has them from Ho et al. (2020). It is work for GPUs: `mu plan` says how much.

/// Pixels from −1 to 1.
dataset signed {
  source     = cifar10_files("data/cifar10")
  classes    = 10
  channels   = 3
  canvas     = 32 px
  validation = 10%
  augment    = [flip]
  normalize  = channels(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
}

experiment ddpm_cifar10 {
  data    = signed
  model   = unet@ddpm
  train   = training(
    2048 epochs,
    batch: 128 samples,
    optimizer: clip_norm(of: adam(lr: 2e-4), max: 1),
    loss: 3072 * denoise(retain, ddpm, drop: 10%),
    keep: ema(0.9999)
  )
  sample  = ddim(steps: 1000, eta: 1, guidance: 3, images: 500 samples)
  judge   = classifier(resnet34, train: training(30 epochs, batch: 128 samples, optimizer: sgd(lr: 0.1, schedule: cosine)))
  forget  = by_class(0)
  unlearn = each [
    retrain,
    no_unlearning,
    ga@diffusion(diffusion: ddpm, steps: 1000 steps),
    esd(diffusion: ddpm, lr: 1e-5, steps: 1000 steps),
    rl@diffusion(diffusion: ddpm, lr: 1e-4, steps: 1000 steps),
    salun@diffusion(diffusion: ddpm, lr: 1e-4, steps: 1000 steps)
  ]
  measure = [ua, ra, frechet, rte]
}

table ddpm {
  from    = ddpm_cifar10
  rows    = unlearn
  columns = [ua, ra, frechet, rte]
}
