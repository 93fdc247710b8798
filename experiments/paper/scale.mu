//! The scale of every study in this folder: set `scale` to `reduced` to run them on data that is at hand.
//!
//! At full scale they are those of the paper (Fan, Liu, Hero, Liu, "Challenging Forgets", ECCV 2024), with the data sets in
//! `data/`; `mu plan` prints what they cost also where the data are not.
mu 1

use "../recipes.mu" as recipes

/// 182 epochs of SGD along half a cosine.
let long = training(
  epochs: 182 epochs,
  batch: 256 samples,
  optimizer: sgd(lr: 0.1, momentum: 0.9, weight_decay: 5e-4, schedule: cosine)
)

let full = {
  data    = [cifar10, cifar100]
  one     = cifar10
  faces   = celeba
  groups  = attribute("identity")
  people  = 1000 groups
  model   = resnet18
  train   = long
  seeds   = 0..10
  batch   = 256 samples
  rounds  = 20 rounds
  epochs  = 10 epochs
  budgets = [1%, 5%, 10%, 20%]
}

/// Fashion-MNIST, 4 000 images; classes stand for people.
let reduced = {
  data    = [recipes.small_fashion]
  one     = recipes.small_fashion
  faces   = recipes.small_fashion
  groups  = group("experiments/paper/groups.csv")
  people  = 2 groups
  model   = lenet
  train   = recipes.short
  seeds   = 0..3
  batch   = 128 samples
  rounds  = 10 rounds
  epochs  = 3 epochs
  budgets = [5%, 10%]
}

let scale = full
