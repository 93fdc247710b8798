//! Swin transformers (Liu et al. 2021). Without a version it is the one that Unlearn-WorstCase has for 32 px: windows of 4, first
//! patches of 2 px, three times halved, a bias for all heads together; `@imagenet` is torchvision's Swin-T, for 224 px. Parameter
//! names are each one's own.

/// Attention within windows and a hidden layer, both beside their input: torchvision's.
layer swin_block(
  width: int > 0,
  heads: int > 0,
  window: int > 1,
  shift: int >= 0,
  /// Probability of dropping a branch in training.
  drop: real in 0..1 = 0
) = (
  residual(
    body: (
      norm1: layer_norm
      -> attn: (
        qkv: linear(3 * width, weight: normal(0.02), bias_init: zeros)
        -> relative_position_bias_table: window_attention(heads, window, shift)
        -> proj: linear(width, weight: normal(0.02), bias_init: zeros)
      )
      -> drop_path(drop)
    )
  )
  -> residual(
    body: (
      norm2: layer_norm
      -> mlp.0: linear(4 * width, weight: normal(0.02), bias_init: zeros) -> gelu
      -> mlp.3: linear(width, weight: normal(0.02), bias_init: zeros) -> drop_path(drop)
    )
  )
)

/// torchvision's Swin-T: 28.3 M parameters for 1 000 classes.
model swin_t@imagenet(width: int > 0 = 96, heads: int > 0 = 3) {
  let halve(c) = (
    merge_patches -> norm: layer_norm -> reduction: linear(c, bias: false, weight: normal(0.02))
  )

  let drop(i) = 0.2 * i / 11

  features.0.0: conv(width, 4, stride: 4, padding: 0, bias: true, weight: torch_default) -> to_grid
    -> features.0.2: layer_norm
    -> features.1: (
      swin_block(width, heads, 7, 0, 0)
      -> swin_block(width, heads, 7, 3, drop(1))
    )
    -> features.2: halve(2 * width)
    -> features.3: (
      swin_block(2 * width, 2 * heads, 7, 0, drop(2))
      -> swin_block(2 * width, 2 * heads, 7, 3, drop(3))
    )
    -> features.4: halve(4 * width)
    -> features.5: (
      swin_block(4 * width, 4 * heads, 7, 0, drop(4))
      -> swin_block(4 * width, 4 * heads, 7, 3, drop(5))
      -> swin_block(4 * width, 4 * heads, 7, 0, drop(6))
      -> swin_block(4 * width, 4 * heads, 7, 3, drop(7))
      -> swin_block(4 * width, 4 * heads, 7, 0, drop(8))
      -> swin_block(4 * width, 4 * heads, 7, 3, drop(9))
    )
    -> features.6: halve(8 * width)
    -> features.7: (
      swin_block(8 * width, 8 * heads, 7, 0, drop(10))
      -> swin_block(8 * width, 8 * heads, 7, 3, drop(11))
    )
    -> norm: layer_norm -> global_average_pool
    -> head: linear(classes, weight: normal(0.02), bias_init: zeros)
}

/// Swin-T for small images: 26.6 M parameters for 3 × 32 × 32 and 10 classes.
model swin_t(width: int > 0 = 96, heads: int > 0 = 3, window: int > 1 = 4) {
  let block(c, h, shift) = (
    residual(
      body: (
        attention_block.fn.norm: layer_norm
        -> attention_block.fn.fn: (
          to_qkv: linear(96 * h, bias: false)
          -> pos_embedding: window_attention(h, window, shift, always: true, shared: true)
          -> to_out: linear(c)
        )
      )
    )
    -> residual(
      body: (
        mlp_block.fn.norm: layer_norm
        -> mlp_block.fn.fn: (net.0: linear(4 * c) -> gelu -> net.2: linear(c))
      )
    )
  )
  let pair(c, h) = (block(c, h, 0) -> block(c, h, window / 2))
  let stage(side, c, h, pairs) = (
    patches(side) -> patch_partition.linear: linear(c) -> layers: repeat(pairs, pair(c, h)) -> to_image
  )

  stage1: stage(2, width, heads, 1)
    -> stage2: stage(2, 2 * width, 2 * heads, 1)
    -> stage3: stage(2, 4 * width, 4 * heads, 3)
    -> stage4: stage(1, 8 * width, 8 * heads, 1)
    -> global_average_pool -> mlp_head.0: layer_norm -> mlp_head.1: linear(classes)
}
