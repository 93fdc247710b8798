/// Tug of war: Π over forget, retain and test set of (1 − |accuracy − Retrain's|) (Zhao et al., NeurIPS 2024).
metric tow: real towards 1 =
  (1 - abs(accuracy(forget) - accuracy(forget)[unlearn == retrain]) / 100)
  * (1 - abs(accuracy(retain) - accuracy(retain)[unlearn == retrain]) / 100)
  * (1 - abs(accuracy(test) - accuracy(test)[unlearn == retrain]) / 100)

/// The same with the attack's score in the place of the forget set's accuracy.
metric tow_mia: real towards 1 =
  (1 - abs(mia - mia[unlearn == retrain]) / 100)
  * (1 - abs(accuracy(retain) - accuracy(retain)[unlearn == retrain]) / 100)
  * (1 - abs(accuracy(test) - accuracy(test)[unlearn == retrain]) / 100)
