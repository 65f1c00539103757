//! Zip archives: arrays, one table, or another format that is a zip archive.

use std::fmt;
use std::io::{self, Read};

use flate2::CrcReader;
use flate2::read::DeflateDecoder;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::foreign;
use crate::error::{Error, Result};
use crate::table::choice::some_of;
use crate::table::input::Input;
use crate::table::options::Source;
use crate::table::random_access::{RandomAccess, Rest};

/// The content of a zip archive.
pub(super) enum Content {
    /// Arrays: a `.npz` archive.
    Arrays,
    /// One file, decompressed.
    File(Input<'static>),
}

/// Whether a file begins like a zip archive.
pub(super) fn begins(magic: &[u8]) -> bool {
    // the second is an empty archive
    magic.starts_with(b"PK\x03\x04") || magic.starts_with(b"PK\x05\x06")
}

/// Formats that are zip archives: a name in the archive, or its beginning or end, and what they are.
const FORMATS: [(Member, &str, &str); 7] = [
    (Member::Begin("xl/"), "an Excel workbook", SPREADSHEET),
    (
        Member::Begin("word/"),
        "a Word document",
        "copy the table to a spreadsheet, and save it as CSV",
    ),
    (
        Member::Begin("ppt/"),
        "a PowerPoint document",
        "copy the table to a spreadsheet, and save it as CSV",
    ),
    (Member::Begin("Index/"), "a Numbers spreadsheet", SPREADSHEET),
    (Member::Is("mimetype"), "an OpenDocument file, such as a spreadsheet", SPREADSHEET),
    (Member::End("data.pkl"), "a PyTorch file", TENSOR),
    (Member::Begin("variables/"), "a saved model", TENSOR),
];

const SPREADSHEET: &str = "save the sheet as CSV, such as with Save As in the spreadsheet program";
const TENSOR: &str = "save the matrix with numpy.save(\"x.npy\", tensor.numpy())";

/// A condition on the name of a file in an archive.
enum Member {
    Is(&'static str),
    Begin(&'static str),
    End(&'static str),
}

impl Member {
    fn matches(&self, name: &str) -> bool {
        match *self {
            Self::Is(whole) => name == whole,
            Self::Begin(begin) => name.starts_with(begin),
            Self::End(end) => name.ends_with(end),
        }
    }
}

/// Opens a zip archive: one that holds arrays, or a single file.
///
/// # Errors
/// [`Error::ForeignFormat`] for a format that is not read, several files, or a compression that is not read.
pub(super) fn open(source: &Source, access: &RandomAccess) -> Result<Content> {
    let mut zip = ZipArchive::new(access.start()).map_err(|error| damaged(source, &error))?;
    let names: Vec<String> = zip.file_names().map(str::to_owned).collect();
    let is_array = |name: &String| name.ends_with(".npy");
    if names.iter().any(is_array) || crate::files::file_extension(&source.path) == "npz" {
        return Ok(Content::Arrays);
    }
    let known = FORMATS.iter().find(|(member, ..)| names.iter().any(|name| member.matches(name)));
    if let Some((_, format, remedy)) = known {
        return Err(foreign::error(source, format, (*remedy).into()));
    }
    let files: Vec<String> = names.into_iter().filter(|name| !is_hidden(name)).collect();
    match files.as_slice() {
        [only] => member(source, access, &mut zip, only).map(Content::File),
        [] => Err(foreign::error(source, "an empty zip archive", "give a table".into())),
        several => {
            let (n, names) = (several.len(), some_of(several));
            let format = format!("a zip archive of {n} files, {names}");
            let remedy = format!(
                "unpack it and give one of them: unzip {}",
                foreign::file_name(&source.path)
            );
            Err(foreign::error(source, &format, remedy))
        }
    }
}

/// Whether a name is that of a folder, or of a file that systems add.
fn is_hidden(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    file.is_empty()
        || name.starts_with("__MACOSX/")
        || file.starts_with('.')
        || matches!(file, "Thumbs.db" | "desktop.ini")
}

/// Returns the decompressed content of a file in an archive.
fn member(
    source: &Source,
    access: &RandomAccess,
    zip: &mut ZipArchive<Rest>,
    name: &str,
) -> Result<Input<'static>> {
    let file = match zip.by_name(name) {
        Err(ZipError::UnsupportedArchive(problem)) => {
            return Err(unsupported(source, name, &problem));
        }
        found => found.map_err(|error| damaged(source, &error))?,
    };
    let (size, crc) = (file.size(), file.crc32());
    let packed = access.after(file.data_start()).take(file.compressed_size());
    let content: Box<dyn Read> = match file.compression() {
        CompressionMethod::Stored => Box::new(packed),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(packed)),
        other => return Err(unsupported(source, name, &other)),
    };
    let checked = Checked { content: CrcReader::new(content.take(size)), size, crc };
    Ok(Input::piped(checked).of_length(size))
}

fn unsupported(source: &Source, name: &str, problem: &impl fmt::Display) -> Error {
    let format = format!(
        "a zip archive whose file {name:?} is encrypted or compressed unusually ({problem})"
    );
    let remedy = format!("unpack it: unzip {}", foreign::file_name(&source.path));
    foreign::error(source, &format, remedy)
}

fn damaged(source: &Source, error: &ZipError) -> Error {
    let error = error.to_string().replace('\n', " ");
    let problem = format!("it is damaged or incomplete ({error}); copy or write it again");
    source.array_format(problem)
}

/// A file in an archive, whose length and checksum are compared at its end.
struct Checked<R> {
    content: CrcReader<R>,
    size: u64,
    crc: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.content.read(buffer)?;
        if n == 0 && !buffer.is_empty() {
            let found = self.content.crc();
            // the sum of the lengths is counted modulo 2^32
            if found.sum() != self.crc || found.amount() != self.size as u32 {
                let problem =
                    "the archive is damaged: its checksum differs; copy or write it again";
                return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
            }
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};
    use std::path::Path;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use crate::table::{Sheet, TableReader};

