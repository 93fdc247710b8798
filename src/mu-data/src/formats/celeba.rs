//! CelebA (Liu et al. 2015) as it is published: `img_align_celeba/000001.jpg`, … or `img_align_celeba.zip`, `list_attr_celeba.txt`,
//! `list_eval_partition.txt`, and, where it is there, `identity_CelebA.txt`; or as Kaggle has it, with `.csv` lists. The label is one
//! attribute, 1 where it is there; every attribute and the identity are groups. Training and validation partition train, the test
//! partition tests.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::disk::{either, unnested};
use crate::images::{Files, Piece, Zipped};
use crate::{DataError, Images, Part, Source};

const ATTRIBUTES: &str = "list_attr_celeba";
const PARTITION: &str = "list_eval_partition";
const IDENTITY: &str = "identity_CelebA";
const IMAGES: &str = "img_align_celeba";

/// A list, as it is published or as a table with a header.
fn locate(root: &Path, name: &str) -> Result<PathBuf, DataError> {
    let folders = ["", "Anno/", "Eval/"];
    let names = ["txt", "csv"].iter().flat_map(|ending| folders.map(|f| format!("{f}{name}.{ending}")));
    either(root, &names.collect::<Vec<_>>())
}

/// The words of a list: its header, where it has one, and its lines.
struct Table {
    path: PathBuf,
    header: Vec<String>,
    lines: Vec<Vec<String>>,
}

/// Reads a list. `counted`: whether, as it is published, it begins with a count and a header of its own.
fn table(root: &Path, name: &str, counted: bool) -> Result<Table, DataError> {
    let path = locate(root, name)?;
    let text = mu_file::text(&path).map_err(DataError::io(&path))?;
    let text = text.trim_start_matches('\u{feff}');
    let is_csv = path.extension().is_some_and(|e| e == "csv");
    let words = |line: &str| -> Vec<String> {
        let clean = |word: &str| word.trim().trim_matches('"').to_owned();
        if is_csv {
            line.split(',').map(clean).collect()
        } else {
            line.split_whitespace().map(clean).collect()
        }
    };
    let mut lines = text.lines().filter(|l| !l.trim().is_empty()).map(words);
    let mut header = Vec::new();
    if is_csv {
        // The first column is the image's name.
        header = lines.next().unwrap_or_default();
        header = header.get(1..).unwrap_or_default().to_vec();
    } else if counted {
        header = lines.nth(1).unwrap_or_default();
    }
    Ok(Table { lines: lines.collect(), path, header })
}

impl Table {
    /// A line's name and number.
    fn pairs(&self) -> HashMap<&str, &str> {
        self.lines.iter().filter_map(|line| Some((line.first()?.as_str(), line.get(1)?.as_str()))).collect()
    }
}

/// What the lists say of the images.
struct Lists {
    names: Vec<String>,
    tests: Vec<bool>,
    /// Attributes, and the identity where it is known.
    groups: Vec<(String, Vec<i64>)>,
}

fn lists(root: &Path) -> Result<Lists, DataError> {
    let (attributes, partition) = (table(root, ATTRIBUTES, true)?, table(root, PARTITION, false)?);
    let identity = locate(root, IDENTITY).is_ok().then(|| table(root, IDENTITY, false)).transpose()?;
    let bad = |of: &Table, problem: String| DataError::format(&of.path, problem);
    let (tests, people) = (partition.pairs(), identity.as_ref().map(|of| (of, of.pairs())));
    let mut found = Lists {
        names: Vec::new(),
        tests: Vec::new(),
        groups: attributes.header.iter().map(|h| (h.clone(), Vec::new())).collect(),
    };
    let mut persons = Vec::new();
    for line in &attributes.lines {
        let (name, values) = line.split_first().map_or(("", &[][..]), |(name, rest)| (name.as_str(), rest));
        for (at, (head, numbers)) in found.groups.iter_mut().enumerate() {
            numbers.push(match values.get(at).map(String::as_str) {
                Some("1") => 1,
                Some("-1" | "0") => 0,
                _ => return Err(bad(&attributes, format!("`{name}` has no `{head}`"))),
            });
        }
        let part = tests.get(name).ok_or_else(|| bad(&partition, format!("does not have `{name}`")))?;
        found.tests.push(match *part {
            "0" | "1" => false,
            "2" => true,
            other => {
                let problem = format!("`{name}` is in the partition `{other}`: 0, 1 or 2 is known");
                return Err(bad(&partition, problem));
            }
        });
        if let Some((of, people)) = &people {
            let person = people.get(name).and_then(|p| p.parse().ok());
            persons.push(person.ok_or_else(|| bad(of, format!("has no person for `{name}`")))?);
        }
        found.names.push(name.to_owned());
    }
    if people.is_some() {
        found.groups.push(("identity".to_owned(), persons));
    }
    Ok(found)
}

