//! Parquet files as the Hugging Face hub stores image data sets: a column of images (`{bytes, path}`) and one of labels, in files
//! called `train-00000-of-00002.parquet`, `test-…` or `validation-…`, in the folder, in `data/` or below a configuration's name.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use mu_file::guarded;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use super::disk;
use super::listing::{LeftOut, Listing};
use crate::images::Stored;
use crate::{DataError, Images, Part, Source};

fn all(root: &Path) -> Result<Vec<PathBuf>, DataError> {
    let is = |p: &Path| p.extension().is_some_and(|e| e == "parquet");
    if root.is_file() {
        return Ok(vec![root.to_owned()]);
    }
    let mut found = disk::list(root, is)?;
    for folder in disk::list(root, Path::is_dir)? {
        found.extend(disk::list(&folder, is)?);
    }
    if found.is_empty() { Err(DataError::missing(root, ".parquet files")) } else { Ok(found) }
}

/// The files of a part, by how they, or their folders, are called.
fn named<'p>(files: &'p [PathBuf], root: &Path, words: &[&str]) -> Vec<&'p PathBuf> {
    let called = |path: &&PathBuf| {
        let inner = path.strip_prefix(root).unwrap_or(path);
        inner.iter().any(|part| words.iter().any(|w| part.to_string_lossy().starts_with(w)))
    };
    files.iter().filter(called).collect()
}

pub(crate) fn files(root: &Path, label: Option<&str>) -> Result<Listing, DataError> {
    let files = all(root)?;
    let mut left = LeftOut::default();
    tests(&files, root, label, &mut left)?;
    Ok(Listing { files, left })
}

pub(crate) fn open(root: &Path, label: Option<&str>) -> Result<Source, DataError> {
    let files = all(root)?;
    let train = named(&files, root, &["train"]);
    if train.is_empty() {
        let whole: Vec<&PathBuf> = files.iter().collect();
        return Ok(Source { train: part(&whole, label)?, test: None });
    }
    let test = tests(&files, root, label, &mut LeftOut::default())?;
    Ok(Source { train: part(&train, label)?, test: test.map(|t| part(&t, label)).transpose()? })
}

/// The files of the part that tests: the first that is there and has labels. Competitions keep the labels of their test part, whose rows
/// then say −1, or nothing.
fn tests<'p>(
    files: &'p [PathBuf],
    root: &Path,
    label: Option<&str>,
    left: &mut LeftOut,
) -> Result<Option<Vec<&'p PathBuf>>, DataError> {
    if named(files, root, &["train"]).is_empty() {
        return Ok(None);
    }
    let parts = ["test", "val"].map(|word| (word, named(files, root, &[word])));
    let mut there = parts.into_iter().filter(|(_, files)| !files.is_empty());
    let Some((first, part)) = there.next() else { return Ok(None) };
    let Some((_, other)) = there.next() else { return Ok(Some(part)) };
    if has_labels(&part, label)? {
        left.say(format!("the validation part is left out, such as {}: `{first}` tests", other[0].display()));
        return Ok(Some(part));
    }
    left.say(format!(
        "the part `{first}` is left out, such as {}: it has no labels, and the validation part tests",
        part[0].display()
    ));
    Ok(Some(other))
}

