//! Formats of tables. Each is a file or a folder here, and a line in [`FORMATS`].

mod file_format;
mod npy;
mod npz;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "parquet/disabled.rs"]
mod parquet;
mod text;

use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;

use super::cells::{BlockWriter, ColumnKind};
use super::input::Input;
use super::options::Source;
use crate::error::{Error, Result};
use crate::files::file_extension;

pub(super) use file_format::{Format, Target};

/// The formats; the first of them that knows a file is that of the file.
const FORMATS: [&dyn Format; 4] = [&text::Text, &npy::Npy, &npz::Npz, &parquet::Parquet];

/// Unpacks an input if it is compressed, and tells its format.
///
/// # Errors
/// [`Error::Io`].
pub(super) fn begin<'a>(
    source: &Source,
    input: Input<'a>,
) -> Result<(&'static dyn Format, Input<'a>)> {
    let (magic, input) = input.unpacked(source)?;
    Ok((detect(&magic, &source.path), input))
}

/// The format of a file, by its first bytes, or else its name, or else that of text.
fn detect(magic: &[u8], path: &Path) -> &'static dyn Format {
    let extension = file_extension(path);
    let begins = FORMATS.into_iter().find(|format| format.begins(magic));
    let named =
        || FORMATS.into_iter().find(|format| format.extensions().contains(&extension.as_str()));
    begins.or_else(named).unwrap_or(&text::Text)
}

/// The format that a file of this name is written in.
///
/// # Errors
/// [`Error::InvalidParam`].
pub(super) fn written(path: &Path) -> Result<&'static dyn Format> {
    let extension = file_extension(path);
    let format = FORMATS.into_iter().find(|format| format.written().contains(&extension.as_str()));
    format.ok_or_else(|| Error::param("the file to write", path.display(), &WRITTEN))
}

/// Text between commas.
pub(super) fn csv<'a>(
    out: &'a mut dyn Write,
    columns: &[(String, ColumnKind)],
) -> std::io::Result<Box<dyn BlockWriter + 'a>> {
    Ok(Box::new(text::TextWriter::begin(out, b',', columns)?))
}

/// The endings that are written, for messages.
static WRITTEN: LazyLock<String> = LazyLock::new(|| {
    let endings: Vec<String> = FORMATS
        .iter()
        .flat_map(|format| format.written())
        .map(|extension| format!(".{extension}"))
        .collect();
    let (last, others) = endings.split_last().expect("at least one format");
    let missing = parquet::MISSING;
    format!("one that ends in {} or {last}{missing}", others.join(", "))
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_is_of_one_format() {
        let all = FORMATS.iter().flat_map(|format| format.extensions());
        let mut endings: Vec<_> = all.copied().collect();
        let n_endings = endings.len();
        endings.sort_unstable();
        endings.dedup();
        assert_eq!(endings.len(), n_endings);
        for format in FORMATS {
            assert!(format.written().iter().all(|ending| format.extensions().contains(ending)));
        }
    }

    #[test]
    fn the_content_comes_before_the_name() {
        let is = |magic: &[u8], name: &str, extension: &str| {
            assert!(detect(magic, Path::new(name)).extensions().contains(&extension), "{name}");
        };
        is(b"\x93NUMPY", "x.csv", "npy");
        is(b"PK\x03\x04..", "x", "npz");
        is(b"PAR1..", "x.txt", "parquet");
        is(b"1,2\n3,", "x.npy", "npy");
        is(b"1,2\n3,", "x", "csv");
    }
}
