// A file that ends in the middle.
experiment a {
//~ error unclosed: this `{` is never closed
  data = digits
  model = small_cnn
  forget = each { random = random(10%)