/// Whether any row of some files says its class.
fn has_labels(files: &[&PathBuf], label: Option<&str>) -> Result<bool, DataError> {
    for path in files {
        let bad = |problem: String| DataError::format(path, problem);
        let reader = reader(path)?;
        // Without a column of labels, or where nothing says which it is, the training part is what an error is of.
        let Ok((_, label)) = columns(&reader, label) else { return Ok(false) };
        for number in 0..reader.num_row_groups() {
            let mut found = false;
            rows(&reader, number, &[&label], &mut |row| found |= class(&row).is_some_and(|n| n >= 0))
                .map_err(bad)?;
            if found {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The only field of a row, where it is a whole number.
fn class(row: &Row) -> Option<i64> {
    match row.get_column_iter().next().map(|(_, field)| field)? {
        Field::Long(n) => Some(*n),
        Field::Int(n) => Some(i64::from(*n)),
        Field::Short(n) => Some(i64::from(*n)),
        Field::Byte(n) => Some(i64::from(*n)),
        Field::UInt(n) => Some(i64::from(*n)),
        Field::UByte(n) => Some(i64::from(*n)),
        _ => None,
    }
}

/// A row group of a file, and the samples it holds.
struct Group {
    path: PathBuf,
    number: usize,
    samples: Range<usize>,
}

struct Rows {
    groups: Vec<Group>,
    /// The column of images.
    column: String,
    count: usize,
}

fn reader(path: &Path) -> Result<SerializedFileReader<File>, DataError> {
    let file = mu_file::open(path).map_err(DataError::io(path))?;
    guarded(|| SerializedFileReader::new(file))
        .map_err(|problem| DataError::format(path, problem))?
        .map_err(|e| DataError::format(path, format!("it is no Parquet file, or cut short: {e}")))
}

fn rows(
    reader: &SerializedFileReader<File>,
    number: usize,
    columns: &[&str],
    f: &mut dyn FnMut(Row),
) -> Result<(), String> {
    let group = guarded(|| reader.get_row_group(number))?.map_err(|e| e.to_string())?;
    let schema = reader.metadata().file_metadata().schema();
    let fields =
        schema.get_fields().iter().filter(|field| columns.contains(&field.name())).cloned().collect();
    let wanted = parquet::schema::types::Type::group_type_builder(schema.name())
        .with_fields(fields)
        .build()
        .map_err(|e| e.to_string())?;
    let mut all = guarded(|| group.get_row_iter(Some(wanted)))?.map_err(|e| e.to_string())?;
    while let Some(row) = guarded(|| all.next())? {
        f(row.map_err(|e| e.to_string())?);
    }
    Ok(())
}

fn part(files: &[&PathBuf], label: Option<&str>) -> Result<Part, DataError> {
    let (mut groups, mut labels, mut column) = (Vec::new(), Vec::new(), String::new());
    for path in files {
        let bad = |problem: String| DataError::format(path, problem);
        let reader = reader(path)?;
        let (image, label) = columns(&reader, label).map_err(bad)?;
        for number in 0..reader.num_row_groups() {
            let from = labels.len();
            let mut wrong = None;
            rows(&reader, number, &[&label], &mut |row| match class(&row) {
                Some(n) => labels.push(n),
                None => {
                    let field = row.get_column_iter().next().map(|(_, field)| field.to_string());
                    wrong = Some(format!("a label is {}", field.unwrap_or_default()));
                }
            })
            .map_err(bad)?;
            if let Some(problem) = wrong {
                return Err(bad(problem));
            }
            groups.push(Group { path: (*path).clone(), number, samples: from..labels.len() });
        }
        column = image;
    }
    let path = files.first().map_or(Path::new("."), |p| p.as_path());
    let labels = disk::labels(labels, path)?;
    let count = labels.len();
    Ok(Part::new(labels, Rows { groups, column, count }))
}

/// The columns of images and labels.
fn columns(reader: &SerializedFileReader<File>, label: Option<&str>) -> Result<(String, String), String> {
    use parquet::basic::Type;
    let fields = reader.metadata().file_metadata().schema().get_fields();
    let has_bytes = |f: &&std::sync::Arc<parquet::schema::types::Type>| {
        f.is_group() && f.get_fields().iter().any(|inner| inner.name() == "bytes")
    };
    let names = || fields.iter().map(|f| f.name()).collect::<Vec<_>>().join(", ");
    let image = fields.iter().find(has_bytes);
    let image =
        image.ok_or_else(|| format!("has no column of images ({{bytes, path}}) among {}", names()))?;
    let whole: Vec<&str> = fields
        .iter()
        .filter(|f| f.is_primitive() && matches!(f.get_physical_type(), Type::INT32 | Type::INT64))
        .map(|f| f.name())
        .collect();
    let label = match (label, whole.as_slice()) {
        (Some(name), all) if all.contains(&name) => name,
        (Some(name), all) => {
            return Err(format!("has no column `{name}` of labels; it has {}", all.join(", ")));
        }
        (None, [only]) => only,
        (None, all) => {
            ["label", "fine_label", "labels"].into_iter().find(|n| all.contains(n)).ok_or_else(|| {
                format!("has columns of whole numbers {}: say which are the labels", all.join(", "))
            })?
        }
    };
    Ok((image.name().to_owned(), label.to_owned()))
}

impl Images for Rows {
    fn count(&self) -> usize {
        self.count
    }

    fn runs(&self) -> Vec<Range<usize>> {
        self.groups.iter().map(|g| g.samples.clone()).collect()
    }

    fn each(
        &self,
        run: Range<usize>,
        f: &mut dyn FnMut(usize, Result<Stored<'_>, String>),
    ) -> Result<(), DataError> {
        let Some(group) = self.groups.iter().find(|g| g.samples == run) else { return Ok(()) };
        let reader = reader(&group.path)?;
        let mut image = run.start;
        rows(&reader, group.number, &[&self.column], &mut |row| {
            match bytes(&row) {
                Some(bytes) => f(image, Ok(Stored::File(bytes))),
                None => f(
                    image,
                    Err("has no bytes; images that are stored by path alone are not read".to_owned()),
                ),
            }
            image += 1;
        })
        .map_err(|e| DataError::format(&group.path, e))
    }

    fn name(&self, image: usize) -> String {
        match self.groups.iter().find(|g| g.samples.contains(&image)) {
            Some(group) => format!("{} row group {}, image {image}", group.path.display(), group.number),
            None => format!("image {image}"),
        }
    }
}

fn bytes(row: &Row) -> Option<&[u8]> {
    let (_, Field::Group(inner)) = row.get_column_iter().next()? else { return None };
    inner.get_column_iter().find_map(|(name, field)| match field {
        Field::Bytes(bytes) if name == "bytes" => Some(bytes.data()),
        _ => None,
    })
}
