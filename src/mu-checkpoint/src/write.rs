//! Tensors → a file: safetensors, or a `.pth` that `torch.load(weights_only=True)` reads. The same tensors give the same bytes.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::{Array, safe};

/// The form of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// safetensors
    Safetensors,
    /// PyTorch's zip.
    Pth,
}

impl Format {
    /// By a file's ending.
    #[must_use]
    pub fn of(ending: &str) -> Option<Format> {
        match ending {
            "safetensors" => Some(Format::Safetensors),
            "pth" | "pt" => Some(Format::Pth),
            _ => None,
        }
    }
}

/// The bytes of a file with these tensors.
///
/// # Errors
/// In words, where the format cannot hold them.
pub fn write(tensors: &[(String, Array)], format: Format) -> Result<Vec<u8>, String> {
    match format {
        Format::Safetensors => safe::bytes(tensors),
        Format::Pth => pth(tensors).map_err(|e| e.to_string()),
    }
}

fn pth(tensors: &[(String, Array)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = || {
        SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .large_file(tensors.iter().any(|(_, a)| a.bytes.len() as u64 > u64::from(u32::MAX)))
    };
    let mut entry = |name: &str, bytes: &[u8]| {
        zip.start_file(format!("archive/{name}"), options())?;
        zip.write_all(bytes).map_err(Into::into)
    };
    let each = |r: zip::result::ZipResult<()>| r;
    each(entry("data.pkl", &pickle(tensors)))?;
    each(entry("byteorder", b"little"))?;
    for (at, (_, array)) in tensors.iter().enumerate() {
        each(entry(&format!("data/{at}"), &array.bytes))?;
    }
    each(entry("version", b"3\n"))?;
    Ok(zip.finish()?.into_inner())
}

/// A dictionary of tensors, each a view of a storage of its own, in protocol 2.
fn pickle(tensors: &[(String, Array)]) -> Vec<u8> {
    let mut out = b"\x80\x02}".to_vec();
    let text = |out: &mut Vec<u8>, text: &str| {
        out.push(b'X');
        out.extend((text.len() as u32).to_le_bytes());
        out.extend(text.as_bytes());
    };
    let number = |out: &mut Vec<u8>, n: usize| match i32::try_from(n) {
        Ok(n) => {
            out.push(b'J');
            out.extend(n.to_le_bytes());
        }
        Err(_) => {
            out.extend([0x8a, 8]);
            out.extend((n as u64).to_le_bytes());
        }
    };
    let numbers = |out: &mut Vec<u8>, all: &[usize]| {
        out.push(b'(');
        all.iter().for_each(|n| number(out, *n));
        out.push(b't');
    };
    out.push(b'(');
    for (at, (name, array)) in tensors.iter().enumerate() {
        text(&mut out, name);
        out.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        text(&mut out, "storage");
        out.extend(format!("ctorch\n{}\n", array.dtype.storage()).as_bytes());
        text(&mut out, &at.to_string());
        text(&mut out, "cpu");
        number(&mut out, array.len());
        out.extend(b"tQ");
        number(&mut out, 0);
        numbers(&mut out, &array.shape);
        let mut strides = vec![1; array.shape.len()];
        for axis in (1..strides.len()).rev() {
            strides[axis - 1] = strides[axis] * array.shape[axis].max(1);
        }
        numbers(&mut out, &strides);
        out.push(0x89);
        out.extend(b"ccollections\nOrderedDict\n)RtR");
    }
    out.extend(b"u.");
    out
}
