//! How far a long step is: what it needs to go on after its process ended. One file per key, gone when its object is there.

use std::fs;
use std::io::Write;

use mu_step::StepKey;

use crate::{Store, StoreError};

impl Store {
    /// Keeps how far a step is, in the place of what was kept before. The bytes carry their digest.
    ///
    /// # Errors
    /// Where the store cannot be written; what was kept before is then still there.
    pub fn keep_bookmark(&self, key: StepKey, bytes: &[u8]) -> Result<(), StoreError> {
        let folder = self.root().join("bookmarks");
        fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
        let at = self.bookmark_path(key);
        let mut draft =
            tempfile::NamedTempFile::new_in(&folder).map_err(StoreError::io("write to", &folder))?;
        let written = draft
            .write_all(blake3::hash(bytes).as_bytes())
            .and_then(|()| draft.write_all(bytes))
            .and_then(|()| draft.as_file().sync_all());
        written.map_err(StoreError::io("write", &at))?;
        draft.persist(&at).map(drop).map_err(|e| StoreError::Io { action: "write", path: at, error: e.error })
    }

    /// How far a step was; nothing where it did not begin, or where what was kept is damaged.
    #[must_use]
    pub fn bookmark(&self, key: StepKey) -> Option<Vec<u8>> {
        let bytes = fs::read(self.bookmark_path(key)).ok()?;
        let (digest, body) = bytes.split_at_checked(blake3::OUT_LEN)?;
        (blake3::hash(body).as_bytes() == digest).then(|| body.to_vec())
    }
}
