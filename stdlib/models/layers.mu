//! The layer kernels. A chain `a -> b` applies them in order; `name: layer` names its parameters.

/// 2-D convolution with a square kernel; `same` pads so that stride 1 keeps the size.
layer conv(channels: int > 0, kernel: int > 0 = 3, stride: int > 0 = 1, padding: int | same = same, bias: bool = false) builtin
/// Batch normalisation over channels.
layer bn builtin
/// max(x, 0)
layer relu builtin
/// Maximum over windows.
layer max_pool(kernel: int > 0 = 2) builtin
/// The mean of each channel.
layer global_average_pool builtin
/// An image as one row of numbers.
layer flatten builtin
/// A fully connected layer.
layer linear(features: int > 0) builtin
/// Its input.
layer identity builtin
/// Every stride-th pixel, with zeros for the new channels: the parameter-free shortcut of He et al. 2016.
layer pad_shortcut(channels: int > 0, stride: int > 0 = 1) builtin
/// body(x) + shortcut(x)
layer residual(body: layer, shortcut: layer = identity) builtin
/// The layer, so many times in a row, each with parameters of its own.
layer repeat(times: int > 0, body: layer) builtin
