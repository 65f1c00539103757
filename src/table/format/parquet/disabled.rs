//! Substitute for Parquet without the feature `parquet`.

use crate::error::Result;
use crate::table::format::file_format::Format;
use crate::table::input::Input;
use crate::table::options::Source;
use crate::table::stream::RowStream;

/// Text added to the list of extensions that are written.
pub(super) const MISSING: &str = " (or .parquet, with the feature \"parquet\")";

/// Parquet files.
pub(super) struct Parquet;

impl Format for Parquet {
    fn extensions(&self) -> &'static [&'static str] {
        &["parquet"]
    }

    fn written(&self) -> &'static [&'static str] {
        &[]
    }

    fn begins(&self, magic: &[u8]) -> bool {
        magic.starts_with(b"PAR1")
    }

    fn open<'a>(&self, source: &Source, _: Input<'a>) -> Result<Box<dyn RowStream + 'a>> {
        let problem = "it is a Parquet file; use a mixlab built with the feature \"parquet\", or write it as CSV or .npy";
        Err(source.array_format(problem.into()))
    }
}
