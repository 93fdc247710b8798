//! What each layer kernel does.

use mu_kernels::Sizes;
use mu_step::{Featurewise, Function, Layer, LayerNode, Script};
use tch::{Device, TchError, Tensor};

use super::attention;
use super::init::channels_last;
use super::network::Network;
use super::pass::{Pass, waves};
use super::script;

/// Running statistics move by this share; PyTorch's defaults.
pub(super) const BN_MOMENTUM: f64 = 0.1;
pub(super) const EPS: f64 = 1e-5;

/// Input channels from which on oneDNN's kernels for strided 1 × 1 convolutions stay within their memory.
const WIDE: i64 = 16;

/// Whether oneDNN may choose a kernel that writes outside of its memory for a 1 × 1 convolution of so many input channels, of each
/// group, and such a stride.
///
/// In oneDNN up to 3.12 (issue 6035 of uxlfoundation/oneDNN) the gradient by the weights of a strided 1 × 1 convolution in float32 of
/// images that lie channels last is computed from a copy of every n-th pixel. The copy has room for each channel, and a block of channels is
/// written: 8 of them with AVX2, 16 with AVX-512. With libtorch 2.11 and AVX2, on one and on two threads, strides 2 and 3, 2 to 64 outputs
/// and images of 7 to 64 px, each of 1 to 7 input channels damages the heap, and 8 to 40 do not; other kernels are chosen
/// where there are groups, and where images do not lie channels last. All of them are avoided here up to the larger block, groups and
/// bfloat16 included: another processor may choose otherwise.
pub(super) fn is_faulty(device: Device, [inputs, stride]: [i64; 2]) -> bool {
    device == Device::Cpu && inputs < WIDE && stride > 1
}

/// Every n-th pixel of padded images: a strided 1 × 1 convolution is one of stride 1 of them.
fn thinned(x: &Tensor, stride: i64, padding: i64) -> Result<Tensor, TchError> {
    let whole = match padding {
        0 => x.shallow_clone(),
        p => x.f_constant_pad_nd([p, p, p, p])?,
    };
    whole.f_slice(2, None, None, stride)?.f_slice(3, None, None, stride)
}

/// Tokens [b, n, d] of a square, row by row, as a grid.
fn grid(x: &Tensor) -> Result<Tensor, TchError> {
    let (b, n, d) = x.size3()?;
    let side = n.isqrt();
    x.f_reshape([b, side, side, d])
}

/// Applies numbers [b, channels], or twice as many, to images [b, c, h, w], or to what has features last.
fn featurewise(x: &Tensor, how: Featurewise, numbers: &Tensor, image: bool) -> Result<Tensor, TchError> {
    let b = x.size()[0];
    let places = if image { vec![b, -1, 1, 1] } else { [vec![b], vec![1; x.dim() - 2], vec![-1]].concat() };
    let place = |t: &Tensor| t.f_reshape(places.as_slice());
    match how {
        Featurewise::Shift => x.f_add(&place(numbers)?),
        Featurewise::Gate => x.f_mul(&place(numbers)?),
        Featurewise::Modulate => {
            let parts = numbers.f_chunk(2, 1)?;
            x.f_addcmul(x, &place(&parts[0])?)?.f_add(&place(&parts[1])?)
        }
    }
}

