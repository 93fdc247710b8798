//! SVHN, cropped digits (Netzer et al. 2011): `train_32x32.mat` and `test_32x32.mat` with X [32, 32, 3, n] and y [n], where 10 is the
//! digit 0. The extra part is left out.

use std::path::{Path, PathBuf};

use matfile::{MatFile, NumericData};

use super::disk::{self, either};
use crate::{DataError, Part, Planes, Source};

const SIDE: usize = 32;

pub(crate) fn files(root: &Path) -> Result<Vec<PathBuf>, DataError> {
    ["train_32x32.mat", "test_32x32.mat"].iter().map(|name| either(root, &[(*name).to_owned()])).collect()
}

pub(crate) fn open(root: &Path) -> Result<Source, DataError> {
    let paths = files(root)?;
    Ok(Source { train: part(&paths[0])?, test: Some(part(&paths[1])?) })
}

fn part(path: &Path) -> Result<Part, DataError> {
    let bad = |problem: String| DataError::format(path, problem);
    let file = mu_file::open(path).map_err(DataError::io(path))?;
    let mat = mu_file::guarded(|| MatFile::parse(std::io::BufReader::new(file)))
        .map_err(bad)?
        .map_err(|e| bad(format!("it is no MATLAB file, or cut short: {e}")))?;
    let array = |name: &str| mat.find_by_name(name).ok_or_else(|| bad(format!("has no array `{name}`")));
    let (x, y) = (array("X")?, array("y")?);
    let &[SIDE, SIDE, 3, count] = x.size().as_slice() else {
        return Err(bad(format!("X has sizes {:?}, not [32, 32, 3, n]", x.size())));
    };
    let NumericData::UInt8 { real: pixels, .. } = x.data() else {
        return Err(bad("X holds no bytes".to_owned()));
    };
    let labels: Vec<i64> = match y.data() {
        NumericData::UInt8 { real, .. } => real.iter().map(|v| i64::from(*v)).collect(),
        NumericData::Double { real, .. } if real.iter().all(|v| v.fract() == 0.0) => {
            real.iter().map(|v| *v as i64).collect()
        }
        _ => return Err(bad("y holds no whole numbers".to_owned())),
    };
    if labels.len() != count || Some(pixels.len()) != count.checked_mul(3 * SIDE * SIDE) {
        return Err(bad(format!("has {} labels for {count} images", labels.len())));
    }
    // MATLAB's first axis is the innermost: [row, column, channel, sample] lies as [sample, channel, column, row].
    let mut planes = vec![0; pixels.len()];
    for plane in 0..count * 3 {
        for column in 0..SIDE {
            for row in 0..SIDE {
                planes[(plane * SIDE + row) * SIDE + column] = pixels[(plane * SIDE + column) * SIDE + row];
            }
        }
    }
    let labels = disk::labels(labels.into_iter().map(|l| if l == 10 { 0 } else { l }), path)?;
    Ok(Part::new(labels, Planes { count, shape: [3, SIDE, SIDE], pixels: planes }))
}
