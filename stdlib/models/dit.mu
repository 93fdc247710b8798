//! Diffusion transformers (Peebles and Xie, ICCV 2023): tokens of patches, and in each block normalisations that time and condition
//! shift and scale, and gates that begin closed (adaLN-Zero).

/// Attention among tokens and a hidden layer on each, both beside their input, by what is remembered as `given`.
layer dit_block(width: int > 0, heads: int > 0, hidden: int > 0) = (
  residual(
    body: (
      layer_norm(1e-6, affine: false)
      -> modulate(of: (recall("given") -> film_1: linear(2 * width, weight: zeros, bias_init: zeros)))
      -> attn.qkv: linear(3 * width, weight: glorot_uniform, bias_init: zeros) -> attention(heads)
      -> attn.proj: linear(width, weight: glorot_uniform, bias_init: zeros)
      -> gate(of: (recall("given") -> gate_1: linear(width, weight: zeros, bias_init: zeros)))
    )
  )
  -> residual(
    body: (
      layer_norm(1e-6, affine: false)
      -> modulate(of: (recall("given") -> film_2: linear(2 * width, weight: zeros, bias_init: zeros)))
      -> mlp.fc1: linear(hidden, weight: glorot_uniform, bias_init: zeros) -> gelu
      -> mlp.fc2: linear(width, weight: glorot_uniform, bias_init: zeros)
      -> gate(of: (recall("given") -> gate_2: linear(width, weight: zeros, bias_init: zeros)))
    )
  )
)

/// A small one: 1.3 M parameters for 1 × 28 × 28 in patches of 4 px and 10 conditions. Its positions are learned.
model dit(
  patch: int > 0 = 4,
  width: int > 0 = 128,
  depth: int > 0 = 4,
  heads: int > 0 = 4,
  /// What a time is multiplied by: 1000 for times from 0 to 1, and 1 for the steps of a DDPM.
  time: real > 0 = 1000
) {
  remember(
    "given",
    of: (
      residual(
        body: (
          time_embedding(256, scale: time)
          -> t_embedder.mlp.0: linear(width, weight: normal(0.02), bias_init: zeros) -> silu
          -> t_embedder.mlp.2: linear(width, weight: normal(0.02), bias_init: zeros)
        ),
        shortcut: (y_embedder.embedding_table: label_embedding(width))
      )
      -> silu
    )
  )
    -> patches(patch) -> x_embedder.proj: linear(width, weight: glorot_uniform, bias_init: zeros)
    -> to_image -> to_tokens -> pos_embed: position_embedding
    -> blocks: repeat(depth, dit_block(width, heads, 4 * width))
    -> layer_norm(1e-6, affine: false)
    -> modulate(of: (recall("given") -> final_layer.film: linear(2 * width, weight: zeros, bias_init: zeros)))
    -> final_layer.linear: linear(patch * patch * channels, weight: zeros, bias_init: zeros)
    -> to_grid -> unpatch(patch)
}
