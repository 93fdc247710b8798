//! The layer kernels. A chain `a -> b` applies them in order; `name: layer` names its parameters. What goes from layer to
//! layer is an image (channels × height × width), a grid (height × width, with a row of features at each place), tokens (rows
//! of features), or one row.

/// 2-D convolution with a square kernel; `same` pads so that stride 1 keeps the size.
layer conv(
  channels: int in 1..1048576,
  kernel: int in 1..4096 = 3,
  stride: int in 1..4096 = 1,
  padding: int | same in 0..4096 = same,
  bias: bool = false,
  /// Groups of channels that do not see each other.
  groups: int in 1..4096 = 1,
  weight: init = he_normal,
  bias_init: init = torch_default
) builtin
/// A fully connected layer, on every row.
layer linear(features: int in 1..1048576, bias: bool = true, weight: init = torch_default, bias_init: init = torch_default) builtin

/// Batch normalisation over channels.
layer bn builtin
/// Normalisation of each row.
layer layer_norm(
  eps: real > 0 = 1e-5,
  /// Whether a learned factor and summand follow.
  affine: bool = true
) builtin
/// Normalisation over groups of channels.
layer group_norm(groups: int in 1..4096, eps: real > 0 = 1e-5) builtin

/// max(x, 0)
layer relu builtin
/// x where it is positive, else x/100.
layer leaky_relu builtin
/// x · Φ(x)
layer gelu builtin
/// x · sigmoid(x)
layer silu builtin
/// The hyperbolic tangent.
layer tanh builtin
/// 1 / (1 + exp(−x))
layer sigmoid builtin

/// In training, each number is zero with probability `p`, and the others are divided by 1 − p.
layer dropout(p: real in 0..1 = 0.5) builtin
/// The same for samples as a whole, at the end of a residual branch (stochastic depth; Huang et al. 2016).
layer drop_path(p: real in 0..1) builtin

/// Maximum over windows.
layer max_pool(kernel: int in 1..4096 = 2, stride: int | kernel in 1..4096 = kernel, padding: int in 0..4096 = 0) builtin
/// Mean over windows.
layer average_pool(kernel: int in 1..4096 = 2, stride: int | kernel in 1..4096 = kernel, padding: int in 0..4096 = 0) builtin
/// Mean over windows of whatever size gives `side` × `side`.
layer adaptive_average_pool(side: int in 1..4096) builtin
/// The mean over all places, or tokens.
layer global_average_pool builtin
/// Everything as one row of numbers.
layer flatten builtin

/// Its input.
layer identity builtin
/// Every stride-th pixel, with zeros for the new channels: the parameter-free shortcut of He et al. 2016.
layer pad_shortcut(channels: int in 1..1048576, stride: int in 1..4096 = 1) builtin
/// body(x) + shortcut(x)
layer residual(body: layer, shortcut: layer = identity) builtin
/// The channels of all parts beside each other: `concat([identity, body])` is a dense connection.
layer concat(parts: [layer]) builtin
/// The layer, so many times in a row, each with parameters of its own; they are called `prefix` and a number from 0.
layer repeat(times: int in 1..10000, body: layer, prefix: text = "") builtin

/// An image as tokens, one a pixel.
layer to_tokens builtin
/// An image as a grid; or tokens, which lie row by row in a square.
layer to_grid builtin
/// A grid as an image; or tokens, which lie row by row in a square; or a row of numbers, channel by channel.
layer to_image(channels: int | unsaid in 1..1048576 = unsaid) builtin
/// Patches of an image as a grid, each as a row.
layer patches(side: int in 1..4096) builtin
/// The image of such patches.
layer unpatch(side: int in 1..4096) builtin
/// Four neighbours of a grid as one row.
layer merge_patches builtin
/// A learned token in front of the others; the layer's label is the tensor's name.
layer class_token builtin
/// A learned row added to each token; the layer's label is the tensor's name.
layer position_embedding(std: real > 0 = 0.02) builtin
/// One of the tokens.
layer take_token(at: int in 0..1048576 = 0) builtin
/// Scaled dot-product attention among tokens: of queries, keys and values in one row.
layer attention(heads: int in 1..4096) builtin
/// Attention within the windows of a grid, with a learned bias by relative position (Liu et al. 2021). The layer's label is
/// the bias's name.
layer window_attention(
  heads: int in 1..4096,
  window: int in 2..4096,
  /// By how much the grid is rolled first. What did not touch before does not see each other.
  shift: int in 0..4096 = 0,
  /// A shift also where one window covers the grid.
  always: bool = false,
  /// One bias for all heads.
  shared: bool = false
) builtin

/// Each pixel `factor` × `factor` times.
layer upsample(factor: int in 1..4096 = 2) builtin
/// Zeros around an image, px.
layer pad(
  left: int in 0..4096 = 0,
  top: int in 0..4096 = 0,
  right: int in 0..4096 = 0,
  bottom: int in 0..4096 = 0
) builtin

/// Sines, then cosines, of time · scale · base^(−i / (n − 1)), i below n = features / 2, whatever comes before (Ho et al. 2020). The time
/// is what a denoiser is given with each sample.
layer time_embedding(features: int in 4..1048576, scale: real > 0 = 1, base: real > 1 = 10000) builtin
/// The row of a learned table that is the sample's condition, whatever comes before. There are as many conditions as the data
/// set has classes; the last row stands for no condition.
layer label_embedding(
  features: int in 1..1048576,
  /// The name of the last row, where it is a tensor by itself.
  apart: text | within = within
) builtin

/// Its input. What `of` makes of it is remembered under a name.
layer remember(name: text, of: layer = identity) builtin
/// What was remembered under the name, in the place of its input.
layer recall(name: text) builtin
/// x + a: `of` makes a number for each channel, or feature, of its input.
layer shift(of: layer) builtin
/// x · (1 + a) + b: `of` makes all a, then all b (Perez et al. 2018; adaptive normalisation in Peebles and Xie 2023).
layer modulate(of: layer) builtin
/// x · a: `of` makes a number for each channel, or feature, of its input.
layer gate(of: layer) builtin

/// A TorchScript module's file: `torch.jit.script(network).save("network.pt")`. Its outputs are a row of `features` a sample.
/// Its parameters, and what sets of parameters call layers, are those of PyTorch's modules in it. Fresh networks draw the
/// weights of its convolutions, linear layers and normalisations by PyTorch's defaults, from mu's own random numbers; what
/// else it has is the file's.
layer torchscript(
  path: text,
  features: int in 1..1048576,
  /// A fresh network has the file's weights instead, whatever the seed: Retrain must not start from weights that have seen
  /// the forget set.
  keep: bool = false
) builtin

/// N(0, 2 / fan) (He et al. 2015).
init he_normal(fan: outputs | inputs = outputs) builtin
/// N(0, 1 / fan-in) (LeCun et al. 1998).
init lecun_normal builtin
/// Uniform in ±√(6 / (fan-in + fan-out)) (Glorot and Bengio 2010).
init glorot_uniform builtin
/// Uniform in ±1/√fan-in, for weights and biases.
init torch_default builtin
/// N(0, std²)
init normal(std: real > 0) builtin
/// 0
init zeros builtin
