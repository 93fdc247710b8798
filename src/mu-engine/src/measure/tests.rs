use super::*;

/// Two bins by hand: (0, ½] has one sample, wrong, at confidence 0.5; (½, 1] has two, one right, at 0.9 and 0.7.
#[test]
fn calibration_is_the_gap_of_bins() {
    let row = |p: f64| vec![p.ln(), (1.0 - p).ln()];
    let outputs = Outputs { logits: vec![row(0.5), row(0.9), row(0.7)], labels: vec![1, 0, 1] };
    let expected = ((0.0f64 - 0.5).abs() + (1.0f64 - 1.6).abs()) / 3.0;
    assert!((calibration(&outputs, 2) - expected).abs() < 1e-12);
}
