//! Words of the library that no other test uses.
mu 1

experiment words {
  data    = digits
  model   = small_cnn
  train   = training(1 epochs, optimizer: clip_value(adam(schedule: linear_decay), max: 0.1))
  forget  = each { low = lowest(10%, entropy_score), high = highest(10%, entropy_score) }
  unlearn = each [retrain, salun@mixed]
  seed    = 0
  measure = [ua, mia_auc, mia_tpr, samples_seen, tow_mia@whole, zrf]
}
