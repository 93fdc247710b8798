// Networks of the library that images do not fit: said where the model is used.
dataset odd { source = idx_files("x") classes = 4 channels = 1 canvas = 30 px normalize = channels(mean: [0.5], std: [0.2]) }
dataset even { source = idx_files("x") classes = 4 channels = 1 canvas = 28 px normalize = channels(mean: [0.5], std: [0.2]) }

experiment a {
  data    = odd
  model   = each [
//~ error shape: `unet` does not fit images of 1 × 30 × 30: parts that give 32 × 16 × 16 and 32 × 15 × 15 cannot be put beside each other
    mlp_denoiser(width: 32),
    unet,
    dit(patch: 3),
    dit
  ]
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}

experiment b {
  data    = even
  model   = each [
//~ error shape: `unet` does not fit images of 1 × 28 × 28: 8 groups do not divide 12 channels evenly
    unet,
    unet(width: 12),
    unet@ddpm,
    dit,
    dit(heads: 5)
  ]
  train   = training(5 epochs)
  forget  = random(10%)
  unlearn = each [retrain, ft]
  seed    = each 0..3
  measure = [ua, ra, ta]
}
