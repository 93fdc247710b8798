//! Is the worst case the worst? For each forget set, how well Retrain, which never saw it, still knows it: the decimal logarithm of the
//! mean cross-entropy of the set's samples under Retrain. The lower, the harder the set is to erase; 0.3 is a factor of 2. Two
//! Retrains judge each set. `paper` is the published update.
mu 1

/// The decimal logarithm of the mean loss of the forget set.
metric loss: real towards lower = cross_entropy(forget, scale: log10)

let budgets = [10%, 30%, 50%]

/// A network that fits its training data: losses of 1e-6 to 1e-3.
experiment digits {
  data    = digits
  model   = small_cnn
  train   = training(20 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine), precision: float32)
  forget  = each {
    random     = random(each budgets)
    confident  = highest(each budgets, score: confidence_score)
    low_loss   = lowest(each budgets, score: loss_score)
    el2n       = lowest(each budgets, score: el2n)
    memorised  = lowest(each budgets, score: memorisation(models: 16))
    consistent = highest(each budgets, score: consistency(models: 16))
    moderate   = middle(each budgets, score: feature_distance)
    paper      = worst_case@paper(each budgets, against: ft(batch: 64 samples), rounds: 10 rounds, epochs: 3 epochs)
    worst      = worst_case(each budgets)
    longer     = worst_case(each budgets, rounds: 16 rounds)
    balanced   = worst_case(each budgets, per_class: true)
    against_ft = worst_case(each budgets, against: ft(batch: 64 samples, epochs: 3 epochs))
  }
  unlearn = retrain
  seed    = { train = each 0..5, select = each 0..5, unlearn = each 0..2 }
  zip(seed.train, seed.select)
  measure = [loss, ua, mia]
}

/// A small network that does not fit its training data.
experiment lenet {
  data    = fashion_mnist(train: 2000 samples, test: 1000 samples)
  model   = lenet
  train   = training(12 epochs, batch: 64 samples, optimizer: sgd(lr: 0.02, schedule: cosine), precision: float32)
  forget  = each {
    random    = random(each budgets)
    low_loss  = lowest(each budgets, score: loss_score)
    el2n      = lowest(each budgets, score: el2n)
    memorised = lowest(each budgets, score: memorisation(models: 16))
    moderate  = middle(each budgets, score: feature_distance)
    paper     = worst_case@paper(each budgets, against: ft(batch: 64 samples), rounds: 10 rounds, epochs: 3 epochs)
    worst     = worst_case(each budgets)
  }
  unlearn = retrain
  seed    = { train = each 0..5, select = each 0..5, unlearn = each 0..2 }
  zip(seed.train, seed.select)
  measure = [loss, ua, mia]
}

/// A residual network on few images.
experiment resnet {
  data    = fashion_mnist(train: 300 samples, test: 1000 samples)
  model   = resnet20s
  train   = training(15 epochs, batch: 32 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = each {
    random   = random(each budgets)
    low_loss = lowest(each budgets, score: loss_score)
    el2n     = lowest(each budgets, score: el2n)
    paper    = worst_case@paper(each budgets, against: ft(batch: 32 samples), rounds: 10 rounds, epochs: 3 epochs)
    worst    = worst_case(each budgets)
  }
  unlearn = retrain
  seed    = each 0..5
  measure = [loss, ua, mia]
}

/// A small network that fits its training data: the images as they are, not augmented.
experiment lenet_fitted {
  data    = idx("/usr/share/datasets/fashion-mnist", train: 1000 samples, test: 1000 samples, mean: 0.2860, std: 0.3530)
  model   = lenet
  train   = training(20 epochs, batch: 32 samples, optimizer: sgd(lr: 0.02, schedule: cosine), precision: float32)
  forget  = each {
    random    = random(each budgets)
    low_loss  = lowest(each budgets, score: loss_score)
    el2n      = lowest(each budgets, score: el2n)
    memorised = lowest(each budgets, score: memorisation(models: 16))
    moderate  = middle(each budgets, score: feature_distance)
    paper     = worst_case@paper(each budgets, against: ft(batch: 32 samples), rounds: 10 rounds, epochs: 3 epochs)
    worst     = worst_case(each budgets)
  }
  unlearn = retrain
  seed    = { train = each 0..5, select = each 0..5, unlearn = each 0..2 }
  zip(seed.train, seed.select)
  measure = [loss, ua, mia]
}

/// A residual network that fits its training data.
experiment resnet_fitted {
  data    = idx("/usr/share/datasets/fashion-mnist", train: 300 samples, test: 1000 samples, mean: 0.2860, std: 0.3530)
  model   = resnet20s
  train   = training(30 epochs, batch: 32 samples, optimizer: sgd(lr: 0.05, schedule: cosine))
  forget  = each {
    random   = random(each budgets)
    low_loss = lowest(each budgets, score: loss_score)
    el2n     = lowest(each budgets, score: el2n)
    paper    = worst_case@paper(each budgets, against: ft(batch: 32 samples), rounds: 10 rounds, epochs: 3 epochs)
    worst    = worst_case(each budgets)
  }
  unlearn = retrain
  seed    = each 0..5
  measure = [loss, ua, mia]
}

/// One class of ten: every answer can be tried. Four Retrains judge each.
experiment classes {
  data    = digits
  model   = small_cnn
  train   = training(20 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine), precision: float32)
  forget  = each {
    class  = by_class(each 0..10)
    paper  = worst_case@paper(1 classes, weigh: class, against: ft(batch: 64 samples), rounds: 10 rounds, epochs: 3 epochs)
    worst  = worst_case(1 classes, weigh: class, rounds: 10 rounds)
    longer = worst_case(1 classes, weigh: class, rounds: 30 rounds)
  }
  unlearn = retrain
  seed    = { train = each 0..5, select = each 0..5, unlearn = each 0..4 }
  zip(seed.train, seed.select)
  measure = [loss, mia]
}

