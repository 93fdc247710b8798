//! Denoisers for images: convolutions down to small images and up again (Ronneberger et al. 2015; Ho et al. 2020). What each level
//! made on the way down is put beside what it makes on the way up.

/// Two convolutions beside their input, moved between them by what is remembered as `given`.
layer unet_block(channels: int > 0, groups: int > 0) = (
  residual(
    body: (
      norm1: group_norm(groups) -> silu -> conv1: conv(channels, bias: true, weight: torch_default)
      -> shift(of: (recall("given") -> given: linear(channels)))
      -> norm2: group_norm(groups) -> silu -> conv2: conv(channels, bias: true, weight: torch_default)
    )
  )
)
/// The same with another number of channels.
layer unet_block_wide(channels: int > 0, groups: int > 0) = (
  residual(
    body: (
      norm1: group_norm(groups) -> silu -> conv1: conv(channels, bias: true, weight: torch_default)
      -> shift(of: (recall("given") -> given: linear(channels)))
      -> norm2: group_norm(groups) -> silu -> conv2: conv(channels, bias: true, weight: torch_default)
    ),
    shortcut: (conv_shortcut: conv(channels, 1, bias: true, weight: torch_default))
  )
)

/// A small U-Net of three levels, for images whose sides 4 divides: 160 017 parameters for 1 × 28 × 28 and 10 conditions.
model unet(
  width: int > 0 = 16,
  /// Groups of channels that are normalised together.
  groups: int > 0 = 8,
  /// What a time is multiplied by: 1000 for times from 0 to 1, and 1 for the steps of a DDPM.
  time: real > 0 = 1000
) {
  let up(name, c) = (concat([identity, recall(name)]) -> unet_block_wide(c, groups))

  remember(
    "given",
    of: (
      residual(
        body: (time_embedding(4 * width, scale: time) -> time.0: linear(4 * width) -> silu -> time.1: linear(4 * width)),
        shortcut: (label: label_embedding(4 * width))
      )
      -> silu
    )
  )
    -> conv_in: conv(width, bias: true, weight: torch_default)
    -> down.0: unet_block(width, groups) -> remember("level 0")
    -> down.0.shrink: conv(width, stride: 2, bias: true, weight: torch_default)
    -> down.1: unet_block_wide(2 * width, groups) -> remember("level 1")
    -> down.1.shrink: conv(2 * width, stride: 2, bias: true, weight: torch_default)
    -> down.2: unet_block(2 * width, groups) -> remember("level 2")
    -> middle: unet_block(2 * width, groups)
    -> up.2: up("level 2", 2 * width) -> upsample
    -> up.1: up("level 1", 2 * width) -> upsample
    -> up.0: up("level 0", width)
    -> norm_out: group_norm(groups) -> silu -> conv_out: conv(channels, bias: true, weight: torch_default)
}

/// The network of Ho et al. (2020) for images of 32 px, with conditions: SalUn's and Selective Amnesia's, under their names of tensors.
/// 38 632 323 parameters for 3 × 32 × 32 and 10 conditions.
model unet@ddpm(
  width: int > 0 = 128,
  groups: int > 0 = 32,
  drop: real in 0..1 = 0.1,
  /// What a time is multiplied by: the published network takes steps from 0 to 999.
  time: real > 0 = 1
) {
  let full(c, k) = conv(c, k, bias: true, weight: torch_default)
  let norm = group_norm(groups, eps: 1e-6)
  let body(c) = (
    norm1: norm -> silu -> conv1: full(c, 3)
    -> shift(of: (recall("given") -> silu -> temb_cemb_proj: linear(c)))
    -> norm2: norm -> silu -> dropout(drop) -> conv2: full(c, 3)
  )
  let block(c) = (residual(body: body(c)))
  let wide(c) = (residual(body: body(c), shortcut: (nin_shortcut: full(c, 1))))
  let attend(c) = (
    residual(
      body: (
        norm: norm -> concat([(q: full(c, 1)), (k: full(c, 1)), (v: full(c, 1))])
        -> to_tokens -> attention(1) -> to_image -> proj_out: full(c, 1)
      )
    )
  )
  let half(c) = (pad(right: 1, bottom: 1) -> conv: conv(c, 3, stride: 2, padding: 0, bias: true, weight: torch_default))
  let twice(c) = (upsample -> conv: full(c, 3))
  let up(name, c) = (concat([identity, recall(name)]) -> wide(c))

  remember(
    "given",
    of: concat([
        (time_embedding(width, scale: time) -> temb.dense.0: linear(4 * width) -> silu -> temb.dense.1: linear(4 * width)),
        (
          classes_emb: label_embedding(width, apart: "null_classes_emb")
          -> cemb.dense.0: linear(4 * width) -> silu -> cemb.dense.1: linear(4 * width)
        )
    ])
  )
    -> conv_in: full(width, 3) -> remember("0")
    -> down.0.block.0: block(width) -> remember("1")
    -> down.0.block.1: block(width) -> remember("2")
    -> down.0.downsample: half(width) -> remember("3")
    -> down.1.block.0: wide(2 * width) -> down.1.attn.0: attend(2 * width) -> remember("4")
    -> down.1.block.1: block(2 * width) -> down.1.attn.1: attend(2 * width) -> remember("5")
    -> down.1.downsample: half(2 * width) -> remember("6")
    -> down.2.block.0: block(2 * width) -> remember("7")
    -> down.2.block.1: block(2 * width) -> remember("8")
    -> down.2.downsample: half(2 * width) -> remember("9")
    -> down.3.block.0: block(2 * width) -> remember("10")
    -> down.3.block.1: block(2 * width) -> remember("11")
    -> mid.block_1: block(2 * width) -> mid.attn_1: attend(2 * width) -> mid.block_2: block(2 * width)
    -> up.3.block.0: up("11", 2 * width)
    -> up.3.block.1: up("10", 2 * width)
    -> up.3.block.2: up("9", 2 * width) -> up.3.upsample: twice(2 * width)
    -> up.2.block.0: up("8", 2 * width)
    -> up.2.block.1: up("7", 2 * width)
    -> up.2.block.2: up("6", 2 * width) -> up.2.upsample: twice(2 * width)
    -> up.1.block.0: up("5", 2 * width) -> up.1.attn.0: attend(2 * width)
    -> up.1.block.1: up("4", 2 * width) -> up.1.attn.1: attend(2 * width)
    -> up.1.block.2: up("3", 2 * width) -> up.1.attn.2: attend(2 * width) -> up.1.upsample: twice(2 * width)
    -> up.0.block.0: up("2", width)
    -> up.0.block.1: up("1", width)
    -> up.0.block.2: up("0", width)
    -> norm_out: norm -> silu -> conv_out: full(channels, 3)
}
