//! How far a long step is: what it needs to go on after its process ended. One file per key, gone when its object is there.

use mu_step::StepKey;

use crate::{Store, StoreError};

impl Store {
    /// Keeps how far a step is, in the place of what was kept before. The bytes carry their digest.
    ///
    /// # Errors
    /// Where the store cannot be written; what was kept before is then still there.
    pub fn keep_bookmark(&self, key: StepKey, bytes: &[u8]) -> Result<(), StoreError> {
        let mut whole = blake3::hash(bytes).as_bytes().to_vec();
        whole.extend_from_slice(bytes);
        self.replace(&self.bookmark_path(key), &whole)
    }

    /// How far a step was; nothing where it did not begin, or where what was kept is damaged.
    #[must_use]
    pub fn bookmark(&self, key: StepKey) -> Option<Vec<u8>> {
        let bytes = mu_file::bytes(&self.bookmark_path(key), mu_file::NUMBERS).ok()?;
        let (digest, body) = bytes.split_at_checked(blake3::OUT_LEN)?;
        (blake3::hash(body).as_bytes() == digest).then(|| body.to_vec())
    }
}