/// The folder of the images, where they were unpacked.
fn pictures(root: &Path) -> Option<PathBuf> {
    let folders = [IMAGES.to_owned(), format!("Img/{IMAGES}")];
    folders.iter().map(|f| root.join(f)).find(|f| f.is_dir()).map(|f| unnested(&f))
}

pub(crate) fn files(root: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut all = vec![locate(root, ATTRIBUTES)?, locate(root, PARTITION)?];
    all.extend(locate(root, IDENTITY));
    match pictures(root) {
        Some(folder) => all.extend(lists(root)?.names.iter().map(|n| folder.join(n))),
        None => all.push(archive(root)?),
    }
    Ok(all)
}

fn archive(root: &Path) -> Result<PathBuf, DataError> {
    let names = [format!("{IMAGES}.zip"), format!("Img/{IMAGES}.zip")];
    either(root, &names).map_err(|_| DataError::missing(root, format!("folder {IMAGES}, nor {IMAGES}.zip")))
}

pub(crate) fn open(root: &Path, attribute: &str) -> Result<Source, DataError> {
    let (lists, listed) = (lists(root)?, locate(root, ATTRIBUTES)?);
    let labels = lists.groups.iter().find(|(name, _)| name == attribute && name != "identity");
    let labels = labels.ok_or_else(|| {
        let names: Vec<&str> = lists.groups.iter().map(|(n, _)| n.as_str()).collect();
        let problem = format!("has no attribute `{attribute}`; it has {}", names.join(", "));
        DataError::format(&listed, problem)
    })?;
    let part = |tests: bool| -> Result<Part, DataError> {
        let picked: Vec<usize> = (0..lists.names.len()).filter(|i| lists.tests[*i] == tests).collect();
        let names: Vec<String> = picked.iter().map(|i| lists.names[*i].clone()).collect();
        let images: std::sync::Arc<dyn Images> = if let Some(folder) = pictures(root) {
            // A name is a file in that folder, whatever the list says.
            let piece = |name: &String| match Path::new(name).file_name() {
                Some(plain) if Path::new(name) == Path::new(plain) => Ok(Piece::whole(folder.join(name))),
                _ => Err(DataError::format(&listed, format!("`{name}` is no name of an image"))),
            };
            std::sync::Arc::new(Files(names.iter().map(piece).collect::<Result<_, _>>()?))
        } else {
            let archive = Zipped::open(&archive(root)?)?;
            let doubled = format!("{IMAGES}/{IMAGES}/");
            let is_doubled = archive.file_names().flatten().any(|n| n.starts_with(&doubled));
            let folder = if is_doubled { doubled } else { format!("{IMAGES}/") };
            let names = names.iter().map(|n| format!("{folder}{n}")).collect();
            std::sync::Arc::new(Zipped { archive, names })
        };
        let of = |numbers: &[i64]| picked.iter().map(|i| numbers[*i]).collect::<Vec<i64>>();
        let groups = lists.groups.iter().map(|(name, numbers)| (name.clone(), of(numbers))).collect();
        let labels = of(&labels.1).into_iter().map(|l| l as u32).collect();
        Ok(Part { labels, groups, images, picked: (0..picked.len()).collect() })
    };
    Ok(Source { train: part(false)?, test: Some(part(true)?) })
}
