//! Files: written whole or not at all, named by what they are, kept where they can be made again.

pub(crate) mod atomic;
pub(crate) mod cache;
mod extension;

pub use atomic::remove_unfinished_files;
pub use extension::ending;
