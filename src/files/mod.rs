//! Files: atomic writes, removal of temporary files on interrupts, file name extensions and the cache folder.

pub(crate) mod atomic;
pub(crate) mod cache;
mod extension;
pub(crate) mod interrupt;

pub use extension::file_extension;
pub use interrupt::InterruptScope;
