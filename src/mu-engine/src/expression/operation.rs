//! What each operation computes.

use mu_step::expression::{At, Axis, Binary, Node, Sort};
use tch::{Kind, TchError, Tensor};

use super::Evaluation;

impl Evaluation<'_> {
    pub(super) fn binary(&self, f: Binary, a: At, b: At) -> Result<Tensor, TchError> {
        match (self.node(a), self.node(b)) {
            (Node::Number { value }, Node::Number { .. }) => {
                let a = Tensor::f_full([0i64; 0], *value, self.options())?;
                return self.with_tensor(f, &a, &self.value(b)?);
            }
            (_, Node::Number { value }) => return self.with_number(f, &self.value(a)?, *value),
            (Node::Number { value }, _) if matches!(f, Binary::Add | Binary::Multiply) => {
                return self.with_number(f, &self.value(b)?, *value);
            }
            _ => {}
        }
        let [a, b] = self.pair(a, b)?;
        self.with_tensor(f, &a, &b)
    }

    /// A number needs no tensor of its own.
    fn with_number(&self, f: Binary, a: &Tensor, b: f64) -> Result<Tensor, TchError> {
        match f {
            Binary::Add => a.f_add_scalar(b),
            Binary::Subtract => a.f_sub_scalar(b),
            Binary::Multiply => a.f_mul_scalar(b),
            Binary::Divide => a.f_div_scalar(b),
            Binary::Power => a.f_pow_tensor_scalar(b),
            Binary::Min => a.f_clamp_max(b),
            Binary::Max => a.f_clamp_min(b),
            Binary::Equal => self.truth(&a.f_eq(b)?),
            Binary::Unequal => self.truth(&a.f_ne(b)?),
            Binary::Above => self.truth(&a.f_gt(b)?),
            Binary::AtLeast => self.truth(&a.f_ge(b)?),
            Binary::Below => self.truth(&a.f_lt(b)?),
            Binary::AtMost => self.truth(&a.f_le(b)?),
        }
    }

    fn with_tensor(&self, f: Binary, a: &Tensor, b: &Tensor) -> Result<Tensor, TchError> {
        match f {
            Binary::Add => a.f_add(b),
            Binary::Subtract => a.f_sub(b),
            Binary::Multiply => a.f_mul(b),
            Binary::Divide => a.f_div(b),
            Binary::Power => a.f_pow(b),
            Binary::Min => a.f_minimum(b),
            Binary::Max => a.f_maximum(b),
            Binary::Equal => self.truth(&a.f_eq_tensor(b)?),
            Binary::Unequal => self.truth(&a.f_ne_tensor(b)?),
            Binary::Above => self.truth(&a.f_gt_tensor(b)?),
            Binary::AtLeast => self.truth(&a.f_ge_tensor(b)?),
            Binary::Below => self.truth(&a.f_lt_tensor(b)?),
            Binary::AtMost => self.truth(&a.f_le_tensor(b)?),
        }
    }

    /// 1 where it holds, else 0.
    fn truth(&self, holds: &Tensor) -> Result<Tensor, TchError> {
        holds.f_to_kind(self.scene.kind())
    }

    pub(super) fn choose(&self, at: At, [condition, then, other]: [At; 3]) -> Result<Tensor, TchError> {
        let ty = self.ty(at);
        let [condition, then, other] =
            [condition, then, other].map(|of| self.spread(of, &ty.axes, ty.sample));
        let holds = condition?.f_ne(0.0)?;
        let value = then?.f_where_self(&holds, &other?)?;
        if ty.sort == Sort::Class { value.f_to_kind(Kind::Int64) } else { Ok(value) }
    }

    pub(super) fn dot(&self, a: At, b: At, over: &Axis) -> Result<Tensor, TchError> {
        let (left, right) = (self.ty(a), self.ty(b));
        // Each sample's row by each of the others' rows.
        if left.sample
            && !right.sample
            && left.axes.len() == 1
            && right.axes.len() == 2
            && right.axes.last() == Some(over)
        {
            return self.value(a)?.f_matmul(&self.value(b)?.f_tr()?);
        }
        let axes = if left.axes.len() >= right.axes.len() { &left.axes } else { &right.axes };
        let place = axes.iter().position(|a| a == over).map_or(-1, |at| at as i64 - axes.len() as i64);
        let [a, b] = self.pair(a, b)?;
        let product = a.f_mul(&b)?;
        product.f_sum_dim_intlist(place, false, product.kind())
    }

    /// Σ p (log p − log q), 0 where p is 0.
    pub(super) fn divergence(&self, p: At, log_q: At) -> Result<Tensor, TchError> {
        let axes = &self.ty(p).axes;
        let place =
            axes.iter().position(|a| *a == Axis::Class).map_or(-1, |at| at as i64 - axes.len() as i64);
        let [p, log_q] = self.pair(p, log_q)?;
        // Where p is 0, other numbers in the places of the logarithms keep the gradient a number.
        let none = p.f_eq(0.0)?;
        let ratio = p.f_masked_fill(&none, 1.0)?.f_log()?.f_sub(&log_q.f_masked_fill(&none, 0.0)?)?;
        let each = p.f_mul(&ratio)?;
        each.f_sum_dim_intlist(place, false, each.kind())
    }

    /// The entry of a class.
    pub(super) fn pick(&self, of: At, class: At) -> Result<Tensor, TchError> {
        let class = self.value(class)?;
        let value = self.of_each_sample(of)?;
        let mut index = class.f_unsqueeze(1)?;
        let mut shape = value.size();
        for _ in 2..shape.len() {
            index = index.f_unsqueeze(1)?;
        }
        if let Some(last) = shape.last_mut() {
            *last = 1;
        }
        value.f_gather(-1, &index.f_expand(shape.as_slice(), false)?, false)?.f_squeeze_dim(-1)
    }
}
