// A `builtin` of any kind is one of the engine's, or an error at its word, used or not.
schedule zigzag builtin
//~ error no-kernel: the engine has no schedule `zigzag`
teacher sage builtin
//~ error no-kernel: the engine has no teacher `sage`
optimizer tortoise(lr: real > 0, schedule: schedule = constant) builtin
//~ error no-kernel: the engine has no optimizer `tortoise`
labels mixed_up builtin
//~ error no-kernel: the engine has no labels `mixed_up`
images mosaics builtin
//~ error no-kernel: the engine has no images `mosaics`
recipe imitated(epochs: epochs) builtin
//~ error no-kernel: the engine has no recipe `imitated`
normalization levelled builtin
//~ error no-kernel: the engine has no normalization `levelled`
importance luck builtin
//~ error no-kernel: the engine has no importance `luck`
groups swarms builtin
//~ error no-kernel: the engine has no groups `swarms`
init checkered builtin
//~ error no-kernel: the engine has no init `checkered`
method climb builtin
//~ error no-kernel: the engine has no method `climb`
surgery thaw builtin
//~ error no-kernel: the engine has no surgery `thaw`
parameters crowns builtin
//~ error no-kernel: the engine has no parameters `crowns`
// The name is the engine's, what it takes is not.
loss entropy(of: set, sharpness: real = 1) builtin
//~ error no-kernel: the engine has no loss `entropy`
//~ warning shadowing: `entropy` hides the one of the standard library
// What it takes is the engine's, the range of its number is not.
schedule exponential(factor: real > 0) builtin
//~ error no-kernel: the engine's schedule `exponential` has other parameters
//~ warning shadowing: `exponential` hides the one of the standard library

experiment e {
  data    = digits
  model   = small_cnn
  train   = training(2 epochs, batch: 64 samples, optimizer: tortoise(lr: 1e-3))
  forget  = random(10%)
  unlearn = each [retrain, ft]
  measure = [ua, ta]
}

table t {
  from    = e
  rows    = unlearn
  columns = [ua, ta]
}
