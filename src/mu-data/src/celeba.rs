//! CelebA (Liu et al. 2015) as it is published: `img_align_celeba/000001.jpg`, …, `list_attr_celeba.txt` and
//! `list_eval_partition.txt`. The label is one attribute, 1 where it is there. Images are cut to 178 × 178 around the
//! middle and scaled to 128 × 128. Training and validation partition train, the test partition tests.

use std::path::Path;

use image::imageops::FilterType;

use crate::{DataError, Decoded, Facts, Samples};

const CUT: u32 = 178;
const SIDE: u32 = 128;
const TEST: &str = "2";

/// The facts of the whole data set, for planning where it is not on this machine.
pub(crate) fn nominal() -> Facts {
    Facts { digest: String::new(), train: 182_637, test: Some(19_962) }
}

fn text(root: &Path, name: &str) -> Result<String, DataError> {
    let path = root.join(name);
    if !path.is_file() {
        return Err(DataError::Missing { folder: root.to_owned(), name: name.to_owned() });
    }
    std::fs::read_to_string(&path).map_err(|error| DataError::Io { path, error })
}

/// Each image with its label and whether it tests.
fn list(root: &Path, attribute: &str) -> Result<Vec<(String, u8, bool)>, DataError> {
    let (attributes, partition) =
        (text(root, "list_attr_celeba.txt")?, text(root, "list_eval_partition.txt")?);
    let bad = |file: &str, problem: String| DataError::Format { file: file.to_owned(), problem };
    let mut lines = attributes.lines().skip(1);
    let names: Vec<&str> = lines.next().unwrap_or("").split_whitespace().collect();
    let column = names.iter().position(|n| *n == attribute).ok_or_else(|| {
        bad("list_attr_celeba.txt", format!("has no attribute `{attribute}`; it has {}", names.join(", ")))
    })?;
    let tests: std::collections::HashMap<&str, bool> =
        partition.lines().filter_map(|l| l.split_once(' ')).map(|(n, p)| (n, p.trim() == TEST)).collect();
    lines
        .filter(|l| !l.trim().is_empty())
        .map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next().unwrap_or("");
            let value = words.nth(column);
            let label = match value {
                Some("1") => 1,
                Some("-1" | "0") => 0,
                _ => return Err(bad("list_attr_celeba.txt", format!("`{name}` has no `{attribute}`"))),
            };
            let test = tests.get(name).copied();
            let test =
                test.ok_or_else(|| bad("list_eval_partition.txt", format!("does not have `{name}`")))?;
            Ok((name.to_owned(), label, test))
        })
        .collect()
}

pub(crate) fn facts(root: &Path, attribute: &str) -> Result<Facts, DataError> {
    let list = list(root, attribute)?;
    // 1.4 GB of images are not read for a plan: their names and sizes stand for them.
    let mut hasher = blake3::Hasher::new();
    for (name, label, test) in &list {
        let path = root.join("img_align_celeba").join(name);
        let size = std::fs::metadata(&path).map_err(|error| DataError::Io { path, error })?.len();
        hasher.update(format!("{name} {label} {test} {size}\n").as_bytes());
    }
    let tests = list.iter().filter(|(_, _, test)| *test).count();
    Ok(Facts { digest: hasher.finalize().to_hex().to_string(), train: list.len() - tests, test: Some(tests) })
}

pub(crate) fn decode(root: &Path, attribute: &str) -> Result<Decoded, DataError> {
    let empty = || Samples {
        count: 0,
        channels: 3,
        height: SIDE as usize,
        width: SIDE as usize,
        pixels: Vec::new(),
        labels: Vec::new(),
    };
    let (mut train, mut tests) = (empty(), empty());
    for (name, label, test) in list(root, attribute)? {
        let path = root.join("img_align_celeba").join(&name);
        let bad = |e: image::ImageError| DataError::Format {
            file: path.display().to_string(),
            problem: e.to_string(),
        };
        let image = image::open(&path).map_err(bad)?;
        let (left, top) = (image.width().saturating_sub(CUT) / 2, image.height().saturating_sub(CUT) / 2);
        let cut =
            image.crop_imm(left, top, CUT, CUT).resize_exact(SIDE, SIDE, FilterType::Triangle).to_rgb8();
        let part = if test { &mut tests } else { &mut train };
        for channel in 0..3 {
            part.pixels.extend(cut.pixels().map(|p| p.0[channel]));
        }
        part.labels.push(label);
        part.count += 1;
    }
    Ok(Decoded { train, test: Some(tests) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_folder_of_the_same_form_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let images = folder.path().join("img_align_celeba");
        std::fs::create_dir(&images).unwrap();
        for (name, shade) in [("000001.jpg", 200u8), ("000002.jpg", 20)] {
            image::RgbImage::from_pixel(178, 218, image::Rgb([shade, 0, 255]))
                .save(images.join(name))
                .unwrap();
        }
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("list_attr_celeba.txt", "2\nBald Smiling\n000001.jpg -1  1\n000002.jpg  1 -1\n");
        write("list_eval_partition.txt", "000001.jpg 0\n000002.jpg 2\n");
        let facts = facts(folder.path(), "Smiling").unwrap();
        assert_eq!((facts.train, facts.test), (1, Some(1)));
        let decoded = decode(folder.path(), "Smiling").unwrap();
        assert_eq!((decoded.train.labels[0], decoded.test.as_ref().unwrap().labels[0]), (1, 0));
        assert_eq!(decoded.train.pixels.len(), 3 * 128 * 128);
        assert!(decoded.train.pixels[0].abs_diff(200) < 5 && decoded.train.pixels[2 * 128 * 128] > 250);
        assert!(decode(folder.path(), "Beard").unwrap_err().to_string().contains("Bald, Smiling"));
    }
}
