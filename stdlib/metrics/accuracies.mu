//! Accuracies are in percent, of evaluation-mode outputs without augmentation.
//!
//! A class is forgotten whole where all its training samples are in the forget set. `test_retained` and `validation_retained` are
//! the test and validation samples of the other classes, as the tables of class-wise forgetting have them (Jia et al., NeurIPS
//! 2023; Fan et al., ICLR 2024, whose codes take the class out of the test set); where no class is forgotten whole they are `test`
//! and `validation`. A version `@whole` keeps every class. Their codes do not thin the validation samples, on which they report
//! nothing; here `va` and `ta` are read alike, so that what is chosen by the one holds for the other.

/// Share of right predictions on a part of the data, or on the samples of some classes of it. A selection is a part as well:
/// `accuracy(from_file("q0.npy"))`.
metric accuracy(
  on: forget | retain | validation | test | validation_retained | test_retained | selection,
  /// A class, or several.
  class: int | [int] | all >= 0 = all,
  /// Classes whose samples do not count.
  without: int | [int] | none >= 0 = none
): percent builtin

/// Unlearning accuracy: 100 % minus the accuracy on the forget set.
metric ua: percent towards reference = 100% - accuracy(forget)
/// Remaining accuracy: on the retain set.
metric ra: percent towards reference = accuracy(retain)
/// Test accuracy, without the classes that are forgotten whole.
metric ta: percent towards reference = accuracy(test_retained)
/// Test accuracy on every class: where a class is forgotten, Retrain fails on it, and a method that forgets nothing does not.
metric ta@whole: percent towards reference = accuracy(test)
/// Validation accuracy, without the classes that are forgotten whole.
metric va: percent towards reference = accuracy(validation_retained)
/// Validation accuracy on every class.
metric va@whole: percent towards reference = accuracy(validation)

/// Expected calibration error: the mean gap between confidence and accuracy, in bins of equal width by confidence
/// (Guo et al., ICML 2017).
metric calibration_error(
  on: forget | retain | validation | test | validation_retained | test_retained | selection = test_retained,
  bins: int in 1..100000 = 15
): percent towards lower builtin
/// Calibration error on the test set, without the classes that are forgotten whole.
metric ece: percent towards lower = calibration_error(test_retained)
