//! The paper's effect, reduced: 5 000 training images of Fashion-MNIST, ResNet-20s. After retraining without the
//! worst-case set the model still gets it right; a random set it does not.
mu 1

use "./recipes.mu" as recipes

experiment fashion {
  data    = fashion_mnist(train: 5000 samples, test: 2000 samples)
  model   = resnet20s
  train   = recipes.twenty
  forget  = each {
    random = random(10%)
    worst  = worst_case(10%)
  }
  unlearn = each [retrain]
  seed    = each 0..2
  measure = [ua, ra, ta, mia, rte]
}

table effect {
  from    = fashion
  rows    = forget
  columns = [ua, ra, ta, mia]
  cell    = mean ± std over seed
  caption = "Retraining without a random and without the worst-case 10 % of Fashion-MNIST (5 000 images)."
}
