//! Accuracies are in percent, of evaluation-mode outputs without augmentation.

/// Share of right predictions on a part of the data.
metric accuracy(on: forget | retain | validation | test): percent builtin

/// Unlearning accuracy: 100 % minus the accuracy on the forget set.
metric ua: percent towards retrain = 100% - accuracy(forget)
/// Remaining accuracy: on the retain set.
metric ra: percent towards retrain = accuracy(retain)
/// Test accuracy.
metric ta: percent towards retrain = accuracy(test)
/// Validation accuracy.
metric va: percent towards retrain = accuracy(validation)
