//! What a model says of each sample, or a judge of each image of a denoiser: logits, and what follows from them. One reader for drawings and for files of other programs.

use std::collections::HashSet;

use mu_plan::Made;
use mu_step::StepKey;
use mu_step::artefact::{FORGET, JUDGED, OUTPUTS, PARTS};
use mu_store::{Object, Store};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

/// What a model says of the samples of one part.
#[derive(Clone, Debug, Default)]
pub struct PartOutputs {
    /// Sample numbers, counted from 0 in the data set's training or test part.
    pub sample: Vec<i64>,
    /// Their classes, from 0.
    pub label: Vec<i64>,
    /// Whether they are in the forget set.
    pub forget: Vec<bool>,
    /// [samples × classes], row by row.
    pub logits: Vec<f32>,
}

/// What a model says of each sample, and which samples it was to forget.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    /// How many logits a sample has.
    pub classes: usize,
    /// Training, validation and test samples, each part under its name. Of a denoiser its images: those of conditions that are forgotten
    /// whole, and the others.
    pub parts: Vec<(&'static str, PartOutputs)>,
}

/// A sample, with what a model says of it.
#[derive(Clone, Copy, Debug)]
pub struct Output<'o> {
    /// `train`, `validation` or `test`; of a denoiser's images `forget` or `retain`.
    pub part: &'static str,
    /// Its number in the data set's training part, or in its test part; or among the denoiser's images.
    pub sample: i64,
    /// Its class, from 0; of an image the condition that it was made under.
    pub label: i64,
    /// Whether it is in the forget set; of an image whether its condition is forgotten whole.
    pub forget: bool,
    /// One number for each class.
    pub logits: &'o [f32],
}

impl Output<'_> {
    /// The class of the largest logit; of several, the first.
    #[must_use]
    pub fn prediction(&self) -> i64 {
        let best = |best: usize, k: usize| if self.logits[k] > self.logits[best] { k } else { best };
        (0..self.logits.len()).fold(0, best) as i64
    }

    /// The cross-entropy of its class in nats, log Σₖ exp(zₖ) − z_y.
    #[must_use]
    pub fn loss(&self) -> f64 {
        let logit = |z: &f32| f64::from(*z);
        let most = self.logits.iter().map(logit).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = self.logits.iter().map(|z| (logit(z) - most).exp()).sum();
        let own = usize::try_from(self.label).ok().and_then(|k| self.logits.get(k));
        own.map_or(f64::NAN, |own| most + sum.ln() - logit(own))
    }

    /// The softmax probability of its class, between 0 and 1.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        (-self.loss()).exp()
    }
}

impl Outputs {
    /// The outputs of a point's own model; of a denoiser those of the judge, for its images.
    ///
    /// # Errors
    /// In words, where the store has them not, or they cannot be read.
    pub fn read(store: &Store, made: Made) -> Result<Self, String> {
        let get = |key: StepKey| {
            store.get(key).map_err(|e| e.to_string())?.ok_or_else(|| "it is not in the store yet".to_owned())
        };
        let outputs = get(made.infer)?;
        let found = match made.generated {
            None => Self::of(&outputs, &PARTS, &get(made.forget)?),
            Some(_) => Self::of(&outputs, &JUDGED, &get(made.forget)?),
        };
        found.ok_or_else(|| "its outputs cannot be read".to_owned())
    }

    fn of(outputs: &Object, parts: &[&'static str], forget: &Object) -> Option<Self> {
        let forget: HashSet<i64> = forget.array(FORGET).ok()?.into_iter().collect();
        let bytes = outputs.read(OUTPUTS.file).ok()?;
        let file = SafeTensors::deserialize(&bytes).ok()?;
        let mut all = Self::default();
        for name in parts.iter().copied() {
            let tensor = |what: &str| file.tensor(&format!("{name}.{what}")).ok();
            let (sample, label) = (longs(&tensor("index")?)?, longs(&tensor("labels")?)?);
            let logits = tensor("logits")?;
            let classes = *logits.shape().get(1)?;
            let logits = floats(&logits)?;
            if sample.len() != label.len() || logits.len() != sample.len() * classes {
                return None;
            }
            all.classes = classes;
            // Numbers of test samples, and of images, are of another part: none of them is in a forget set.
            let is_forgotten = |i: &i64| match name {
                "train" | "validation" => forget.contains(i),
                _ => name == JUDGED[0],
            };
            let forget = sample.iter().map(is_forgotten).collect();
            all.parts.push((name, PartOutputs { sample, label, forget, logits }));
        }
        Some(all)
    }

    /// Every sample: training, validation, test, each in the order of its outputs.
    pub fn samples(&self) -> impl Iterator<Item = Output<'_>> {
        self.parts.iter().flat_map(|(name, part)| part.outputs(name, self.classes))
    }
}

impl PartOutputs {
    /// Its samples, one by one.
    pub fn outputs<'p>(&'p self, part: &'static str, classes: usize) -> impl Iterator<Item = Output<'p>> {
        (0..self.sample.len()).map(move |i| Output {
            part,
            sample: self.sample[i],
            label: self.label[i],
            forget: self.forget[i],
            logits: &self.logits[i * classes..(i + 1) * classes],
        })
    }
}

fn longs(tensor: &TensorView<'_>) -> Option<Vec<i64>> {
    let (numbers, rest) = tensor.data().as_chunks::<8>();
    (tensor.dtype() == safetensors::Dtype::I64 && rest.is_empty())
        .then(|| numbers.iter().map(|b| i64::from_le_bytes(*b)).collect())
}

fn floats(tensor: &TensorView<'_>) -> Option<Vec<f32>> {
    let (numbers, rest) = tensor.data().as_chunks::<4>();
    (tensor.dtype() == safetensors::Dtype::F32 && rest.is_empty())
        .then(|| numbers.iter().map(|b| f32::from_le_bytes(*b)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Outputs {
        let part = |sample: &[i64], label: &[i64], forget: &[bool], logits: &[f32]| PartOutputs {
            sample: sample.into(),
            label: label.into(),
            forget: forget.into(),
            logits: logits.into(),
        };
        let train = part(&[7, 2], &[1, 0], &[true, false], &[0.0, 1.0, 1.0, 90.0, 0.5, -2.0]);
        let test = part(&[0], &[2], &[false], &[1.0, 2.0, 3.0]);
        Outputs {
            classes: 3,
            parts: vec![("train", train), ("validation", PartOutputs::default()), ("test", test)],
        }
    }

    #[test]
    fn what_follows_from_logits() {
        let outputs = three();
        let all: Vec<Output<'_>> = outputs.samples().collect();
        assert_eq!(
            all.iter().map(Output::prediction).collect::<Vec<_>>(),
            [1, 0, 2],
            "of equal ones the first"
        );
        // log(1 + 2e) − 1, by hand.
        assert!((all[0].loss() - ((1.0 + 2.0 * 1f64.exp()).ln() - 1.0)).abs() < 1e-12);
        assert!(all[1].loss().abs() < 1e-30 && (all[1].confidence() - 1.0).abs() < 1e-12);
        let e = 1f64.exp();
        assert!((all[2].confidence() - e * e / (1.0 + e + e * e)).abs() < 1e-12);
    }
}
