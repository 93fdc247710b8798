//! Expressions against PyTorch (tests/parity/make_expressions.py), and inputs that make an expression great against a closed form.

use std::collections::BTreeMap;

use mu_step::Quantity;
use mu_step::expression::{Expression, FunctionFile, Net, Part};
use serde::Deserialize;
use tch::{Device, Kind, TchError, Tensor};

use super::{Prepared, Scene};

#[derive(Deserialize)]
struct Fixture {
    logits: Vec<Vec<f64>>,
    original: Vec<Vec<f64>>,
    labels: Vec<i64>,
    cases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    value: Vec<f64>,
    gradient: Vec<Vec<f64>>,
}

/// Outputs, and images whose outputs are their pixels.
struct Given {
    logits: Tensor,
    original: Tensor,
    labels: Tensor,
    images: Tensor,
}

impl Scene for Given {
    fn kind(&self) -> Kind {
        Kind::Double
    }

    fn device(&self) -> Device {
        Device::Cpu
    }

    fn labels(&self) -> Result<Tensor, TchError> {
        Ok(self.labels.shallow_clone())
    }

    fn images(&self) -> Result<Tensor, TchError> {
        Ok(self.images.shallow_clone())
    }

    fn output(&self, of: &Net, _part: &Part, at: Option<&Tensor>) -> Result<Tensor, TchError> {
        match (of, at) {
            (_, Some(at)) => at.f_flatten(1, -1),
            (Net::Own, None) => Ok(self.logits.shallow_clone()),
            (_, None) => Ok(self.original.shallow_clone()),
        }
    }
}

fn table(rows: &[Vec<f64>]) -> Tensor {
    let flat: Vec<f64> = rows.iter().flatten().copied().collect();
    Tensor::from_slice(&flat).view([rows.len() as i64, -1])
}

/// What a loss takes the mean of, by its text.
fn expression(text: &str) -> Expression {
    let text = format!(
        "loss own(of: set) = mean(of, {text})\n\
         method m {{ start from original repeat 1 epochs over forget in batches of 8 samples {{ minimize own(forget) by sgd(lr: 0.1) }} }}\n\
         experiment e {{ data = digits model = small_cnn train = training(1 epochs) forget = random(10%) \
         unlearn = each [retrain, m] measure = [ua] }}"
    );
    let program = crate::texts::checked(&text);
    let procedure = program.experiments[0].unlearn[1].value[0].procedure.clone();
    let mu_step::Action::Repeat(repeat) = &procedure.actions[0] else { panic!("{procedure:?}") };
    let Quantity::Samples { of, .. } = &repeat.loss[0].quantity else { panic!("{repeat:?}") };
    of.clone()
}

#[test]
fn expressions_are_those_of_pytorch() {
    let fixture: Fixture =
        serde_json::from_str(include_str!("../../../../tests/parity/fixtures/expressions.json")).unwrap();
    for (text, case) in &fixture.cases {
        let logits = table(&fixture.logits).set_requires_grad(true);
        let given = Given {
            logits: logits.shallow_clone(),
            original: table(&fixture.original),
            labels: Tensor::from_slice(&fixture.labels),
            images: Tensor::zeros([6, 1, 1, 5], (Kind::Double, Device::Cpu)),
        };
        let of = expression(text);
        let value = Prepared::new(&of).unwrap().of_samples(&given).unwrap();
        let apart = (&value - Tensor::from_slice(&case.value)).abs().max().double_value(&[]);
        assert!(apart < 1e-12, "{text} (`{of}`) is {apart:e} from PyTorch's");
        let gradient = Tensor::run_backward(&[value.sum(Kind::Double)], &[&logits], false, false).remove(0);
        let apart = (gradient - table(&case.gradient)).abs().max().double_value(&[]);
        assert!(apart < 1e-12, "the gradient of {text} is {apart:e} from PyTorch's");
    }
    assert!(fixture.cases.len() > 30);
}

#[test]
fn an_input_is_found_within_its_ball() {
    let images = Tensor::from_slice(&[0.1, 0.2, 0.3, -0.4, 0.5, 0.0]).view([2, 1, 1, 3]);
    let given = Given {
        logits: Tensor::zeros([2, 3], (Kind::Double, Device::Cpu)),
        original: Tensor::zeros([2, 3], (Kind::Double, Device::Cpu)),
        labels: Tensor::from_slice(&[0i64, 1]),
        images: images.shallow_clone(),
    };
    // Outputs are the pixels: the first logit is greatest in the corner of the ball.
    let value = |text: &str| {
        let of = expression(&format!("0 * logits[label] + {text}"));
        Vec::<f64>::try_from(Prepared::new(&of).unwrap().of_samples(&given).unwrap()).unwrap()
    };
    let near = |found: Vec<f64>, expected: [f64; 2]| {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} {expected:?}");
    };
    let at = "argmax(sum(logits(at: x)), over: x, from: image, step: 0.1, steps: 4, within: 0.25)";
    near(value(&format!("sum({at})")), [0.6 + 0.75, 0.1 + 0.75]);
    let least = "argmax(-sum(logits(at: x)), over: x, from: image, step: 0.1, steps: 4, least: 0)";
    near(value(&format!("sum({least})")), [0.0, 0.1]);
    let along =
        "argmax(logits(at: x)[label], over: x, from: image, by: gradient, step: 0.3, steps: 2, within: 0.5)";
    near(value(&format!("norm({along} - image)")), [0.5, 0.5]);
    near(value(&format!("logits(at: {along})[label]")), [0.1 + 0.5, 0.5 + 0.5]);
}

