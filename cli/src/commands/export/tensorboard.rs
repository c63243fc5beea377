//! Event files of TensorBoard: records with masked CRC-32Cs, each a message of Protocol Buffers.
//!
//! `DIRECTORY/{experiment}/{run_id}/events.out.tfevents.{seconds}.mlab`

use std::path::Path;

use metalab::read::Series;

use super::columns::{Cell, cell};
use super::{Exported, millis, put};
use crate::failure::Result;
use crate::tensorboard::mask;

/// Writes the runs below `directory`. Series of texts are left out: these files have no such thing.
pub fn write(directory: &Path, runs: &[Exported]) -> Result<()> {
    for one in runs {
        let started = millis(one.run.started()).unwrap_or(0);
        let wall_time = started as f64 / 1e3;
        let mut out = Vec::new();
        record(&mut out, &event(wall_time, None, |event| bytes(event, 3, b"brain.Event:2")));
        for series in &one.series {
            scalars(&mut out, series, wall_time);
        }
        let experiment = one.run.directory().file_name().unwrap_or_default();
        let file = format!("events.out.tfevents.{:010}.mlab", started / 1000);
        put(&directory.join(experiment).join(one.run.id()).join(file), &out)?;
    }
    Ok(())
}

fn scalars(out: &mut Vec<u8>, series: &Series, wall_time: f64) {
    for index in 0..series.len() {
        let value = match cell(series, index) {
            Cell::Bool(value) => f32::from(u8::from(value)),
            Cell::Int(value) => value as f32,
            Cell::Float(value) => value as f32,
            Cell::Text(_) | Cell::Missing => continue,
        };
        let event = event(wall_time, Some(series.steps[index]), |event| {
            let mut scalar = Vec::new();
            bytes(&mut scalar, 1, series.name.as_bytes());
            key(&mut scalar, 2, 5);
            scalar.extend_from_slice(&value.to_le_bytes());
            let mut summary = Vec::new();
            bytes(&mut summary, 1, &scalar);
            bytes(event, 5, &summary);
        });
        record(out, &event);
    }
}

/// A message `Event`: the time, the step, and what `fill` adds.
fn event(wall_time: f64, step: Option<i64>, fill: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut event = Vec::new();
    key(&mut event, 1, 1);
    event.extend_from_slice(&wall_time.to_le_bytes());
    if let Some(step) = step {
        key(&mut event, 2, 0);
        varint(&mut event, step as u64);
    }
    fill(&mut event);
    event
}

/// A record: its length, the CRC of that, the data, the CRC of those.
fn record(out: &mut Vec<u8>, data: &[u8]) {
    let length = (data.len() as u64).to_le_bytes();
    out.extend_from_slice(&length);
    out.extend_from_slice(&mask(&length).to_le_bytes());
    out.extend_from_slice(data);
    out.extend_from_slice(&mask(data).to_le_bytes());
}

/// The key of a field: its number and its wire type.
fn key(out: &mut Vec<u8>, field: u64, wire: u64) {
    varint(out, field << 3 | wire);
}

fn bytes(out: &mut Vec<u8>, field: u64, content: &[u8]) {
    key(out, field, 2);
    varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}
