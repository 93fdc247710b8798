/// Fully connected layers with ReLU between them.
model mlp(width: int > 0 = 256, hidden: int > 0 = 2) {
  flatten -> layers: repeat(hidden, (linear: linear(width) -> relu)) -> head: linear(classes)
}
