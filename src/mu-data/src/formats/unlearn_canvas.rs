//! UnlearnCanvas (Zhang et al. 2024): `STYLE/OBJECT/NUMBER.jpg`, with 60 styles, 20 objects and 20 images of each pair. Either is the
//! label; both are groups. Nothing is set aside for testing.

use std::path::Path;

use super::disk::{self, name_of};
use super::folders::classes;
use super::listing::{LeftOut, Listing, images};
use crate::images::{Files, Piece};
use crate::{DataError, Part, Source};

pub(crate) fn files(root: &Path) -> Result<Listing, DataError> {
    let mut all = Listing::default();
    for style in classes(root)? {
        for object in classes(&style)? {
            all.files.extend(images(&object, &mut all.left)?);
        }
    }
    Ok(all)
}

pub(crate) fn open(root: &Path, by_style: bool) -> Result<Source, DataError> {
    let styles = classes(root)?;
    let mut names: Vec<String> = Vec::new();
    for style in &styles {
        names.extend(classes(style)?.iter().map(|o| name_of(o)));
    }
    names.sort();
    names.dedup();
    let (mut pieces, mut of_style, mut of_object) = (Vec::new(), Vec::new(), Vec::new());
    for (number, style) in styles.iter().enumerate() {
        for object in classes(style)? {
            let name = name_of(&object);
            let at = names.iter().position(|n| *n == name).unwrap_or(0) as i64;
            for image in images(&object, &mut LeftOut::default())? {
                pieces.push(Piece::whole(image));
                of_style.push(number as i64);
                of_object.push(at);
            }
        }
    }
    let labels = disk::labels(if by_style { of_style.clone() } else { of_object.clone() }, root)?;
    let mut train = Part::new(labels, Files(pieces));
    train.groups = vec![("style".to_owned(), of_style), ("object".to_owned(), of_object)];
    Ok(Source { train, test: None })
}
