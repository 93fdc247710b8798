//! Used by everything.mu.
mu 1

/// A small network.
model tiny(width: int > 0 = 8) {
  let block(c) = (conv: conv(c, 3) -> bn: bn -> relu)
  block1: block(width) -> repeat(2, block(width)) -> max_pool(2) -> flatten -> fc: linear(classes)
}

method ft_twice = ft(epochs: 2 epochs, batch: 64 samples)
