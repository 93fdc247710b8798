/// Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 70 000 grey images in 10 classes, here at 32 × 32 px with crop and flip.
/// The default folder is that of the Debian package dataset-fashion-mnist.
dataset fashion_mnist(
  root: path = "/usr/share/datasets/fashion-mnist",
  train: samples | all = all,
  test: samples | all = all,
  validation: percent in 0%..50% = 10%
) = idx(root, canvas: 32 px, train: train, test: test, validation: validation,
  mean: 0.2190, std: 0.3318, augment: [crop(4 px), flip])
/// MNIST (LeCun et al. 1998): 70 000 grey digits in 10 classes, here at 32 × 32 px with crop.
dataset mnist(
  root: path = "data/mnist",
  train: samples | percent | all = all,
  test: samples | percent | all = all,
  validation: percent in 0%..50% = 10%
) = idx(root, canvas: 32 px, train: train, test: test, validation: validation, mean: 0.1000, std: 0.2752, augment: [crop(4 px)])
