//! TensorBoard's event files: records of protocol buffers (`Event` of TensorFlow's event.proto), each with masked checksums.

use crate::runs::{Run, numbers};

/// The event file of a run.
#[must_use]
pub fn events(run: &Run) -> Vec<u8> {
    let at = run.made as f64;
    let mut out = Vec::new();
    // The first event says of which version the file is.
    let mut first = Vec::new();
    double(&mut first, 1, at);
    bytes(&mut first, 3, b"brain.Event:2");
    record(&mut out, &first);
    for (step, epoch) in run.epochs.iter().enumerate() {
        for (name, value) in numbers(*epoch) {
            scalar(&mut out, at, step as u64 + 1, name, value);
        }
    }
    for (name, value, bound) in &run.metrics {
        // The tag is all that a number of TensorBoard's can say of itself.
        let bound = bound.word().map(|word| format!(" {word}")).unwrap_or_default();
        scalar(&mut out, at, run.epochs.len() as u64, &format!("metrics/{name}{bound}"), *value);
    }
    out
}

/// Event { wall_time = 1, step = 2, summary = 5 { value = 1 { tag = 1, simple_value = 2 } } }
fn scalar(out: &mut Vec<u8>, at: f64, step: u64, tag: &str, value: f64) {
    let mut entry = Vec::new();
    bytes(&mut entry, 1, tag.as_bytes());
    entry.push(2 << 3 | 5);
    entry.extend((value as f32).to_le_bytes());
    let mut summary = Vec::new();
    bytes(&mut summary, 1, &entry);
    let mut event = Vec::new();
    double(&mut event, 1, at);
    event.push(2 << 3);
    varint(&mut event, step);
    bytes(&mut event, 5, &summary);
    record(out, &event);
}

fn record(out: &mut Vec<u8>, event: &[u8]) {
    let length = (event.len() as u64).to_le_bytes();
    out.extend(length);
    out.extend(masked(&length).to_le_bytes());
    out.extend(event);
    out.extend(masked(event).to_le_bytes());
}

/// CRC-32C, rotated and shifted as TFRecord files have it.
fn masked(of: &[u8]) -> u32 {
    crc32c::crc32c(of).rotate_right(15).wrapping_add(0xa282_ead8)
}

fn double(out: &mut Vec<u8>, field: u8, value: f64) {
    out.push(field << 3 | 1);
    out.extend(value.to_le_bytes());
}

fn bytes(out: &mut Vec<u8>, field: u8, value: &[u8]) {
    out.push(field << 3 | 2);
    varint(out, value.len() as u64);
    out.extend(value);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `tensorboard` 2.x writes for the same event (`tests/parity/read_runs.py --bytes`).
    #[test]
    fn a_record_is_tensorboards() {
        let mut out = Vec::new();
        scalar(&mut out, 1.5, 300, "metrics/ua", 0.25);
        let hex: String = out.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, include_str!("../../../tests/parity/fixtures/event.hex").trim());
    }
}
