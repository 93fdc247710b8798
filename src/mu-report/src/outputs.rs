//! What a model says of each sample: logits, and what follows from them. One reader for drawings and for files of other programs.

use std::collections::HashSet;
use std::io::{Cursor, Write};
use std::sync::Arc;

use mu_plan::Made;
use mu_step::StepKey;
use mu_step::artefact::{FORGET, OUTPUTS, PARTS};
use mu_store::{Object, Store};
use parquet::basic::{LogicalType, Repetition, Type};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, FloatType, Int64Type};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{PrimitiveTypeBuilder, Type as Schema, TypePtr};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

/// What a model says of the samples of one part.
#[derive(Clone, Debug, Default)]
struct Part {
    /// Sample numbers, counted from 0 in the data set's training or test part.
    sample: Vec<i64>,
    /// Their classes, from 0.
    label: Vec<i64>,
    /// Whether they are in the forget set.
    forget: Vec<bool>,
    /// [samples × classes], row by row.
    logits: Vec<f32>,
}

/// What a model says of each sample, and which samples it was to forget.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    classes: usize,
    parts: Vec<(&'static str, Part)>,
}

/// A sample, with what a model says of it.
#[derive(Clone, Copy, Debug)]
pub struct Output<'o> {
    /// `train`, `validation` or `test`.
    pub part: &'static str,
    /// Its number in the data set's training part, or in its test part.
    pub sample: i64,
    /// Its class, from 0.
    pub label: i64,
    /// Whether it is in the forget set.
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
    /// The outputs of a point's own model.
    ///
    /// # Errors
    /// In words, where the store has them not, or they cannot be read.
    pub fn read(store: &Store, made: Made) -> Result<Self, String> {
        let get = |key: StepKey| {
            store.get(key).map_err(|e| e.to_string())?.ok_or_else(|| "it is not in the store yet".to_owned())
        };
        Self::of(&get(made.infer)?, &get(made.forget)?).ok_or_else(|| "its outputs cannot be read".to_owned())
    }

    fn of(outputs: &Object, forget: &Object) -> Option<Self> {
        let forget: HashSet<i64> = forget.array(FORGET).ok()?.into_iter().collect();
        let bytes = outputs.read(OUTPUTS.file).ok()?;
        let file = SafeTensors::deserialize(&bytes).ok()?;
        let mut all = Self::default();
        for name in PARTS {
            let tensor = |what: &str| file.tensor(&format!("{name}.{what}")).ok();
            let (sample, label) = (longs(&tensor("index")?)?, longs(&tensor("labels")?)?);
            let logits = tensor("logits")?;
            let classes = *logits.shape().get(1)?;
            let logits = floats(&logits)?;
            if sample.len() != label.len() || logits.len() != sample.len() * classes {
                return None;
            }
            all.classes = classes;
            // Numbers of test samples are of another part: none of them is in a forget set.
            let forget = sample.iter().map(|i| name != "test" && forget.contains(i)).collect();
            all.parts.push((name, Part { sample, label, forget, logits }));
        }
        Some(all)
    }

    /// Every sample: training, validation, test, each in the order of its outputs.
    pub fn samples(&self) -> impl Iterator<Item = Output<'_>> {
        self.parts.iter().flat_map(|(name, part)| part.outputs(name, self.classes))
    }

    /// As a NumPy archive: for each part `PART_sample`, `PART_label`, `PART_prediction` (int64), `PART_forget` (bool), `PART_loss`,
    /// `PART_confidence` (float64), each of shape [samples], and `PART_logits` (float32) of shape [samples, classes].
    ///
    /// # Errors
    /// In words, where the writer refuses.
    pub fn npz(&self) -> Result<Vec<u8>, String> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .last_modified_time(zip::DateTime::default())
            .large_file(true);
        for (name, part) in &self.parts {
            let outputs: Vec<Output<'_>> = part.outputs(name, self.classes).collect();
            let rows = outputs.len() as u64;
            let losses: Vec<f64> = outputs.iter().map(Output::loss).collect();
            let confidences: Vec<f64> = outputs.iter().map(Output::confidence).collect();
            let predictions: Vec<i64> = outputs.iter().map(Output::prediction).collect();
            let arrays: [(&str, Result<Vec<u8>, String>); 7] = [
                ("sample", mu_file::npy_of(&part.sample, &[rows])),
                ("label", mu_file::npy_of(&part.label, &[rows])),
                ("forget", mu_file::npy_of(&part.forget, &[rows])),
                ("prediction", mu_file::npy_of(&predictions, &[rows])),
                ("loss", mu_file::npy_of(&losses, &[rows])),
                ("confidence", mu_file::npy_of(&confidences, &[rows])),
                ("logits", mu_file::npy_of(&part.logits, &[rows, self.classes as u64])),
            ];
            for (what, bytes) in arrays {
                archive.start_file(format!("{name}_{what}.npy"), options).map_err(|e| e.to_string())?;
                archive.write_all(&bytes?).map_err(|e| e.to_string())?;
            }
        }
        archive.finish().map(Cursor::into_inner).map_err(|e| e.to_string())
    }

    /// As a Parquet file with a row for each sample: `part`, `sample`, `label`, `forget`, `prediction`, `loss`, `confidence` and the
    /// list `logits`.
    ///
    /// # Errors
    /// In words, where the writer refuses.
    pub fn parquet(&self) -> Result<Vec<u8>, String> {
        let write = || -> parquet::errors::Result<Vec<u8>> {
            let mut out = Vec::new();
            let mut writer = SerializedFileWriter::new(&mut out, schema()?, Arc::default())?;
            let mut group = writer.next_row_group()?;
            self.columns(&mut group)?;
            group.close()?;
            writer.close()?;
            Ok(out)
        };
        write().map_err(|e| e.to_string())
    }

    fn columns(&self, group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>) -> parquet::errors::Result<()> {
        let parts: Vec<ByteArray> = self.samples().map(|o| ByteArray::from(o.part)).collect();
        column::<ByteArrayType>(group, &parts)?;
        column::<Int64Type>(group, &self.samples().map(|o| o.sample).collect::<Vec<_>>())?;
        column::<Int64Type>(group, &self.samples().map(|o| o.label).collect::<Vec<_>>())?;
        column::<BoolType>(group, &self.samples().map(|o| o.forget).collect::<Vec<_>>())?;
        column::<Int64Type>(group, &self.samples().map(|o| o.prediction()).collect::<Vec<_>>())?;
        column::<DoubleType>(group, &self.samples().map(|o| o.loss()).collect::<Vec<_>>())?;
        column::<DoubleType>(group, &self.samples().map(|o| o.confidence()).collect::<Vec<_>>())?;
        // A list's first element begins a row (0), the others go on with it (1); every element is there (1).
        let logits: Vec<f32> = self.samples().flat_map(|o| o.logits.iter().copied()).collect();
        let there = vec![1; logits.len()];
        let goes_on: Vec<i16> = (0..logits.len()).map(|at| i16::from(at % self.classes.max(1) > 0)).collect();
        if let Some(mut column) = group.next_column()? {
            column.typed::<FloatType>().write_batch(&logits, Some(&there), Some(&goes_on))?;
            column.close()?;
        }
        Ok(())
    }

    /// As comma-separated values with a header: the columns of [`Outputs::parquet`], and one for each logit, `logit_0` and so on.
    ///
    /// # Errors
    /// In words, where the writer refuses.
    pub fn csv(&self) -> Result<Vec<u8>, String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let names =
            ["part", "sample", "label", "forget", "prediction", "loss", "confidence"].map(str::to_owned);
        let header = names.into_iter().chain((0..self.classes).map(|k| format!("logit_{k}")));
        writer.write_record(header).map_err(|e| e.to_string())?;
        for o in self.samples() {
            let own = [
                o.part.to_owned(),
                o.sample.to_string(),
                o.label.to_string(),
                o.forget.to_string(),
                o.prediction().to_string(),
                o.loss().to_string(),
                o.confidence().to_string(),
            ];
            let row = own.into_iter().chain(o.logits.iter().map(f32::to_string));
            writer.write_record(row).map_err(|e| e.to_string())?;
        }
        writer.into_inner().map_err(|e| e.to_string())
    }
}

