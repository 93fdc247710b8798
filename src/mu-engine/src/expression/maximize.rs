//! The input at which an expression is great: adversarial examples and their kin. Each step goes up the gradient and back into the ball
//! around the start and between the bounds (FGSM: Goodfellow et al. 2015; PGD: Madry et al. 2018).

use mu_step::expression::{At, By, Node};
use tch::{TchError, Tensor};

use super::Evaluation;

/// Below this a gradient has no direction.
const LEAST: f64 = 1e-12;

impl Evaluation<'_> {
    pub(super) fn maximizer(&self, at: At) -> Result<Tensor, TchError> {
        let Node::Maximizer { of, over, from, by, step, steps, within, least, most } = self.node(at) else {
            return Err(super::missing("a maximizer"));
        };
        let (axes, sample) = (&self.ty(*from).axes, self.ty(*from).sample);
        let bound = |at: &Option<At>| at.map(|at| self.spread(at, axes, sample)).transpose();
        let start = self.value(*from)?.detach();
        let step = self.spread(*step, axes, sample)?.detach();
        let (within, least, most) = (bound(within)?, bound(least)?, bound(most)?);
        let mut x = start.copy();
        for _ in 0..*steps {
            let leaf = x.detach().set_requires_grad(true);
            self.forget(*over);
            self.known.borrow_mut()[*over] = Some(leaf.shallow_clone());
            let value = self.value(*of)?;
            let gradient =
                Tensor::f_run_backward(&[&value.f_sum(value.kind())?], &[&leaf], false, false)?.remove(0);
            let moved = tch::no_grad(|| {
                let direction = match by {
                    By::Sign => gradient.f_sign()?,
                    By::Gradient => gradient.f_div(&length(&gradient)?.f_clamp_min(LEAST)?)?,
                };
                let mut moved = x.detach().f_add(&step.f_mul(&direction)?)?;
                if let Some(within) = &within {
                    let way = moved.f_sub(&start)?;
                    let way = match by {
                        By::Sign => way.f_maximum(&within.f_neg()?)?.f_minimum(within)?,
                        By::Gradient => {
                            let share = within.f_div(&length(&way)?.f_clamp_min(LEAST)?)?.f_clamp_max(1.0)?;
                            way.f_mul(&share)?
                        }
                    };
                    moved = start.f_add(&way)?;
                }
                if let Some(least) = &least {
                    moved = moved.f_maximum(least)?;
                }
                if let Some(most) = &most {
                    moved = moved.f_minimum(most)?;
                }
                Ok::<Tensor, TchError>(moved)
            })?;
            // Where nothing moves, nothing will. (A GPU would have to be waited for.)
            let ends = !moved.device().is_cuda() && moved == x;
            x = moved;
            if ends {
                break;
            }
        }
        self.forget(*over);
        Ok(x)
    }

    /// Forgets what is made of a variable.
    fn forget(&self, variable: At) {
        let mut known = self.known.borrow_mut();
        for at in variable..known.len() {
            if known[at].is_some() && self.of.expression.depends(at, variable) {
                known[at] = None;
            }
        }
    }
}

/// The L2 norm of each sample's tensor, with places for its axes.
fn length(of: &Tensor) -> Result<Tensor, TchError> {
    let places: Vec<i64> = (1..of.dim() as i64).collect();
    of.f_norm_scalaropt_dim(2.0, places.as_slice(), true)
}
