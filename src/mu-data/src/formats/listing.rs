//! The files of a data set, in a fixed order, and what lies among them that is not read.
//!
//! Images below a folder come in the order of torchvision's `ImageFolder`: folders by their paths, files by their names, so that the
//! number of a sample is the same there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::disk::{self, name_of};
use crate::DataError;

/// What torchvision's `ImageFolder` takes for images, by the ending of their names in any case.
const ENDINGS: [&str; 9] = ["jpg", "jpeg", "png", "ppm", "bmp", "pgm", "tif", "tiff", "webp"];
/// Folders in folders: deeper, one of them is a link to what it lies in.
const DEEPEST: usize = 16;

/// The files of a data set.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    /// Those whose bytes it is.
    pub(crate) files: Vec<PathBuf>,
    /// What is not read.
    pub(crate) left: LeftOut,
}

impl From<Vec<PathBuf>> for Listing {
    fn from(files: Vec<PathBuf>) -> Self {
        Self { files, left: LeftOut::default() }
    }
}

/// What lies in a data set's folders and is not read.
#[derive(Debug, Default)]
pub(crate) struct LeftOut {
    /// How many files of a kind, and the first of them.
    files: BTreeMap<String, (usize, PathBuf)>,
    /// Parts, arrays, …: in words.
    others: Vec<String>,
}

impl LeftOut {
    pub(crate) fn file(&mut self, path: &Path) {
        let ending = path.extension().map(|e| format!(".{}", e.to_string_lossy()));
        let mut kind = ending.unwrap_or_else(|| "no ending".to_owned());
        if has_image_name(&name_of(path)) {
            kind.push_str(if is_hidden(path) { " (hidden)" } else { " (of no class)" });
        }
        self.files.entry(kind).or_insert_with(|| (0, path.to_owned())).0 += 1;
    }

    pub(crate) fn say(&mut self, what: String) {
        self.others.push(what);
    }

    /// A sentence for each kind.
    pub(crate) fn notes(&self) -> Vec<String> {
        let of_kind = |(kind, (count, first)): (&String, &(usize, PathBuf))| {
            let files = if *count == 1 { "file" } else { "files" };
            format!("{count} {files} with {kind} left out, such as {}", first.display())
        };
        self.files.iter().map(of_kind).chain(self.others.iter().cloned()).collect()
    }
}

/// Whether a file of that name is an image.
pub(crate) fn has_image_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending.to_lowercase().as_str()))
}

fn is_hidden(path: &Path) -> bool {
    name_of(path).starts_with('.')
}

/// What lies in a folder, sorted by name: files and folders.
fn entries(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), DataError> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(DataError::io(folder))? {
        let path = entry.map_err(DataError::io(folder))?.path();
        if path.is_dir() {
            folders.push(path)
        } else if path.is_file() {
            files.push(path)
        }
    }
    files.sort();
    folders.sort();
    Ok((files, folders))
}

/// The images in a folder and in the folders below it. Hidden ones are left out.
pub(crate) fn images(folder: &Path, left: &mut LeftOut) -> Result<Vec<PathBuf>, DataError> {
    let (mut folders, mut files) = (Vec::new(), BTreeMap::new());
    let mut waiting = vec![(folder.to_owned(), 0)];
    while let Some((next, depth)) = waiting.pop() {
        if depth > DEEPEST {
            return Err(DataError::format(&next, format!("more than {DEEPEST} folders lie in each other")));
        }
        let (inside, below) = entries(&next)?;
        waiting.extend(below.into_iter().map(|f| (f, depth + 1)));
        files.insert(next.clone(), inside);
        folders.push(next);
    }
    // By path as text, in which `a-b` stands before `a/b`.
    folders.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    let mut found = Vec::new();
    for at in folders {
        let below = at.strip_prefix(folder).unwrap_or(&at);
        let hidden = below.iter().any(|part| part.to_string_lossy().starts_with('.'));
        for file in files.remove(&at).unwrap_or_default() {
            match (has_image_name(&name_of(&file)), hidden || is_hidden(&file)) {
                (true, false) => found.push(file),
                // What systems and editors keep for themselves.
                (false, true) => {}
                _ => left.file(&file),
            }
        }
    }
    Ok(found)
}

/// The images that lie in a folder itself.
pub(crate) fn flat_images(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    disk::list(folder, |p| has_image_name(&name_of(p)) && p.is_file())
}

/// What lies beside the folders of classes: images of no class, and hidden folders.
pub(crate) fn beside(folder: &Path, left: &mut LeftOut) -> Result<(), DataError> {
    let (files, folders) = entries(folder)?;
    files.iter().filter(|f| has_image_name(&name_of(f))).for_each(|f| left.file(f));
    for hidden in folders.iter().filter(|f| is_hidden(f)) {
        let inside = images(hidden, &mut LeftOut::default())?;
        if !inside.is_empty() {
            left.say(format!(
                "{} image(s) in the hidden folder {} are left out",
                inside.len(),
                hidden.display()
            ));
        }
    }
    Ok(())
}
