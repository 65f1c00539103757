//! Reports: text tables, HTML documents and advice on a fit.

mod advice;
#[cfg(feature = "report")]
mod check;
#[cfg(feature = "report")]
mod comparison;
#[cfg(feature = "report")]
mod document;
#[cfg(feature = "report")]
pub(crate) mod html;
pub(crate) mod text_table;

pub use advice::Advice;
#[cfg(feature = "report")]
pub use check::{Check, Relation, Value};
#[cfg(feature = "report")]
pub use comparison::{comparison_document, write_comparison};
#[cfg(feature = "report")]
pub use document::{Document, Illustration, Item, Picture};
