//! A table as Parquet: a row group for each run, and what the records say in the file's metadata.
//!
//! The key `metalab.runs` has an array with parameters, metrics and provenance of each run; `metalab.series`
//! an object with unit, description and axis of each series.

use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type as Schema;
use serde_json::{Map, Value, json};

use super::columns::{Cell, Column, Layout, Type};
use super::{Exported, document};
use crate::failure::{Failure, Result};

/// The runs as a file.
pub fn bytes(runs: &[Exported], is_wide: bool) -> Result<Vec<u8>> {
    all(runs, is_wide).map_err(|error| Failure::new(format!("cannot write parquet: {error}")))
}

fn all(runs: &[Exported], is_wide: bool) -> std::result::Result<Vec<u8>, ParquetError> {
    let layout = Layout::of(runs, is_wide);
    let fields = layout.columns.iter().map(|(name, kind)| field(name, *kind).map(Arc::new));
    let fields = fields.collect::<std::result::Result<Vec<_>, _>>()?;
    let schema = Schema::group_type_builder("metalab").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_created_by(concat!("mlab version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(metadata(runs)))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    for one in runs.iter().filter(|one| one.series.iter().any(|series| !series.is_empty())) {
        let mut group = writer.next_row_group()?;
        for column in layout.rows(one) {
            if let Some(mut into) = group.next_column()? {
                put(&column, &mut into)?;
                into.close()?;
            }
        }
        group.close()?;
    }
    writer.into_inner()
}

fn field(name: &str, kind: Type) -> std::result::Result<Schema, ParquetError> {
    let physical = match kind {
        Type::Bool => Physical::BOOLEAN,
        Type::Int => Physical::INT64,
        Type::Float => Physical::DOUBLE,
        Type::Text => Physical::BYTE_ARRAY,
    };
    Schema::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type((kind == Type::Text).then_some(LogicalType::String))
        .build()
}

fn put(column: &Column<'_>, into: &mut SerializedColumnWriter<'_>) -> std::result::Result<(), ParquetError> {
    let is_there: Vec<i16> = column.cells.iter().map(|cell| i16::from(*cell != Cell::Missing)).collect();
    let cells = column.cells.iter();
    match column.kind {
        Type::Bool => {
            let values: Vec<bool> = cells.filter_map(|cell| of_bool(cell)).collect();
            into.typed::<BoolType>().write_batch(&values, Some(&is_there), None)
        }
        Type::Int => {
            let values: Vec<i64> = cells.filter_map(|cell| of_int(cell)).collect();
            into.typed::<Int64Type>().write_batch(&values, Some(&is_there), None)
        }
        Type::Float => {
            let values: Vec<f64> = cells.filter_map(|cell| of_float(cell)).collect();
            into.typed::<DoubleType>().write_batch(&values, Some(&is_there), None)
        }
        Type::Text => {
            let values: Vec<ByteArray> = cells.filter_map(|cell| of_text(cell)).collect();
            into.typed::<ByteArrayType>().write_batch(&values, Some(&is_there), None)
        }
    }
    .map(drop)
}

fn of_bool(cell: &Cell<'_>) -> Option<bool> {
    if let Cell::Bool(value) = cell { Some(*value) } else { None }
}

fn of_int(cell: &Cell<'_>) -> Option<i64> {
    if let Cell::Int(value) = cell { Some(*value) } else { None }
}

fn of_float(cell: &Cell<'_>) -> Option<f64> {
    match cell {
        Cell::Float(value) => Some(*value),
        // Among floats; CSV, which has no types, keeps all its digits.
        Cell::Int(value) => Some(*value as f64),
        _ => None,
    }
}

fn of_text(cell: &Cell<'_>) -> Option<ByteArray> {
    if let Cell::Text(text) = cell { Some(ByteArray::from(text.as_bytes().to_vec())) } else { None }
}

fn metadata(runs: &[Exported]) -> Vec<KeyValue> {
    let mut series = Map::new();
    for one in runs.iter().flat_map(|one| &one.series) {
        let about = json!({"unit": one.unit, "description": one.description, "axis": one.axis});
        series.entry(one.name.clone()).or_insert(about);
    }
    let runs: Value = runs.iter().map(document::about).collect();
    let entry = |key: &str, value: String| KeyValue { key: key.to_owned(), value: Some(value) };
    vec![entry("metalab.runs", runs.to_string()), entry("metalab.series", Value::Object(series).to_string())]
}
