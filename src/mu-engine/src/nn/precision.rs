//! In which element type a network computes.

use mu_kernels::{Choice, Sizes};
use mu_step::{Layer, LayerNode, Precision};
use tch::{Device, Kind, TchError, Tensor};

use super::network::Network;

/// Multiplications and additions of a forward pass for one image, from which on bfloat16 is worth its conversions, and folding
/// its copies.
pub(super) const LARGE: f64 = 5e6;

impl Network<'_> {
    /// Computes in this precision from now on. Weights and statistics stay in float32, but for float64.
    pub(crate) fn compute_in(&mut self, precision: Precision) -> Result<(), TchError> {
        self.reduced = match precision {
            Precision::Auto => self.kind() == Kind::Float && self.is_faster_in_bf16(),
            Precision::Bf16 => true,
            Precision::Float32 | Precision::Float64 => false,
        };
        if precision == Precision::Float64 {
            self.convert(Kind::Double)?;
        }
        Ok(())
    }

    /// Computes as weights are stored.
    pub(crate) fn compute_plainly(&mut self, precision: Precision) -> Result<(), TchError> {
        self.reduced = false;
        if precision == Precision::Float64 { self.convert(Kind::Float) } else { Ok(()) }
    }

    /// As another network computes.
    pub(crate) fn compute_like(&mut self, other: &Network<'_>) -> Result<(), TchError> {
        self.reduced = other.reduced;
        if self.kind() == other.kind() { Ok(()) } else { self.convert(other.kind()) }
    }

    fn convert(&mut self, kind: Kind) -> Result<(), TchError> {
        for tensor in self.tensors.values_mut() {
            *tensor = tensor.detach().f_to_kind(kind)?;
        }
        Ok(())
    }

    /// The element type of activations.
    pub(crate) fn computes_in(&self) -> Kind {
        if self.reduced { Kind::BFloat16 } else { self.kind() }
    }

    /// How it computes, in words for the step's record.
    pub(crate) fn paths(&self) -> [(&'static str, String); 2] {
        let (mut all, mut short) = (0, 0);
        self.count(&self.graph.nodes, &mut all, &mut short);
        let kernels = match mu_kernels::choice() {
            _ if self.fast => format!("mu's; {short} of {all} convolutions by Winograd's algorithm"),
            Ok(Choice::Aten) => format!("ATen's ({}=aten)", mu_kernels::VARIABLE),
            _ => "ATen's".to_owned(),
        };
        let precision = match self.computes_in() {
            Kind::BFloat16 => "bf16",
            Kind::Double => "float64",
            _ => "float32",
        };
        [("precision", precision.to_owned()), ("kernels", kernels)]
    }

    fn count(&self, nodes: &[LayerNode], all: &mut usize, short: &mut usize) {
        for node in nodes {
            match &node.layer {
                Layer::Conv { stride, padding, groups, .. } => {
                    let weight = self.tensor(node, "weight");
                    let like = Tensor::f_zeros([1, 1, 1, 1], (self.computes_in(), self.device()));
                    let sizes = Sizes { stride: *stride, padding: *padding, groups: *groups };
                    *all += 1;
                    let goes = |x: Tensor| mu_kernels::is_winograd(&x, weight, sizes).unwrap_or(false);
                    *short += usize::from(like.is_ok_and(goes));
                }
                layer => layer.branches().into_iter().for_each(|branch| self.count(branch, all, short)),
            }
        }
    }

    fn is_faster_in_bf16(&self) -> bool {
        match self.device() {
            Device::Cpu => mu_kernels::has_bf16() && self.graph.flops() >= LARGE,
            Device::Cuda(_) => gpu_has_bf16(self.device()),
            _ => false,
        }
    }
}

/// Whether convolutions in bfloat16 run there.
fn gpu_has_bf16(device: Device) -> bool {
    let ones = |shape: [i64; 4]| Tensor::f_ones(shape, (Kind::BFloat16, device));
    let tried = ones([1, 8, 4, 4]).and_then(|x| x.f_conv2d(&ones([8, 8, 3, 3])?, None::<Tensor>, 1, 1, 1, 1));
    tried.is_ok()
}
