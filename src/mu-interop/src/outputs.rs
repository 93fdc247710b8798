//! What a model says of each sample, in files of other programs: NumPy archives, Parquet, comma-separated values.

use std::io::{Cursor, Write};
use std::sync::Arc;

use mu_numbers::{Output, Outputs};
use parquet::basic::{LogicalType, Repetition, Type};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, FloatType, Int64Type};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{PrimitiveTypeBuilder, Type as Schema, TypePtr};

/// As a NumPy archive: for each part `PART_sample`, `PART_label`, `PART_prediction` (int64), `PART_forget` (bool), `PART_loss`,
/// `PART_confidence` (float64), each of shape [samples], and `PART_logits` (float32) of shape [samples, classes].
///
/// # Errors
/// In words, where the writer refuses.
pub fn npz(outputs: &Outputs) -> Result<Vec<u8>, String> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default())
        .large_file(true);
    for (name, part) in &outputs.parts {
        let samples: Vec<Output<'_>> = part.outputs(name, outputs.classes).collect();
        let rows = samples.len() as u64;
        let losses: Vec<f64> = samples.iter().map(Output::loss).collect();
        let confidences: Vec<f64> = samples.iter().map(Output::confidence).collect();
        let predictions: Vec<i64> = samples.iter().map(Output::prediction).collect();
        let arrays: [(&str, Result<Vec<u8>, String>); 7] = [
            ("sample", mu_file::npy_of(&part.sample, &[rows])),
            ("label", mu_file::npy_of(&part.label, &[rows])),
            ("forget", mu_file::npy_of(&part.forget, &[rows])),
            ("prediction", mu_file::npy_of(&predictions, &[rows])),
            ("loss", mu_file::npy_of(&losses, &[rows])),
            ("confidence", mu_file::npy_of(&confidences, &[rows])),
            ("logits", mu_file::npy_of(&part.logits, &[rows, outputs.classes as u64])),
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
pub fn parquet(outputs: &Outputs) -> Result<Vec<u8>, String> {
    let write = || -> parquet::errors::Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut out, schema()?, Arc::default())?;
        let mut group = writer.next_row_group()?;
        columns(outputs, &mut group)?;
        group.close()?;
        writer.close()?;
        Ok(out)
    };
    write().map_err(|e| e.to_string())
}

fn columns(
    outputs: &Outputs,
    group: &mut SerializedRowGroupWriter<'_, &mut Vec<u8>>,
) -> parquet::errors::Result<()> {
    let parts: Vec<ByteArray> = outputs.samples().map(|o| ByteArray::from(o.part)).collect();
    column::<ByteArrayType>(group, &parts)?;
    column::<Int64Type>(group, &outputs.samples().map(|o| o.sample).collect::<Vec<_>>())?;
    column::<Int64Type>(group, &outputs.samples().map(|o| o.label).collect::<Vec<_>>())?;
    column::<BoolType>(group, &outputs.samples().map(|o| o.forget).collect::<Vec<_>>())?;
    column::<Int64Type>(group, &outputs.samples().map(|o| o.prediction()).collect::<Vec<_>>())?;
    column::<DoubleType>(group, &outputs.samples().map(|o| o.loss()).collect::<Vec<_>>())?;
    column::<DoubleType>(group, &outputs.samples().map(|o| o.confidence()).collect::<Vec<_>>())?;
    // A list's first element begins a row (0), the others go on with it (1); every element is there (1).
    let logits: Vec<f32> = outputs.samples().flat_map(|o| o.logits.iter().copied()).collect();
    let there = vec![1; logits.len()];
    let goes_on: Vec<i16> = (0..logits.len()).map(|at| i16::from(at % outputs.classes.max(1) > 0)).collect();
    if let Some(mut column) = group.next_column()? {
        column.typed::<FloatType>().write_batch(&logits, Some(&there), Some(&goes_on))?;
        column.close()?;
    }
    Ok(())
}

/// As comma-separated values with a header: the columns of [`parquet`], and one for each logit, `logit_0` and so on.
///
/// # Errors
/// In words, where the writer refuses.
pub fn csv(outputs: &Outputs) -> Result<Vec<u8>, String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = ["part", "sample", "label", "forget", "prediction", "loss", "confidence"].map(str::to_owned);
    let header = names.into_iter().chain((0..outputs.classes).map(|k| format!("logit_{k}")));
    writer.write_record(header).map_err(|e| e.to_string())?;
    for o in outputs.samples() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use mu_numbers::PartOutputs;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use std::io::Read;

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
    fn parquet_has_a_row_for_each_sample_with_its_logits() {
        let file = SerializedFileReader::new(bytes::Bytes::from(parquet(&three()).unwrap())).unwrap();
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
        let mut archive = zip::ZipArchive::new(Cursor::new(npz(&three()).unwrap())).unwrap();
        assert_eq!(archive.len(), 21);
        let mut bytes = Vec::new();
        archive.by_name("train_logits.npy").unwrap().read_to_end(&mut bytes).unwrap();
        let logits = mu_file::npy(&bytes).unwrap();
        assert_eq!(logits.shape(), [2, 3]);
        assert_eq!(logits.into_vec::<f32>().unwrap(), [0.0, 1.0, 1.0, 90.0, 0.5, -2.0]);
    }
}