/// Four of twenty groups: the samples of each class in two halves (`digits_halves.csv`). `singles` are groups that are hard alone.
experiment groups {
  data    = digits
  model   = small_cnn
  train   = training(20 epochs, batch: 64 samples, optimizer: sgd(lr: 0.05, schedule: cosine), precision: float32)
  forget  = each {
    group   = by_group("digits_halves.csv", group: each 0..20)
    singles = by_group("digits_halves.csv", group: [0, 5, 10, 12])
    mixed   = by_group("digits_halves.csv", group: each [[0, 5, 11, 18], [3, 6, 12, 17], [2, 9, 15, 16]])
    paper   = worst_case@paper(4 groups, weigh: group(file: "digits_halves.csv"), against: ft(batch: 64 samples), rounds: 10 rounds, epochs: 3 epochs)
    worst   = worst_case(4 groups, weigh: group(file: "digits_halves.csv"), rounds: 20 rounds)
  }
  unlearn = retrain
  seed    = { train = each 0..5, select = each 0..5, unlearn = each 0..2 }
  zip(seed.train, seed.select)
  measure = [loss]
}

table groups_strength {
  from    = groups
  rows    = forget * forget.group
  columns = [loss]
  cell    = mean ± std over seed
}

table digits_strength {
  from    = digits
  rows    = forget
  columns = forget.budget * [loss, ua, mia]
  cell    = mean ± std over seed
}

table lenet_strength {
  from    = lenet
  rows    = forget
  columns = forget.budget * [loss, ua, mia]
  cell    = mean ± std over seed
}

table resnet_strength {
  from    = resnet
  rows    = forget
  columns = forget.budget * [loss, ua, mia]
  cell    = mean ± std over seed
}

table classes_strength {
  from    = classes
  rows    = forget * forget.classes
  columns = [loss, mia]
  cell    = mean ± std over seed
}

claim "On the digits, no rival is as hard as the worst case, but for EL2N at 30 %" {
  mean(digits.loss where forget == worst and forget.budget == 10% over seed) < mean(digits.loss where forget == low_loss and forget.budget == 10% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 30% over seed) < mean(digits.loss where forget == low_loss and forget.budget == 30% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 50% over seed) < mean(digits.loss where forget == low_loss and forget.budget == 50% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 10% over seed) < mean(digits.loss where forget == el2n and forget.budget == 10% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 50% over seed) < mean(digits.loss where forget == el2n and forget.budget == 50% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 10% over seed) < mean(digits.loss where forget == memorised and forget.budget == 10% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 30% over seed) < mean(digits.loss where forget == memorised and forget.budget == 30% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 50% over seed) < mean(digits.loss where forget == memorised and forget.budget == 50% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 10% over seed) < mean(digits.loss where forget == consistent and forget.budget == 10% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 30% over seed) < mean(digits.loss where forget == consistent and forget.budget == 30% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 50% over seed) < mean(digits.loss where forget == consistent and forget.budget == 50% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 10% over seed) < mean(digits.loss where forget == moderate and forget.budget == 10% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 30% over seed) < mean(digits.loss where forget == moderate and forget.budget == 30% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 50% over seed) < mean(digits.loss where forget == moderate and forget.budget == 50% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 10% over seed) < mean(digits.loss where forget == balanced and forget.budget == 10% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 30% over seed) < mean(digits.loss where forget == balanced and forget.budget == 30% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 50% over seed) < mean(digits.loss where forget == balanced and forget.budget == 50% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 10% over seed) < mean(digits.loss where forget == against_ft and forget.budget == 10% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 30% over seed) < mean(digits.loss where forget == against_ft and forget.budget == 30% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 50% over seed) < mean(digits.loss where forget == against_ft and forget.budget == 50% over seed)
}