impl Part {
    fn outputs<'p>(&'p self, part: &'static str, classes: usize) -> impl Iterator<Item = Output<'p>> {
        (0..self.sample.len()).map(move |i| Output {
            part,
            sample: self.sample[i],
            label: self.label[i],
            forget: self.forget[i],
            logits: &self.logits[i * classes..(i + 1) * classes],
        })
    }
}

fn required(name: &str, of: Type) -> PrimitiveTypeBuilder<'_> {
    Schema::primitive_type_builder(name, of).with_repetition(Repetition::REQUIRED)
}

fn schema() -> parquet::errors::Result<TypePtr> {
    let part = required("part", Type::BYTE_ARRAY).with_logical_type(Some(LogicalType::String)).build()?;
    let mut fields = vec![Arc::new(part)];
    for (name, of) in [
        ("sample", Type::INT64),
        ("label", Type::INT64),
        ("forget", Type::BOOLEAN),
        ("prediction", Type::INT64),
        ("loss", Type::DOUBLE),
        ("confidence", Type::DOUBLE),
    ] {
        fields.push(Arc::new(required(name, of).build()?));
    }
    let element = Arc::new(required("element", Type::FLOAT).build()?);
    let list = Schema::group_type_builder("list").with_repetition(Repetition::REPEATED);
    let list = Arc::new(list.with_fields(vec![element]).build()?);
    let logits = Schema::group_type_builder("logits")
        .with_repetition(Repetition::REQUIRED)
        .with_logical_type(Some(LogicalType::List))
        .with_fields(vec![list]);
    fields.push(Arc::new(logits.build()?));
    Schema::group_type_builder("outputs").with_fields(fields).build().map(Arc::new)
}