impl Network<'_> {
    pub(super) fn chain(&self, nodes: &[LayerNode], input: &Tensor, pass: &Pass) -> Result<Tensor, TchError> {
        let (mut x, mut rest) = (input.shallow_clone(), nodes);
        while let Some(node) = rest.first() {
            let (y, layers) = match self.fused(rest, &x, pass)? {
                Some(made) => made,
                None => (self.layer(node, &x, pass)?, 1),
            };
            if let Some(last) = rest.get(layers - 1) {
                self.keep(last, &y);
            }
            (x, rest) = (y, &rest[layers..]);
        }
        Ok(x)
    }

    /// Keeps what a layer made, where it is wanted.
    fn keep(&self, node: &LayerNode, made: &Tensor) {
        let mut kept = self.kept.borrow_mut();
        if let Some((_, place)) = kept.iter_mut().find(|(name, _)| !name.is_empty() && *name == node.name) {
            *place = Some(made.shallow_clone());
        }
    }

    fn layer(&self, node: &LayerNode, x: &Tensor, pass: &Pass) -> Result<Tensor, TchError> {
        let training = pass.training;
        let tensor = |part: &str| self.tensor(node, part);
        let square = |side: i64| [side, side];
        match &node.layer {
            Layer::Conv { inputs, kernel, stride, padding, groups, bias, .. } => {
                let bias = bias.map(|_| tensor("bias"));
                let thinned = match *kernel == 1 && is_faulty(x.device(), [inputs / groups, *stride]) {
                    true => Some(thinned(x, *stride, *padding)?),
                    false => None,
                };
                let (x, stride, padding) = thinned.as_ref().map_or((x, stride, padding), |x| (x, &1, &0));
                if self.fast || self.reduced {
                    let sizes = Sizes { stride: *stride, padding: *padding, groups: *groups };
                    return Ok(mu_kernels::convolution(x, tensor("weight"), bias, sizes, self.fast)?);
                }
                let (stride, padding) = (square(*stride), square(*padding));
                x.f_conv2d(tensor("weight"), bias, stride, padding, [1, 1], *groups)
            }
            Layer::Linear { bias, .. } => {
                let bias = bias.map(|_| tensor("bias").f_to_kind(x.kind())).transpose()?;
                x.f_linear(&tensor("weight").f_to_kind(x.kind())?, bias)
            }
            Layer::BatchNorm { .. } => x.f_batch_norm(
                Some(tensor("weight")),
                Some(tensor("bias")),
                Some(tensor("running_mean")),
                Some(tensor("running_var")),
                training,
                BN_MOMENTUM,
                EPS,
                true,
            ),
            Layer::LayerNorm { features, eps, affine } => {
                let part = |name: &str| affine.then(|| tensor(name));
                x.f_layer_norm([*features], part("weight"), part("bias"), *eps, true)
            }
            Layer::GroupNorm { groups, eps, .. } => {
                x.f_group_norm(*groups, Some(tensor("weight")), Some(tensor("bias")), *eps, true)
            }
            Layer::Activation { function } => match function {
                Function::Relu => x.f_relu(),
                Function::LeakyRelu => x.f_leaky_relu(),
                Function::Gelu => x.f_gelu("none"),
                Function::Silu => x.f_silu(),
                Function::Tanh => x.f_tanh(),
                Function::Sigmoid => x.f_sigmoid(),
            },
            Layer::MaxPool { kernel, stride, padding } => {
                x.f_max_pool2d(square(*kernel), square(*stride), square(*padding), [1, 1], false)
            }
            Layer::AveragePool { kernel, stride, padding } => {
                x.f_avg_pool2d(square(*kernel), square(*stride), square(*padding), false, true, None)
            }
            Layer::AdaptiveAveragePool { side } => x.f_adaptive_avg_pool2d(square(*side)),
            // Channels are the second axis of images, and the last of grids and tokens.
            Layer::GlobalAveragePool { image } => match (image, x.dim()) {
                (true, _) => x.f_mean_dim([2i64, 3].as_slice(), false, None),
                (false, 4) => x.f_mean_dim([1i64, 2].as_slice(), false, None),
                (false, _) => x.f_mean_dim([1i64].as_slice(), false, None),
            },
            Layer::Flatten => x.f_flatten(1, -1),
            Layer::Dropout { share, whole } if training && *share > 0.0 => self.dropout(x, *share, *whole),
            Layer::Dropout { .. } => Ok(x.shallow_clone()),
            Layer::PadShortcut { stride, before, after } => {
                // Channels last in memory, and so is the gradient.
                let x = x.f_permute([0, 2, 3, 1])?.f_slice(1, None, None, *stride)?;
                let x = x.f_slice(2, None, None, *stride)?.f_constant_pad_nd([*before, *after])?;
                x.f_permute([0, 3, 1, 2])
            }
            Layer::Residual { body, shortcut } => {
                self.chain(body, x, pass)?.f_add(&self.chain(shortcut, x, pass)?)
            }
            Layer::Concat { parts, image } => {
                let parts: Result<Vec<Tensor>, TchError> =
                    parts.iter().map(|p| self.chain(p, x, pass)).collect();
                let axis = if *image { 1 } else { -1 };
                Tensor::f_cat(&parts?, axis)
            }
            Layer::ToTokens => x.f_flatten(2, 3)?.f_transpose(1, 2),
            Layer::ToGrid if x.dim() == 3 => grid(x),
            Layer::ToGrid => x.f_permute([0, 2, 3, 1]),
            Layer::ToImage { channels: Some(channels) } if x.dim() == 2 => {
                let side = (x.size()[1] / channels).isqrt();
                channels_last(x.f_reshape([-1, *channels, side, side])?)
            }
            Layer::ToImage { .. } if x.dim() == 3 => grid(x)?.f_permute([0, 3, 1, 2]),
            Layer::ToImage { .. } => x.f_permute([0, 3, 1, 2]),
            Layer::Patches { side } => {
                let (b, c, h, w) = x.size4()?;
                let (rows, columns) = (h / side, w / side);
                x.f_reshape([b, c, rows, *side, columns, *side])?.f_permute([0, 2, 4, 1, 3, 5])?.f_reshape([
                    b,
                    rows,
                    columns,
                    c * side * side,
                ])
            }
            Layer::Unpatch { side } => {
                let (b, rows, columns, c) = x.size4()?;
                let c = c / (side * side);
                // Channels last in memory, as convolutions have them.
                x.f_reshape([b, rows, columns, c, *side, *side])?
                    .f_permute([0, 1, 4, 2, 5, 3])?
                    .f_reshape([b, rows * side, columns * side, c])?
                    .f_permute([0, 3, 1, 2])
            }
            Layer::MergePatches => {
                let (b, h, w, c) = x.size4()?;
                x.f_reshape([b, h / 2, 2, w / 2, 2, c])?.f_permute([0, 1, 3, 4, 2, 5])?.f_reshape([
                    b,
                    h / 2,
                    w / 2,
                    4 * c,
                ])
            }
            Layer::ClassToken { features } => {
                let token = tensor("").f_to_kind(x.kind())?.f_expand([x.size()[0], 1, *features], false)?;
                Tensor::f_cat(&[&token, x], 1)
            }
            Layer::PositionEmbedding { .. } => x.f_add(&tensor("").f_to_kind(x.kind())?),
            Layer::TakeToken { at } => x.f_select(1, *at),
            Layer::Attention { heads } => attention::among_all(x, *heads),
            Layer::WindowAttention { heads, window, shift, shared } => {
                let windows =
                    attention::Windows { heads: *heads, side: *window, shift: *shift, shared: *shared };
                windows.attend(x, &tensor("").f_to_kind(x.kind())?)
            }
            Layer::Upsample { factor } => {
                let (_, _, h, w) = x.size4()?;
                x.f_upsample_nearest2d([h * factor, w * factor], None, None)
            }
            Layer::Pad { left, top, right, bottom } => x.f_constant_pad_nd([*left, *right, *top, *bottom]),
            Layer::TimeEmbedding { features, scale, base } => {
                waves(&pass.given()?.time, *features, *scale, *base)?.f_to_kind(x.kind())
            }
            Layer::LabelEmbedding { apart, .. } => {
                let table = match apart {
                    Some(last) => Tensor::f_cat(&[tensor("weight"), &self.tensors[last].f_unsqueeze(0)?], 0)?,
                    None => tensor("weight").shallow_clone(),
                };
                table.f_index_select(0, &pass.given()?.condition)?.f_to_kind(x.kind())
            }
            Layer::Remember { name, of } => {
                pass.remember(name, self.chain(of, x, pass)?);
                Ok(x.shallow_clone())
            }
            Layer::Recall { name, .. } => pass.recall(name),
            Layer::Featurewise { how, of, image } => featurewise(x, *how, &self.chain(of, x, pass)?, *image),
            Layer::Script(script) => {
                self.script(node, script, &x.f_to_kind(self.kind())?, training)?.f_to_kind(x.kind())
            }
        }
    }

    /// Runs a module on the network's own tensors.
    fn script(
        &self,
        node: &LayerNode,
        script: &Script,
        x: &Tensor,
        training: bool,
    ) -> Result<Tensor, TchError> {
        let module = script::load(script, x.device())?;
        // What strides a module's convolutions have, its code says. Nothing lies channels last where one of them may be of the kind that
        // oneDNN has a faulty kernel for: an image whose memory is by channels keeps that through all layers.
        let narrow = script.tensors.iter().any(|t| match t.shape.as_slice() {
            &[_, inputs, 1, 1] => is_faulty(x.device(), [inputs, 2]),
            _ => false,
        });
        let by_channels = |t: &Tensor| if narrow { t.f_contiguous() } else { Ok(t.shallow_clone()) };
        let x = &by_channels(x)?;
        for tensor in &script.tensors {
            let value = &by_channels(&self.tensors[&node.tensor_name(&tensor.name)])?;
            for name in std::iter::once(&tensor.name).chain(&tensor.aliases) {
                module.set(name, value)?;
            }
        }
        if training {
            // Dropout inside a module draws from libtorch's generator: it starts anew for each batch, from our numbers.
            let at = self.dropped.replace(self.dropped.get() + 1);
            tch::manual_seed((self.noise.stream("torchscript", at).unit() * (1u64 << 53) as f64) as i64);
        }
        let out = module.forward(x, training)?;
        let expected = [x.size()[0], script.outputs];
        if out.size() != expected {
            return Err(script::refused(format!(
                "the TorchScript module {} makes {:?} of images {:?}; `features: {}` says {expected:?}",
                &script.digest[..12.min(script.digest.len())],
                out.size(),
                x.size(),
                script.outputs,
            )));
        }
        Ok(out)
    }
}