/// TorchScript functions that PyTorch saved (tests/parity/make_functions.py) are what the same text in mu is.
#[test]
fn torchscript_functions_are_their_texts() {
    for name in ["npo", "weighed", "counts", "spread"] {
        let at = format!("{}/../../tests/parity/fixtures/functions/{name}.pt", env!("CARGO_MANIFEST_DIR"));
        let file = FunctionFile { path: String::new(), digest: format!("{name}.pt") };
        super::provide(&file, at.into());
    }
    let fixture: Fixture =
        serde_json::from_str(include_str!("../../../../tests/parity/fixtures/expressions.json")).unwrap();
    let value = |text: &str| {
        let logits = table(&fixture.logits).set_requires_grad(true);
        let given = Given {
            logits: logits.shallow_clone(),
            original: table(&fixture.original),
            labels: Tensor::from_slice(&fixture.labels),
            images: Tensor::zeros([6, 1, 1, 5], (Kind::Double, Device::Cpu)),
        };
        let of = expression(text);
        let value = Prepared::new(&of).unwrap().of_samples(&given)?;
        let gradient = Tensor::run_backward(&[value.sum(Kind::Double)], &[&logits], false, false).remove(0);
        Ok::<_, TchError>((value, gradient))
    };
    for (function, text) in [
        (
            "torchscript(\"npo.pt\", logits, label, original.logits)",
            "-20 * log_sigmoid(-0.1 * (log_p(label) - original.log_p(label)))",
        ),
        (
            "square(torchscript(\"npo.pt\", logits / 2, argmax(original.logits), original.logits))",
            "square(-20 * log_sigmoid(-0.1 * (log_softmax(logits / 2)[argmax(original.logits)] \
               - original.log_p(argmax(original.logits)))))",
        ),
    ] {
        let ((found, along), (expected, wanted)) = (value(function).unwrap(), value(text).unwrap());
        for (a, b) in [(found, expected), (along, wanted)] {
            let apart = (a - b).abs().max().double_value(&[]);
            assert!(apart < 1e-10, "{function} is {apart:e} from `{text}`");
        }
    }
    // Class c is weighed by 1 + c / 2; dropout is left out, and what is stored in float32 is computed with in float64.
    let weights = Tensor::from_slice(&fixture.labels).to_kind(Kind::Double) / 2.0 + 1.0;
    let (found, along) = value("torchscript(\"weighed.pt\", logits, label)").unwrap();
    let (plain, wanted) = value("-log_p(label)").unwrap();
    for (a, b) in [(found, plain * &weights), (along, wanted * weights.unsqueeze(1))] {
        assert!((a - b).abs().max().double_value(&[]) < 1e-10);
    }
    let fails = |text: &str, said: &str| {
        let words = value(text).unwrap_err().to_string();
        assert!(words.contains(said), "{words}");
    };
    let spread = "gives a tensor of sizes [6, 5], and one number of each sample is needed: [6]";
    fails("torchscript(\"spread.pt\", logits)", &format!("the TorchScript function `spread` {spread}"));
    fails("torchscript(\"spread.pt\", logits, label)", "the TorchScript function `spread` fails: ");
    fails(
        "torchscript(\"counts.pt\", logits)",
        "`counts` fails: the TorchScript function changes what it holds",
    );
}

#[test]
fn a_gradient_by_the_image_has_a_gradient() {
    let images =
        Tensor::from_slice(&[0.1, 0.2, 0.3, -0.4, 0.5, 0.0]).view([2, 1, 1, 3]).set_requires_grad(true);
    let given = Given {
        logits: images.flatten(1, -1).pow_tensor_scalar(3.0),
        original: Tensor::zeros([2, 3], (Kind::Double, Device::Cpu)),
        labels: Tensor::from_slice(&[2i64, 0]),
        images: images.shallow_clone(),
    };
    // d/dx of x³ is 3x², whose square is 9x⁴, whose derivative is 36x³.
    let of = expression("square_norm(gradient(logits[label], by: image))");
    let value = Prepared::new(&of).unwrap().of_samples(&given).unwrap();
    let expected = Tensor::from_slice(&[9.0 * 0.3f64.powi(4), 9.0 * 0.4f64.powi(4)]);
    assert!((&value - expected).abs().max().double_value(&[]) < 1e-15);
    let gradient = Tensor::run_backward(&[value.sum(Kind::Double)], &[&images], false, false).remove(0);
    let found = Vec::<f64>::try_from(gradient.flatten(0, -1)).unwrap();
    let expected = [0.0, 0.0, 36.0 * 0.3f64.powi(3), -36.0 * 0.4f64.powi(3), 0.0, 0.0];
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-14), "{found:?}");
}