fn column<T: parquet::data_type::DataType>(
    group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
    values: &[T::T],
) -> parquet::errors::Result<()> {
    if let Some(mut column) = group.next_column()? {
        column.typed::<T>().write_batch(values, None, None)?;
        column.close()?;
    }
    Ok(())
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
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use std::io::Read;

    fn three() -> Outputs {
        let part = |sample: &[i64], label: &[i64], forget: &[bool], logits: &[f32]| Part {
            sample: sample.into(),
            label: label.into(),
            forget: forget.into(),
            logits: logits.into(),
        };
        let train = part(&[7, 2], &[1, 0], &[true, false], &[0.0, 1.0, 1.0, 90.0, 0.5, -2.0]);
        let test = part(&[0], &[2], &[false], &[1.0, 2.0, 3.0]);
        Outputs { classes: 3, parts: vec![("train", train), ("validation", Part::default()), ("test", test)] }
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

    #[test]
    fn parquet_has_a_row_for_each_sample_with_its_logits() {
        let file = SerializedFileReader::new(bytes::Bytes::from(three().parquet().unwrap())).unwrap();
        let rows: Vec<String> =
            file.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(rows.len(), 3);
        assert!(
            rows[0].starts_with("{part: \"train\", sample: 7, label: 1, forget: true, prediction: 1, loss: ")
        );
        assert!(rows[0].ends_with("logits: [0E0, 1.0, 1.0]}"), "{}", rows[0]);
        assert!(
            rows[2].ends_with("logits: [1.0, 2.0, 3.0]}") && rows[2].contains("part: \"test\""),
            "{}",
            rows[2]
        );
    }

    #[test]
    fn npz_has_the_arrays_of_each_part() {
        let mut archive = zip::ZipArchive::new(Cursor::new(three().npz().unwrap())).unwrap();
        assert_eq!(archive.len(), 21);
        let mut bytes = Vec::new();
        archive.by_name("train_logits.npy").unwrap().read_to_end(&mut bytes).unwrap();
        let logits = mu_file::npy(&bytes).unwrap();
        assert_eq!(logits.shape(), [2, 3]);
        assert_eq!(logits.into_vec::<f32>().unwrap(), [0.0, 1.0, 1.0, 90.0, 0.5, -2.0]);
    }
}
