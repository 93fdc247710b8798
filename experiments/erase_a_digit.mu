mu 1

// A digit is erased from a small generative model: by nine methods, and by training without it. Images of every digit are made of each
// model, and a classifier says which digits they are. Three minutes on two cores.

experiment erase_a_digit {
  data    = digits
  model   = mlp_denoiser(width: 128, depth: 3)
  train   = training(
    200 epochs,
    batch: 128 samples,
    optimizer: clip_norm(of: adam(lr: 2e-3, schedule: cosine), max: 1),
    loss: denoise(retain, drop: 10%),
    keep: ema(0.99)
  )
  sample  = euler(steps: 20, guidance: 2, images: 50 samples)
  judge   = classifier(small_cnn, train: training(20 epochs, batch: 64 samples, optimizer: sgd(lr: 0.1, schedule: cosine)))
  forget  = by_class(3)
  unlearn = each [
    retrain,
    no_unlearning,
    ft@diffusion,
    l1_sparse@diffusion,
    ga@diffusion(steps: 200 steps),
    neggrad_plus@diffusion,
    esd,
    noise_surrogate,
    concept_ablation,
    rl@diffusion,
    salun@diffusion
  ]
  seed    = each 0..3
  measure = [ua, ra, frechet, rte]
}

table erased {
  from    = erase_a_digit
  rows    = unlearn
  columns = [ua, ra, frechet, rte]
  cell    = mean ± std over seed
}

claim "Fine-tuning forgets nothing" {
  mean(erase_a_digit.ua where unlearn == ft@diffusion over seed) < 10%
}

claim "Ascent ruins the rest" {
  mean(erase_a_digit.ra where unlearn == neggrad_plus@diffusion over seed) < 50%
}

claim "Erasing without the retain set damages what is left" {
  mean(erase_a_digit.frechet where unlearn == esd over seed) > 1.5 * mean(erase_a_digit.frechet where unlearn == no_unlearning over seed)
}

claim "Random labels erase, and keep the rest" {
  mean(erase_a_digit.ua where unlearn == rl@diffusion over seed) > 80%
    and mean(erase_a_digit.ra where unlearn == rl@diffusion over seed) > 95%
}

claim "So does SalUn" {
  mean(erase_a_digit.ua where unlearn == salun@diffusion over seed) > 80%
    and mean(erase_a_digit.ra where unlearn == salun@diffusion over seed) > 95%
}
