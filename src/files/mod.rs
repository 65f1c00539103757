//! Files: written whole or not at all, removed when a program is interrupted, named by their format, kept in a cache
//! where they can be made again.

pub(crate) mod atomic;
pub(crate) mod cache;
mod extension;
pub(crate) mod interrupt;

pub use extension::file_extension;
pub use interrupt::InterruptScope;
