//! Artefacts on disk, by content key. The only code that writes below the store's folder.
//!
//! ```text
//! FORMAT                     the layout's version
//! catalog.sqlite             an index of the objects; can be thrown away
//! objects/ab/abcd…/          one object = one folder, there whole or not at all
//!     meta.json              provenance and the BLAKE3 digest of every other file
//! failures/abcd….json        why a step has no object
//! bookmarks/abcd…            how far a long step is
//! roots/  pins/              what the store is kept for: files that were run, and objects
//! live/  gc.lock             the plans of runs that are going on · held while objects are removed
//! jobs/                      what other schedulers were given, and their logs
//! drafts/  locks/  damaged/  being written · one file per key · set aside by verification
//! ```

mod bookmark;
mod bundle;
mod catalog;
mod disk;
mod draft;
mod error;
mod folders;
mod live;
mod mode;
mod object;
mod root;
mod store;
mod typed;

pub use bundle::{BundleError, Head, Imported};
pub use catalog::{Catalog, Entry};
pub use draft::Draft;
pub use error::StoreError;
pub use live::{Collection, Kept};
pub use object::{LARGE, Meta, Object};
pub use root::Root;
pub use store::{Begin, Store};
