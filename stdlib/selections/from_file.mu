/// The sample numbers that a file lists: npy or npz of NumPy, torch.save, a pickle (nothing is executed), JSON, CSV or text; a list of
/// numbers, or a mask with a yes or no for each sample. A table of several columns has one called `index`. Numbers count from 0: in
/// folders as torchvision's `ImageFolder`, in CIFAR, MNIST and SVHN as torchvision has them.
selection from_file(
  path: path,
  /// Whether numbers count, from 0, in the training part before the validation samples are taken out, or in what is left then: so
  /// count the lists of Unlearn-WorstCase, whose validation samples `split: numpy` takes out.
  counted_in: part | training = part
) builtin
