//! CelebA (Liu et al. 2015) as it is published: `img_align_celeba/000001.jpg`, … or `img_align_celeba.zip`, `list_attr_celeba.txt`,
//! `list_eval_partition.txt`, and, where it is there, `identity_CelebA.txt`. The label is one attribute, 1 where it is there; every
//! attribute and the identity are groups. Training and validation partition train, the test partition tests.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::either;
use crate::images::{Files, Piece, Zipped};
use crate::{DataError, Images, Part, Source};

const ATTRIBUTES: &str = "list_attr_celeba.txt";
const PARTITION: &str = "list_eval_partition.txt";
const IDENTITY: &str = "identity_CelebA.txt";
const IMAGES: &str = "img_align_celeba";

fn locate(root: &Path, name: &str) -> Result<PathBuf, DataError> {
    either(root, &[name.to_owned(), format!("Anno/{name}"), format!("Eval/{name}")])
}

fn text(root: &Path, name: &str) -> Result<String, DataError> {
    let path = locate(root, name)?;
    std::fs::read_to_string(&path).map_err(DataError::io(&path))
}

/// A line's name and number.
fn pairs(text: &str) -> HashMap<&str, &str> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?))
        })
        .collect()
}

/// What the lists say of the images.
struct Lists {
    names: Vec<String>,
    tests: Vec<bool>,
    /// Attributes, and the identity where it is known.
    groups: Vec<(String, Vec<i64>)>,
}

fn lists(root: &Path) -> Result<Lists, DataError> {
    let (attributes, partition) = (text(root, ATTRIBUTES)?, text(root, PARTITION)?);
    let identity = locate(root, IDENTITY).is_ok().then(|| text(root, IDENTITY)).transpose()?;
    let bad = |file: &str, problem: String| DataError::format(&root.join(file), problem);
    let mut lines = attributes.lines().skip(1);
    let heads: Vec<&str> = lines.next().unwrap_or("").split_whitespace().collect();
    let tests = pairs(&partition);
    let people = identity.as_deref().map(pairs);
    let mut found = Lists {
        names: Vec::new(),
        tests: Vec::new(),
        groups: heads.iter().map(|h| ((*h).to_owned(), Vec::new())).collect(),
    };
    let mut persons = Vec::new();
    for line in lines.filter(|l| !l.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or("");
        for (head, numbers) in &mut found.groups {
            numbers.push(match words.next() {
                Some("1") => 1,
                Some("-1" | "0") => 0,
                _ => return Err(bad(ATTRIBUTES, format!("`{name}` has no `{head}`"))),
            });
        }
        let part = tests.get(name).ok_or_else(|| bad(PARTITION, format!("does not have `{name}`")))?;
        found.tests.push(match *part {
            "0" | "1" => false,
            "2" => true,
            other => {
                return Err(bad(
                    PARTITION,
                    format!("`{name}` is in the partition `{other}`: 0, 1 or 2 is known"),
                ));
            }
        });
        if let Some(people) = &people {
            let person = people.get(name).and_then(|p| p.parse().ok());
            persons.push(person.ok_or_else(|| bad(IDENTITY, format!("has no person for `{name}`")))?);
        }
        found.names.push(name.to_owned());
    }
    if people.is_some() {
        found.groups.push(("identity".to_owned(), persons));
    }
    Ok(found)
}

pub(crate) fn files(root: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut all = vec![locate(root, ATTRIBUTES)?, locate(root, PARTITION)?];
    all.extend(locate(root, IDENTITY));
    let folder = root.join(IMAGES);
    if folder.is_dir() {
        all.extend(lists(root)?.names.iter().map(|n| folder.join(n)));
    } else {
        all.push(archive(root)?);
    }
    Ok(all)
}

fn archive(root: &Path) -> Result<PathBuf, DataError> {
    let names = [format!("{IMAGES}.zip"), format!("Img/{IMAGES}.zip")];
    either(root, &names).map_err(|_| DataError::missing(root, format!("folder {IMAGES}, nor {IMAGES}.zip")))
}

pub(crate) fn open(root: &Path, attribute: &str) -> Result<Source, DataError> {
    let lists = lists(root)?;
    let labels = lists.groups.iter().find(|(name, _)| name == attribute && name != "identity");
    let labels = labels.ok_or_else(|| {
        let names: Vec<&str> = lists.groups.iter().map(|(n, _)| n.as_str()).collect();
        let problem = format!("has no attribute `{attribute}`; it has {}", names.join(", "));
        DataError::format(&root.join(ATTRIBUTES), problem)
    })?;
    let part = |tests: bool| -> Result<Part, DataError> {
        let picked: Vec<usize> = (0..lists.names.len()).filter(|i| lists.tests[*i] == tests).collect();
        let names: Vec<String> = picked.iter().map(|i| lists.names[*i].clone()).collect();
        let folder = root.join(IMAGES);
        let images: std::sync::Arc<dyn Images> = if folder.is_dir() {
            // A name is a file in that folder, whatever the list says.
            let piece = |name: &String| match Path::new(name).file_name() {
                Some(plain) if Path::new(name) == Path::new(plain) => Ok(Piece::whole(folder.join(name))),
                _ => {
                    Err(DataError::format(&root.join(ATTRIBUTES), format!("`{name}` is no name of an image")))
                }
            };
            std::sync::Arc::new(Files(names.iter().map(piece).collect::<Result<_, _>>()?))
        } else {
            let names = names.iter().map(|n| format!("{IMAGES}/{n}")).collect();
            std::sync::Arc::new(Zipped { archive: Zipped::open(&archive(root)?)?, names })
        };
        let of = |numbers: &[i64]| picked.iter().map(|i| numbers[*i]).collect::<Vec<i64>>();
        let groups = lists.groups.iter().map(|(name, numbers)| (name.clone(), of(numbers))).collect();
        let labels = of(&labels.1).into_iter().map(|l| l as u32).collect();
        Ok(Part { labels, groups, images, picked: (0..picked.len()).collect() })
    };
    Ok(Source { train: part(false)?, test: Some(part(true)?) })
}
