//! The language server: the checker's answers in the protocol's words. It reads files through [`Host`] only.

mod actions;
mod complete;
mod context;
mod diagnostics;
mod document;
mod hover;
mod navigate;
mod places;
mod server;
mod tokens;
mod transport;

pub use server::{ServeError, serve};
pub use transport::{Threads, body, message, stdio};

/// What the server needs of the machine.
pub trait Host: mu_check::Files {
    /// A path on disk where the text of a source can be read, the standard library's included.
    fn on_disk(&self, name: &str) -> Option<String>;
}
