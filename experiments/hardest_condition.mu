mu 1

// Which digit is hardest to erase from a generative model? The worst case by class, found against random labels, beside three digits that
// somebody would have picked. Six minutes on two cores.

experiment hardest {
  data    = digits
  model   = mlp_denoiser(width: 128, depth: 3)
  train   = training(
    150 epochs,
    batch: 128 samples,
    optimizer: clip_norm(of: adam(lr: 2e-3, schedule: cosine), max: 1),
    loss: denoise(retain, drop: 10%),
    keep: ema(0.99)
  )
  sample  = euler(steps: 20, guidance: 2, images: 50 samples)
  judge   = classifier(small_cnn, train: training(20 epochs, batch: 64 samples, optimizer: sgd(lr: 0.1, schedule: cosine)))
  forget  = each {
    picked = by_class(each [0, 3, 6])
    worst  = worst_case(1 classes, weigh: class, against: rl@diffusion, rounds: 10 rounds)
  }
  unlearn = each [no_unlearning, rl@diffusion, salun@diffusion]
  seed    = each 0..5
  measure = [ua, ra, frechet]
}

table hardest_digit {
  from    = hardest
  rows    = forget * forget.classes
  columns = unlearn * [ua, ra]
  cell    = mean ± std over seed
}

claim "The worst case is harder to erase than each digit that was picked" {
  mean(hardest.ua where forget == worst and unlearn == rl@diffusion over seed)
    < mean(hardest.ua where forget == picked and forget.classes == 0 and unlearn == rl@diffusion over seed)
    and mean(hardest.ua where forget == worst and unlearn == rl@diffusion over seed)
    < mean(hardest.ua where forget == picked and forget.classes == 3 and unlearn == rl@diffusion over seed)
    and mean(hardest.ua where forget == worst and unlearn == rl@diffusion over seed)
    < mean(hardest.ua where forget == picked and forget.classes == 6 and unlearn == rl@diffusion over seed)
}
