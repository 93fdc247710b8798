//! Vision transformers (Dosovitskiy et al. 2021), parameter names and laws as torchvision's.

/// Attention among tokens and a hidden layer on each, both beside their input.
layer vit_block(width: int > 0, heads: int > 0, hidden: int > 0) = (
  residual(
    body: (
      ln_1: layer_norm(1e-6)
      -> self_attention.in_proj_: linear(3 * width, weight: glorot_uniform, bias_init: zeros)
      -> attention(heads)
      -> self_attention.out_proj: linear(width, bias_init: zeros)
    )
  )
  -> residual(
    body: (
      ln_2: layer_norm(1e-6)
      -> mlp.0: linear(hidden, weight: glorot_uniform, bias_init: normal(1e-6)) -> gelu
      -> mlp.3: linear(width, weight: glorot_uniform, bias_init: normal(1e-6))
    )
  )
)

/// ViT-B/16: 86.6 M parameters for 3 × 224 × 224 and 1 000 classes.
model vit_b_16(
  patch: int > 0 = 16,
  width: int > 0 = 768,
  depth: int > 0 = 12,
  heads: int > 0 = 12,
  hidden: int > 0 = 3072
) {
  conv_proj: conv(width, patch, stride: patch, padding: 0, bias: true, weight: lecun_normal, bias_init: zeros)
    -> to_tokens -> class_token: class_token -> encoder.pos_embedding: position_embedding
    -> encoder.layers: repeat(depth, vit_block(width, heads, hidden), prefix: "encoder_layer_")
    -> encoder.ln: layer_norm(1e-6) -> take_token -> heads.head: linear(classes, weight: zeros, bias_init: zeros)
}

/// A small one for 32 px, in patches of 4 px: 2.7 M parameters for 10 classes.
model vit_small(
  patch: int > 0 = 4,
  width: int > 0 = 192,
  depth: int > 0 = 6,
  heads: int > 0 = 3,
  hidden: int > 0 = 768
) = vit_b_16(patch, width, depth, heads, hidden)
