//! Reports for readers: tables of text, pages of HTML and JSON.

#[cfg(feature = "reproduce")]
mod html;
pub(crate) mod text_table;

#[cfg(feature = "reproduce")]
pub use html::{ReportFolder, Tally, write_comparison};