claim "On the digits, EL2N at 30 % is as hard as the worst case, within noise" {
  paired(digits.loss where forget == el2n and forget.budget == 30% over seed, digits.loss where forget == worst and forget.budget == 30% over seed) > 0.05
}

claim "On the digits, the published update is at least twice as weak" {
  mean(digits.loss where forget == worst and forget.budget == 10% over seed) + 0.301 <= mean(digits.loss where forget == paper and forget.budget == 10% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 30% over seed) + 0.301 <= mean(digits.loss where forget == paper and forget.budget == 30% over seed)
    and mean(digits.loss where forget == worst and forget.budget == 50% over seed) + 0.301 <= mean(digits.loss where forget == paper and forget.budget == 50% over seed)
}

claim "With LeNet, no rival is as hard as the worst case" {
  mean(lenet.loss where forget == worst and forget.budget == 10% over seed) < mean(lenet.loss where forget == low_loss and forget.budget == 10% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 30% over seed) < mean(lenet.loss where forget == low_loss and forget.budget == 30% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 50% over seed) < mean(lenet.loss where forget == low_loss and forget.budget == 50% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 10% over seed) < mean(lenet.loss where forget == el2n and forget.budget == 10% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 30% over seed) < mean(lenet.loss where forget == el2n and forget.budget == 30% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 50% over seed) < mean(lenet.loss where forget == el2n and forget.budget == 50% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 10% over seed) < mean(lenet.loss where forget == memorised and forget.budget == 10% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 30% over seed) < mean(lenet.loss where forget == memorised and forget.budget == 30% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 50% over seed) < mean(lenet.loss where forget == memorised and forget.budget == 50% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 10% over seed) < mean(lenet.loss where forget == moderate and forget.budget == 10% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 30% over seed) < mean(lenet.loss where forget == moderate and forget.budget == 30% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 50% over seed) < mean(lenet.loss where forget == moderate and forget.budget == 50% over seed)
}

claim "With LeNet, the published update is at least twice as weak at 30 % and 50 %" {
  mean(lenet.loss where forget == worst and forget.budget == 30% over seed) + 0.301 <= mean(lenet.loss where forget == paper and forget.budget == 30% over seed)
    and mean(lenet.loss where forget == worst and forget.budget == 50% over seed) + 0.301 <= mean(lenet.loss where forget == paper and forget.budget == 50% over seed)
}

claim "With LeNet, the published update is weaker at 10 % as well" {
  mean(lenet.loss where forget == worst and forget.budget == 10% over seed) < mean(lenet.loss where forget == paper and forget.budget == 10% over seed)
}

claim "With ResNet-20s, no rival is as hard as the worst case" {
  mean(resnet.loss where forget == worst and forget.budget == 10% over seed) < mean(resnet.loss where forget == low_loss and forget.budget == 10% over seed)
    and mean(resnet.loss where forget == worst and forget.budget == 30% over seed) < mean(resnet.loss where forget == low_loss and forget.budget == 30% over seed)
    and mean(resnet.loss where forget == worst and forget.budget == 50% over seed) < mean(resnet.loss where forget == low_loss and forget.budget == 50% over seed)
    and mean(resnet.loss where forget == worst and forget.budget == 10% over seed) < mean(resnet.loss where forget == el2n and forget.budget == 10% over seed)
    and mean(resnet.loss where forget == worst and forget.budget == 30% over seed) < mean(resnet.loss where forget == el2n and forget.budget == 30% over seed)
    and mean(resnet.loss where forget == worst and forget.budget == 50% over seed) < mean(resnet.loss where forget == el2n and forget.budget == 50% over seed)
}

