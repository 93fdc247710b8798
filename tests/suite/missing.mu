// What is required and not given.
experiment a {
  data   = idx(classes: 10)
  model  = small_cnn
  train  = training()
  forget = random()
}
