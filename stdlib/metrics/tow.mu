/// Tug of war: Π over forget, retain and test set of (1 − |accuracy − Retrain's|) (Zhao et al., NeurIPS 2024), without test
/// samples of classes that are forgotten whole.
metric tow: real towards 1 =
  (1 - abs(accuracy(forget) - accuracy(forget)[unlearn == reference]) / 100)
  * (1 - abs(accuracy(retain) - accuracy(retain)[unlearn == reference]) / 100)
  * (1 - abs(ta - ta[unlearn == reference]) / 100)

/// The same with every test sample.
metric tow@whole: real towards 1 =
  (1 - abs(accuracy(forget) - accuracy(forget)[unlearn == reference]) / 100)
  * (1 - abs(accuracy(retain) - accuracy(retain)[unlearn == reference]) / 100)
  * (1 - abs(ta@whole - ta@whole[unlearn == reference]) / 100)

/// The same with the attack's score in the place of the forget set's accuracy.
metric tow_mia: real towards 1 =
  (1 - abs(mia - mia[unlearn == reference]) / 100)
  * (1 - abs(accuracy(retain) - accuracy(retain)[unlearn == reference]) / 100)
  * (1 - abs(ta - ta[unlearn == reference]) / 100)

/// That with every test sample.
metric tow_mia@whole: real towards 1 =
  (1 - abs(mia@whole - mia@whole[unlearn == reference]) / 100)
  * (1 - abs(accuracy(retain) - accuracy(retain)[unlearn == reference]) / 100)
  * (1 - abs(ta@whole - ta@whole[unlearn == reference]) / 100)
