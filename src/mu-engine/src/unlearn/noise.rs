//! Images that maximise a network's error (UNSIR: Tarun et al., "Fast Yet Effective Machine Unlearning", 2021).

use mu_step::ErrorNoise;
use tch::{TchError, Tensor};

use crate::draw::Draw;
use crate::nn::Network;

const BETAS: (f64, f64) = (0.9, 0.999);
const EPS: f64 = 1e-8;

/// One image per label [b, c, h, w]: from N(0, 1), by Adam on −CE + penalty·mean(Σ x²), a frozen network in evaluation mode.
pub(super) fn maximising(
    noise: &ErrorNoise,
    labels: &Tensor,
    [c, h, w]: [i64; 3],
    frozen: &Network<'_>,
    stream: &mut Draw,
) -> Result<Tensor, TchError> {
    let b = labels.size1()?;
    let values: Vec<f64> = (0..b * c * h * w).map(|_| stream.normal()).collect();
    let x = Tensor::from_slice(&values).f_view([b, c, h, w])?.f_to_kind(frozen.kind())?;
    let x = x.f_to_device(labels.device())?.set_requires_grad(true);
    let (mut first, mut second) = (x.detach().f_zeros_like()?, x.detach().f_zeros_like()?);
    for t in 1..=noise.steps {
        let log_p = frozen.forward(&x, false)?.f_log_softmax(-1, x.kind())?;
        let error = log_p.f_gather(1, &labels.f_unsqueeze(1)?, false)?.f_mean(x.kind())?;
        let size = x.f_square()?.f_sum(x.kind())?.f_mul_scalar(noise.penalty / b as f64)?;
        let gradient = Tensor::f_run_backward(&[&error.f_add(&size)?], &[&x], false, false)?.remove(0);
        tch::no_grad(|| {
            first = first.f_mul_scalar(BETAS.0)?.f_add(&gradient.f_mul_scalar(1.0 - BETAS.0)?)?;
            second =
                second.f_mul_scalar(BETAS.1)?.f_add(&gradient.f_square()?.f_mul_scalar(1.0 - BETAS.1)?)?;
            let (one, two) = (1.0 - BETAS.0.powi(t as i32), 1.0 - BETAS.1.powi(t as i32));
            let root = second.f_sqrt()?.f_div_scalar(two.sqrt())?.f_add_scalar(EPS)?;
            let step = first.f_div(&root)?.f_mul_scalar(noise.lr / one)?;
            let _ = x.shallow_clone().f_sub_(&step)?;
            Ok::<_, TchError>(())
        })?;
    }
    Ok(x.detach())
}
