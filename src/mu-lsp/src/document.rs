//! An open file.

use gen_lsp_types::Uri;
use mu_check::Checked;

use crate::Host;
use crate::places::{path_of, uri_of};

/// An open file.
pub(crate) struct Document {
    pub(crate) uri: Uri,
    pub(crate) text: String,
    pub(crate) version: i32,
    pub(crate) checked: Checked,
}

/// The name under which a source of a document is open, or on disk.
pub(crate) fn location(document: &Document, file: mu_diag::FileId, host: &dyn Host) -> Option<Uri> {
    let name = document.checked.sources.name(file);
    if name == path_of(&document.uri) {
        return Some(document.uri.clone());
    }
    host.on_disk(name).map(|path| uri_of(&path))
}
