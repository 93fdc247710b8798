//! The layer-graph interpreter.

mod attention;
mod block;
mod forward;
mod fuse;
mod init;
mod many;
mod network;
mod pass;
mod precision;
mod script;

pub(crate) use init::channels_last;
pub(crate) use network::Network;
#[allow(unused_imports, reason = "what trains and samples denoisers makes one")]
pub(crate) use pass::Given;
pub(crate) use script::provide;

#[cfg(test)]
mod denoiser_tests;
#[cfg(test)]
mod fast_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::graph;
