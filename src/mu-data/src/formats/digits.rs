//! The UCI optical digits, embedded: 64 pixel columns in 0..16 and a label per line.

use std::io::Read;

use crate::{DataError, Part, Planes, Source};

const BYTES: &[u8] = include_bytes!("../../digits/digits.csv.gz");
const COUNT: usize = 1797;

pub(crate) fn facts() -> (String, usize) {
    (blake3::hash(BYTES).to_hex().to_string(), COUNT)
}

/// Pixels are stretched from 0..16 to 0..255 (rounded; the 17 levels stay distinct).
pub(crate) fn open() -> Result<Source, DataError> {
    let bad = |problem: String| DataError::Format { file: "digits.csv.gz".to_owned(), problem };
    let mut text = String::new();
    flate2::read::GzDecoder::new(BYTES).read_to_string(&mut text).map_err(|e| bad(e.to_string()))?;
    let (mut pixels, mut labels) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let values: Vec<f64> = line.split(',').filter_map(|v| v.parse().ok()).collect();
        let [row @ .., label] = values.as_slice() else { return Err(bad("an empty line".to_owned())) };
        if row.len() != 64 {
            return Err(bad(format!("a line has {} pixels", row.len())));
        }
        pixels.extend(row.iter().map(|v| (v * 255.0 / 16.0).round() as u8));
        labels.push(*label as u32);
    }
    let planes = Planes { count: labels.len(), shape: [1, 8, 8], pixels };
    Ok(Source { train: Part::new(labels, planes), test: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_there() {
        let train = open().unwrap().train;
        assert_eq!((train.len(), train.images.count()), (COUNT, COUNT));
        let mut classes = [0; 10];
        train.labels.iter().for_each(|l| classes[*l as usize] += 1);
        // Counts of the UCI documentation (optdigits.names, test part).
        assert_eq!(classes, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    }
}
