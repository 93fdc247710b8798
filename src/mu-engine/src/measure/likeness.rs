//! Distances of two sets of features.

use mu_step::Likeness;
use tch::{Kind, TchError, Tensor};

/// The distance of features [n, d] and [m, d], computed in float64.
pub(super) fn of(by: Likeness, a: &Tensor, b: &Tensor) -> Result<f64, TchError> {
    let (a, b) = (a.f_to_kind(Kind::Double)?, b.f_to_kind(Kind::Double)?);
    match by {
        Likeness::Frechet => frechet(&a, &b),
        Likeness::Kernel => kernel(&a, &b),
    }
}

/// |μ − μ'|² + tr(Σ + Σ' − 2(ΣΣ')^½), covariances divided by n − 1. With Σ = AᵀA and Σ' = BᵀB the trace of (ΣΣ')^½ is the sum of the
/// singular values of ABᵀ: no root of a rounding error is taken where there are fewer samples than features.
fn frechet(a: &Tensor, b: &Tensor) -> Result<f64, TchError> {
    let ([mean, root], [other_mean, other]) = (moments(a)?, moments(b)?);
    let sum = |t: &Tensor| t.f_sum(Kind::Double)?.f_double_value(&[]);
    let distance = sum(&mean.f_sub(&other_mean)?.f_square()?)?;
    let own = sum(&root.f_square()?)? + sum(&other.f_square()?)?;
    let both = root.f_matmul(&other.f_tr()?)?.f_linalg_norm_ord_str(
        "nuc",
        [-2, -1].as_slice(),
        false,
        Kind::Double,
    )?;
    let both = both.f_double_value(&[])?;
    Ok(distance + own - 2.0 * both)
}

/// Mean [d], and a root [k, d] of the covariance: its product with itself is the covariance, and k is at most d.
fn moments(of: &Tensor) -> Result<[Tensor; 2], TchError> {
    let (n, d) = of.size2()?;
    let mean = of.f_mean_dim([0].as_slice(), false, Kind::Double)?;
    let centred = of.f_sub(&mean)?.f_div_scalar(((n - 1) as f64).sqrt())?;
    let root = if n > d { Tensor::f_linalg_qr(&centred, "r")?.1 } else { centred };
    Ok([mean, root])
}

/// The unbiased squared maximum mean discrepancy, kernel (x·y/d + 1)³.
fn kernel(a: &Tensor, b: &Tensor) -> Result<f64, TchError> {
    let d = a.size()[1] as f64;
    let by = |x: &Tensor, y: &Tensor| {
        x.f_matmul(&y.f_tr()?)?.f_div_scalar(d)?.f_add_scalar(1.0)?.f_pow_tensor_scalar(3)
    };
    let sum = |t: &Tensor| t.f_sum(Kind::Double)?.f_double_value(&[]);
    let within = |x: &Tensor| {
        let all = by(x, x)?;
        let n = x.size()[0] as f64;
        Ok::<f64, TchError>((sum(&all)? - all.f_trace()?.f_double_value(&[])?) / (n * (n - 1.0)))
    };
    let (n, m) = (a.size()[0] as f64, b.size()[0] as f64);
    Ok(within(a)? + within(b)? - 2.0 * sum(&by(a, b)?)? / (n * m))
}

#[cfg(test)]
mod tests {
    use mu_step::Likeness;
    use serde::Deserialize;
    use tch::Tensor;

    #[derive(Deserialize)]
    struct Fixture {
        distances: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        a: Vec<Vec<f64>>,
        b: Vec<Vec<f64>>,
        frechet: f64,
        kernel: f64,
    }

    /// tests/parity/make_diffusion.py: pytorch-fid's formula, whose root SciPy takes where it can, and KID's.
    #[test]
    fn distances_are_those_of_their_authors() {
        let fixture: Fixture =
            serde_json::from_str(include_str!("../../../../tests/parity/fixtures/diffusion.json")).unwrap();
        let table = |rows: &[Vec<f64>]| Tensor::from_slice(&rows.concat()).view([rows.len() as i64, -1]);
        for case in &fixture.distances {
            let (a, b) = (table(&case.a), table(&case.b));
            for (by, expected) in [(Likeness::Frechet, case.frechet), (Likeness::Kernel, case.kernel)] {
                let found = super::of(by, &a, &b).unwrap();
                let off = (found - expected).abs() / expected.abs().max(1.0);
                assert!(off < 1e-10, "{by:?} of {:?} and {:?}: {found} and {expected}", a.size(), b.size());
                let turned = super::of(by, &b, &a).unwrap();
                assert!((turned - found).abs() < 1e-10 * expected.abs().max(1.0), "{by:?} has a direction");
            }
            let own = super::of(Likeness::Frechet, &a, &a).unwrap();
            assert!(own.abs() < 1e-10, "a set is {own:e} from itself");
        }
        assert!(fixture.distances.iter().any(|c| c.a.len() <= c.a[0].len()), "no covariance is singular");
    }
}