claim "With ResNet-20s, the published update is at least twice as weak" {
  mean(resnet.loss where forget == worst and forget.budget == 10% over seed) + 0.301 <= mean(resnet.loss where forget == paper and forget.budget == 10% over seed)
    and mean(resnet.loss where forget == worst and forget.budget == 30% over seed) + 0.301 <= mean(resnet.loss where forget == paper and forget.budget == 30% over seed)
    and mean(resnet.loss where forget == worst and forget.budget == 50% over seed) + 0.301 <= mean(resnet.loss where forget == paper and forget.budget == 50% over seed)
}

table lenet_fitted_strength {
  from    = lenet_fitted
  rows    = forget
  columns = forget.budget * [loss, ua, mia]
  cell    = mean ± std over seed
}

claim "With LeNet that fits its data, no rival is as hard as the worst case" {
  mean(lenet_fitted.loss where forget == worst and forget.budget == 10% over seed) < mean(lenet_fitted.loss where forget == low_loss and forget.budget == 10% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 30% over seed) < mean(lenet_fitted.loss where forget == low_loss and forget.budget == 30% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 50% over seed) < mean(lenet_fitted.loss where forget == low_loss and forget.budget == 50% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 10% over seed) < mean(lenet_fitted.loss where forget == el2n and forget.budget == 10% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 30% over seed) < mean(lenet_fitted.loss where forget == el2n and forget.budget == 30% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 50% over seed) < mean(lenet_fitted.loss where forget == el2n and forget.budget == 50% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 10% over seed) < mean(lenet_fitted.loss where forget == memorised and forget.budget == 10% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 30% over seed) < mean(lenet_fitted.loss where forget == memorised and forget.budget == 30% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 50% over seed) < mean(lenet_fitted.loss where forget == memorised and forget.budget == 50% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 10% over seed) < mean(lenet_fitted.loss where forget == moderate and forget.budget == 10% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 30% over seed) < mean(lenet_fitted.loss where forget == moderate and forget.budget == 30% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 50% over seed) < mean(lenet_fitted.loss where forget == moderate and forget.budget == 50% over seed)
}

claim "With LeNet that fits its data, the published update is at least twice as weak" {
  mean(lenet_fitted.loss where forget == worst and forget.budget == 10% over seed) + 0.301 <= mean(lenet_fitted.loss where forget == paper and forget.budget == 10% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 30% over seed) + 0.301 <= mean(lenet_fitted.loss where forget == paper and forget.budget == 30% over seed)
    and mean(lenet_fitted.loss where forget == worst and forget.budget == 50% over seed) + 0.301 <= mean(lenet_fitted.loss where forget == paper and forget.budget == 50% over seed)
}

table resnet_fitted_strength {
  from    = resnet_fitted
  rows    = forget
  columns = forget.budget * [loss, ua, mia]
  cell    = mean ± std over seed
}

claim "With ResNet-20s that fits its data, no rival is as hard as the worst case" {
  mean(resnet_fitted.loss where forget == worst and forget.budget == 10% over seed) < mean(resnet_fitted.loss where forget == low_loss and forget.budget == 10% over seed)
    and mean(resnet_fitted.loss where forget == worst and forget.budget == 30% over seed) < mean(resnet_fitted.loss where forget == low_loss and forget.budget == 30% over seed)
    and mean(resnet_fitted.loss where forget == worst and forget.budget == 50% over seed) < mean(resnet_fitted.loss where forget == low_loss and forget.budget == 50% over seed)
    and mean(resnet_fitted.loss where forget == worst and forget.budget == 10% over seed) < mean(resnet_fitted.loss where forget == el2n and forget.budget == 10% over seed)
    and mean(resnet_fitted.loss where forget == worst and forget.budget == 30% over seed) < mean(resnet_fitted.loss where forget == el2n and forget.budget == 30% over seed)
    and mean(resnet_fitted.loss where forget == worst and forget.budget == 50% over seed) < mean(resnet_fitted.loss where forget == el2n and forget.budget == 50% over seed)
}

claim "With ResNet-20s that fits its data, the published update is at least twice as weak" {
  mean(resnet_fitted.loss where forget == worst and forget.budget == 10% over seed) + 0.301 <= mean(resnet_fitted.loss where forget == paper and forget.budget == 10% over seed)
    and mean(resnet_fitted.loss where forget == worst and forget.budget == 30% over seed) + 0.301 <= mean(resnet_fitted.loss where forget == paper and forget.budget == 30% over seed)
    and mean(resnet_fitted.loss where forget == worst and forget.budget == 50% over seed) + 0.301 <= mean(resnet_fitted.loss where forget == paper and forget.budget == 50% over seed)
}
