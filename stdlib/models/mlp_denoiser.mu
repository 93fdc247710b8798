/// A denoiser of fully connected layers, for images of about 8 × 8 px. Each block is normalised, shifted, scaled and gated by time and
/// condition; the gates begin closed (adaLN-Zero, Peebles and Xie 2023). 2.1 M parameters for 1 × 8 × 8 and 10 conditions.
model mlp_denoiser(
  width: int > 0 = 256,
  depth: int > 0 = 4,
  /// What a time is multiplied by: 1000 for times from 0 to 1, and 1 for the steps of a DDPM.
  time: real > 0 = 1000
) {
  let closed(features) = linear(features, weight: zeros, bias_init: zeros)

  remember(
    "given",
    of: (
      residual(
        body: (time_embedding(width, scale: time) -> time.0: linear(width) -> silu -> time.1: linear(width)),
        shortcut: (label: label_embedding(width))
      )
      -> silu
    )
  )
    -> flatten -> first: linear(width)
    -> blocks: repeat(
      depth,
      (
        residual(
          body: (
            layer_norm(1e-6, affine: false) -> modulate(of: (recall("given") -> film: closed(2 * width)))
            -> mlp.0: linear(2 * width) -> silu -> mlp.1: linear(width)
            -> gate(of: (recall("given") -> gate: closed(width)))
          )
        )
      )
    )
    -> layer_norm(1e-6, affine: false) -> modulate(of: (recall("given") -> out.film: closed(2 * width)))
    -> out.linear: linear(channels * canvas * canvas) -> to_image(channels)
}
