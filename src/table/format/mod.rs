//! File formats of tables: one module each, listed in [`FORMATS`].

mod file_format;
mod foreign;
mod npy;
mod npz;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "parquet/disabled.rs"]
mod parquet;
mod sparse;
mod text;
mod zipped;

use std::io::Write;
use std::path::Path;
use std::sync::LazyLock;

use super::cells::{BlockWriter, ColumnKind};
use super::input::Input;
use super::options::Source;
use crate::error::{Error, Result};
use crate::files::file_extension;

pub(super) use file_format::{Format, Target};

/// All formats; a file has the first format that matches.
const FORMATS: [&dyn Format; 4] = [&text::Text, &npy::Npy, &npz::Npz, &parquet::Parquet];

/// Decompresses an input if necessary, and detects its format.
///
/// # Errors
/// [`Error::Io`]; [`Error::ForeignFormat`] for a format that is not read.
pub(super) fn identify<'a>(
    source: &Source,
    input: Input<'a>,
) -> Result<(&'static dyn Format, Input<'a>)> {
    let (mut magic, mut input) = input.decompressed(source)?;
    if zipped::begins(&magic) {
        let access = input.into_random_access(source)?;
        match zipped::open(source, &access)? {
            zipped::Content::Arrays => return Ok((&npz::Npz, Input::random_access(access))),
            zipped::Content::File(file) => (magic, input) = file.decompressed(source)?,
        }
        if zipped::begins(&magic) {
            let remedy = format!("unpack it: unzip {}", foreign::file_name(&source.path));
            return Err(foreign::error(source, "a zip archive within another", remedy));
        }
    }
    foreign::refuse(source, &magic)?;
    Ok((detect(&magic, &source.path), input))
}

/// Detects the format of a file by its first bytes, then by its extension; the default is text.
fn detect(magic: &[u8], path: &Path) -> &'static dyn Format {
    let extension = file_extension(path);
    let begins = FORMATS.into_iter().find(|format| format.begins(magic));
    let named =
        || FORMATS.into_iter().find(|format| format.extensions().contains(&extension.as_str()));
    // a text of numbers is read whatever its name is
    let has_numbers = magic.is_empty() || magic.iter().any(u8::is_ascii_digit);
    let is_text = has_numbers && foreign::is_text(magic);
    begins.or_else(|| named().filter(|_| !is_text)).unwrap_or(&text::Text)
}

/// Returns the format in which a file of this name is written.
///
/// # Errors
/// [`Error::InvalidParam`].
pub(super) fn written(path: &Path) -> Result<&'static dyn Format> {
    let extension = file_extension(path);
    let format = FORMATS.into_iter().find(|format| format.written().contains(&extension.as_str()));
    format.ok_or_else(|| Error::param("the file to write", path.display(), &WRITTEN))
}

/// Starts writing comma-separated text.
pub(super) fn csv<'a>(
    out: &'a mut dyn Write,
    columns: &[(String, ColumnKind)],
) -> std::io::Result<Box<dyn BlockWriter + 'a>> {
    Ok(Box::new(text::TextWriter::begin(out, b',', columns)?))
}

/// The file extensions that are written, for messages.
static WRITTEN: LazyLock<String> = LazyLock::new(|| {
    let extensions: Vec<String> = FORMATS
        .iter()
        .flat_map(|format| format.written())
        .map(|extension| format!(".{extension}"))
        .collect();
    let (last, others) = extensions.split_last().expect("at least one format");
    let missing = parquet::MISSING;
    format!("one that ends in {} or {last}{missing}", others.join(", "))
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_extension_belongs_to_one_format() {
        let all = FORMATS.iter().flat_map(|format| format.extensions());
        let mut extensions: Vec<_> = all.copied().collect();
        let n_extensions = extensions.len();
        extensions.sort_unstable();
        extensions.dedup();
        assert_eq!(extensions.len(), n_extensions);
        for format in FORMATS {
            assert!(format.written().iter().all(|written| format.extensions().contains(written)));
        }
    }

    #[test]
    fn the_content_has_priority_over_the_name() {
        let is = |magic: &[u8], name: &str, extension: &str| {
            assert!(detect(magic, Path::new(name)).extensions().contains(&extension), "{name}");
        };
        is(b"\x93NUMPY", "x.csv", "npy");
        is(b"PK\x03\x04..", "x", "npz");
        is(b"PAR1..", "x.txt", "parquet");
        is(b"1,2\n3,", "x.npy", "csv");
        is(b"not an array", "x.npy", "npy");
        is(b"\x01\x02\0", "x.npy", "npy");
        is(b"1,2\n3,", "x", "csv");
    }
}
