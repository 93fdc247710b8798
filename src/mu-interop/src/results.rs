//! The long form of results as a Parquet file.

use std::sync::Arc;

use mu_numbers::Results;
use parquet::basic::{LogicalType, Repetition, Type};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType};
use parquet::schema::types::Type as Schema;

/// As a Parquet file: a column of text for each of the long form's columns, and one of float64.
///
/// # Errors
/// In words, where the writer refuses.
pub fn parquet(results: &Results) -> Result<Vec<u8>, String> {
    let write = || -> parquet::errors::Result<Vec<u8>> {
        let text = |name: &String| {
            let column = Schema::primitive_type_builder(name, Type::BYTE_ARRAY);
            column.with_logical_type(Some(LogicalType::String)).with_repetition(Repetition::REQUIRED).build()
        };
        let mut fields = Vec::new();
        for name in &results.header {
            fields.push(Arc::new(text(name)?));
        }
        let value = Schema::primitive_type_builder("value", Type::DOUBLE);
        fields.push(Arc::new(value.with_repetition(Repetition::OPTIONAL).build()?));
        let schema = Arc::new(Schema::group_type_builder("results").with_fields(fields).build()?);
        let mut out = Vec::new();
        let mut writer = parquet::file::writer::SerializedFileWriter::new(&mut out, schema, Arc::default())?;
        let mut group = writer.next_row_group()?;
        for at in 0..results.header.len() {
            let values: Vec<ByteArray> = results.rows.iter().map(|r| r[at].as_str().into()).collect();
            if let Some(mut column) = group.next_column()? {
                column.typed::<ByteArrayType>().write_batch(&values, None, None)?;
                column.close()?;
            }
        }
        if let Some(mut column) = group.next_column()? {
            let values: Vec<f64> = results.values.iter().flatten().copied().collect();
            let there: Vec<i16> = results.values.iter().map(|v| i16::from(v.is_some())).collect();
            column.typed::<DoubleType>().write_batch(&values, Some(&there), None)?;
            column.close()?;
        }
        group.close()?;
        writer.close()?;
        Ok(out)
    };
    write().map_err(|e| e.to_string())
}
