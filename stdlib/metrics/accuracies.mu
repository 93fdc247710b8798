//! Accuracies are in percent, of evaluation-mode outputs without augmentation.

/// Share of right predictions on a part of the data, or on the samples of one class of it.
metric accuracy(on: forget | retain | validation | test, class: int | all = all): percent builtin

/// Unlearning accuracy: 100 % minus the accuracy on the forget set.
metric ua: percent towards retrain = 100% - accuracy(forget)
/// Remaining accuracy: on the retain set.
metric ra: percent towards retrain = accuracy(retain)
/// Test accuracy.
metric ta: percent towards retrain = accuracy(test)
/// Validation accuracy.
metric va: percent towards retrain = accuracy(validation)

/// Expected calibration error: the mean gap between confidence and accuracy, in bins of equal width by confidence
/// (Guo et al., ICML 2017).
metric calibration_error(on: forget | retain | validation | test = test, bins: int > 0 = 15): percent towards lower builtin
/// Calibration error on the test set.
metric ece: percent towards lower = calibration_error(test)