    fn zip(files: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn read(bytes: &[u8]) -> crate::Result<Sheet> {
        TableReader::new().read_from(Path::new("t.zip"), bytes)
    }

    #[test]
    fn an_archive_of_one_table_is_that_table() {
        use zip::CompressionMethod::{Deflated, Stored};
        let table = b"a,b\n1,2\n3,4\n";
        let system: &[(&str, &[u8])] = &[
            ("data/", b""),
            ("data/t.csv", table),
            ("__MACOSX/data/._t.csv", b"\0"),
            ("data/.DS_Store", b"\0"),
        ];
        for (files, method) in [(&[("t.csv", &table[..])][..], Stored), (system, Deflated)] {
            let sheet = read(&zip(files, method)).unwrap();
            assert_eq!(sheet.table.records, ndarray::array![[1.0, 2.0], [3.0, 4.0]]);
        }
    }

    #[test]
    fn other_archives_are_refused_by_name() {
        let problem = |files: &[(&str, &[u8])]| {
            read(&zip(files, zip::CompressionMethod::Deflated)).unwrap_err().to_string()
        };
        let several = problem(&[("a.csv", b"1\n"), ("b.csv", b"1\n")]);
        assert!(several.contains("\"a.csv\", \"b.csv\"") && several.contains("unzip"), "{several}");
        let excel = problem(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b"")]);
        assert!(excel.contains("an Excel workbook") && excel.contains("CSV"), "{excel}");
        assert!(problem(&[("model/data.pkl", b"")]).contains("PyTorch"));
        assert!(problem(&[]).contains("empty"));
        let nested = zip(&[("t.csv", b"1\n")], zip::CompressionMethod::Stored);
        assert!(problem(&[("t.zip", &nested)]).contains("within"));
        assert!(problem(&[("t.json", b"[{\"a\":1}]")]).contains("JSON"));
    }

    #[test]
    fn damaged_archives_are_refused() {
        let table: String = (0..999).map(|row| format!("{row},{}\n", row % 7)).collect();
        let mut bytes = zip(&[("t.csv", table.as_bytes())], zip::CompressionMethod::Stored);
        let at = bytes.windows(6).position(|bytes| bytes == b"777,0\n").unwrap();
        bytes[at] = b'8';
        assert!(read(&bytes).unwrap_err().to_string().contains("checksum"));
        bytes.truncate(bytes.len() / 2);
        assert!(read(&bytes).unwrap_err().to_string().contains("damaged"));
    }
}
