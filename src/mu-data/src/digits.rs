//! The UCI optical digits, embedded: 64 pixel columns in 0..16 and a label per line.

use std::io::Read;

use crate::{DataError, Decoded, Facts, Samples};

const BYTES: &[u8] = include_bytes!("../digits/digits.csv.gz");
const COUNT: usize = 1797;

pub(crate) fn facts() -> Facts {
    Facts { digest: blake3::hash(BYTES).to_hex().to_string(), train: COUNT, test: None }
}

/// Pixels are stretched from 0..16 to 0..255 (rounded; the 17 levels stay distinct).
pub(crate) fn decode() -> Result<Decoded, DataError> {
    let bad = |problem: String| DataError::Format { file: "digits.csv.gz".to_owned(), problem };
    let mut text = String::new();
    flate2::read::GzDecoder::new(BYTES).read_to_string(&mut text).map_err(|e| bad(e.to_string()))?;
    let mut train =
        Samples { count: 0, channels: 1, height: 8, width: 8, pixels: Vec::new(), labels: Vec::new() };
    for line in text.lines() {
        let values: Vec<f64> = line.split(',').filter_map(|v| v.parse().ok()).collect();
        let [pixels @ .., label] = values.as_slice() else { return Err(bad("an empty line".to_owned())) };
        if pixels.len() != 64 {
            return Err(bad(format!("a line has {} pixels", pixels.len())));
        }
        train.pixels.extend(pixels.iter().map(|v| (v * 255.0 / 16.0).round() as u8));
        train.labels.push(*label as u8);
        train.count += 1;
    }
    Ok(Decoded { train, test: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_is_there() {
        let train = decode().unwrap().train;
        assert_eq!((train.count, train.pixels.len()), (COUNT, COUNT * 64));
        let mut classes = [0; 10];
        train.labels.iter().for_each(|l| classes[usize::from(*l)] += 1);
        // Counts of the UCI documentation (optdigits.names, test part).
        assert_eq!(classes, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert_eq!(train.pixels.iter().max(), Some(&255));
    }
}
