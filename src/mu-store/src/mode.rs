//! Who may read and write what lies in a store: whoever may read and write the store's own folder. So the umask of a user does
//! not decide what a group can do with its store.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The modes of files and folders below a store's folder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modes {
    folder: u32,
    file: u32,
}

impl Modes {
    /// As the folder's own: `rwxrws---` gives folders of that mode and files of `rw-rw----`.
    pub(crate) fn of(root: &Path) -> Self {
        let mode = fs::metadata(root).map_or(0o755, |found| found.permissions().mode());
        // Whatever the folder says, its owner can go on using what is made in it.
        let folder = mode & 0o2777 | 0o700;
        Self { folder, file: folder & 0o666 }
    }

    pub(crate) fn of_files(self) -> Permissions {
        Permissions::from_mode(self.file)
    }

    pub(crate) fn of_folders(self) -> Permissions {
        Permissions::from_mode(self.folder)
    }

    /// Gives a file or folder that this process made its mode. What another user made has it already, and cannot be changed.
    pub(crate) fn give(self, path: &Path) {
        if let Ok(found) = fs::symlink_metadata(path) {
            let wanted = if found.is_dir() { self.of_folders() } else { self.of_files() };
            let own = found.permissions().mode() & 0o2777;
            if !found.is_symlink() && own != wanted.mode() {
                let _ = fs::set_permissions(path, wanted);
            }
        }
    }
}
