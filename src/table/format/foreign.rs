//! Formats that are recognised and not read, with what to do instead.

use std::path::Path;

use crate::error::Error;
use crate::table::options::Source;

/// A format that is not read.
struct Foreign {
    /// Name of the format, with its article.
    name: &'static str,
    /// The first bytes of a file, and their offset.
    begin: (usize, &'static [u8]),
    remedy: Remedy,
}

/// What to do with a file of a foreign format.
#[derive(Clone, Copy)]
enum Remedy {
    /// This text.
    Text(&'static str),
    /// A command, which the file name follows.
    Command(&'static str),
    /// A function of pandas that reads it.
    Pandas(&'static str),
    /// Reading with pandas, one value a line.
    JsonLines,
}

const IMAGE: Remedy = Remedy::Text("save it as PNG or JPEG, with that ending");
const FROM_SPREADSHEET: Remedy =
    Remedy::Text("save the sheet as CSV, such as with Save As in the spreadsheet program");
const NUMPY: &str = "save its matrix in Python with numpy.save(\"x.npy\", matrix)";

/// The formats, the first match first.
const FORMATS: &[Foreign] = &[
    of("compressed by xz", b"\xfd7zXZ\0", Remedy::Command("xz -d")),
    of("compressed by Zstandard", b"\x28\xb5\x2f\xfd", Remedy::Command("zstd -d")),
    of("compressed by bzip2", b"BZh", Remedy::Command("bzip2 -d")),
    of("compressed by LZ4", b"\x04\x22\x4d\x18", Remedy::Command("lz4 -d")),
    of("compressed by compress", b"\x1f\x9d", Remedy::Command("uncompress")),
    of("compressed by lzip", b"LZIP", Remedy::Command("lzip -d")),
    of("a 7z archive", b"7z\xbc\xaf\x27\x1c", Remedy::Command("7z x")),
    of("a RAR archive", b"Rar!\x1a\x07", Remedy::Command("unrar x")),
    Foreign { name: "a tar archive", begin: (257, b"ustar"), remedy: Remedy::Command("tar -xf") },
    of(
        "an Office document of before 2007, such as an Excel workbook (.xls)",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        FROM_SPREADSHEET,
    ),
    of("an Arrow or Feather file", b"ARROW1", Remedy::Pandas("read_feather")),
    of("a Feather file", b"FEA1", Remedy::Pandas("read_feather")),
    of("an ORC file", b"ORC", Remedy::Pandas("read_orc")),
    of("an Avro file", b"Obj\x01", Remedy::Text("write its columns as CSV")),
    of("an HDF5 file", b"\x89HDF\r\n\x1a\n", Remedy::Text(NUMPY)),
    of("a MATLAB file of version 7.3 (HDF5)", b"MATLAB 7.3 MAT-file", Remedy::Text(NUMPY)),
    of(
        "a MATLAB file",
        b"MATLAB 5.0 MAT-file",
        Remedy::Text(
            "read it with scipy.io.loadmat, and save its matrix with numpy.save(\"x.npy\", matrix)",
        ),
    ),
    of("a NetCDF file", b"CDF\x01", Remedy::Text(NUMPY)),
    of("a NetCDF file", b"CDF\x02", Remedy::Text(NUMPY)),
    of("a FITS file", b"SIMPLE  =", Remedy::Text(NUMPY)),
    of(
        "an SQLite database",
        b"SQLite format 3\0",
        Remedy::Text(
            "write a table as CSV: sqlite3 -header -csv FILE 'select * from TABLE' > x.csv",
        ),
    ),
    of("an R data file", b"RDX", R),
    of("an R object", b"X\n\0\0\0", R),
    of("a Stata file", b"<stata_dta>", Remedy::Pandas("read_stata")),
    of("an SPSS file", b"$FL", Remedy::Pandas("read_spss")),
    of("a SAS transport file", b"HEADER RECORD*******", Remedy::Pandas("read_sas")),
    of(
        "a PDF document",
        b"%PDF-",
        Remedy::Text("copy the table to a spreadsheet, and save it as CSV"),
    ),
    of("a PNG image", b"\x89PNG\r\n\x1a\n", Remedy::Text("give its name the ending .png")),
    of("a JPEG image", b"\xff\xd8\xff", Remedy::Text("give its name the ending .jpg")),
    of("a GIF image", b"GIF8", Remedy::Text("give its name the ending .gif")),
    of("a TIFF image", b"II*\0", IMAGE),
    of("a TIFF image", b"MM\0*", IMAGE),
    Foreign { name: "a WebP image", begin: (8, b"WEBPVP8"), remedy: IMAGE },
    Foreign { name: "an image or video of the HEIF family", begin: (4, b"ftyp"), remedy: IMAGE },
    of(
        "a pointer of Git LFS, not the file itself",
        b"version https://git-lfs",
        Remedy::Text("run git lfs pull"),
    ),
];

const R: Remedy = Remedy::Text("write it in R with write.csv(x, \"x.csv\", row.names = FALSE)");

const fn of(name: &'static str, begin: &'static [u8], remedy: Remedy) -> Foreign {
    Foreign { name, begin: (0, begin), remedy }
}

/// Returns an error if a file begins like one of a format that is not read.
///
/// # Errors
/// [`Error::ForeignFormat`].
pub(super) fn refuse(source: &Source, magic: &[u8]) -> Result<(), Error> {
    let is_text = is_text(magic);
    let begins = |format: &&Foreign| {
        let (offset, bytes) = format.begin;
        // a table may begin with a word that is as short
        let is_certain = bytes.len() > SHORT || !is_text;
        is_certain && magic.get(offset..).is_some_and(|rest| rest.starts_with(bytes))
    };
    if let Some(Foreign { name, remedy, .. }) = FORMATS.iter().find(begins) {
        return Err(error(source, name, remedy.text(&source.path)));
    }
    // versions 113 to 115, in either byte order
    if matches!(magic, [0x71..=0x73, 1 | 2, 1, 0, ..]) {
        return Err(error(source, "a Stata file", Remedy::Pandas("read_stata").text(&source.path)));
    }
    // protocols 2 to 5
    if matches!(magic, [0x80, 2..=5, ..]) {
        let remedy =
            "save its numbers with numpy.save or as CSV; a pickle is a program, which is never run";
        return Err(error(source, "a Python pickle", remedy.into()));
    }
    match markup(magic) {
        Some((name, remedy)) => Err(error(source, name, remedy.text(&source.path))),
        None => Ok(()),
    }
}

/// Maximum length of the first bytes of a format that may also begin a text.
const SHORT: usize = 4;

/// Whether bytes are those of a text: they have no control characters, and are UTF-8 except for a character that is cut off.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    let is_utf8 = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    is_utf8 && !bytes.iter().any(|&byte| byte < b' ' && !byte.is_ascii_whitespace())
}

/// Returns the error for a file of a foreign format.
pub(super) fn error(source: &Source, format: &str, remedy: String) -> Error {
    Error::ForeignFormat { path: source.path.clone(), format: format.into(), remedy }
}

/// Recognises formats of text that are not tables.
fn markup(magic: &[u8]) -> Option<(&'static str, Remedy)> {
    let text = magic.strip_prefix("\u{feff}".as_bytes()).unwrap_or(magic).trim_ascii_start();
    let begin = text[..text.len().min(16)].to_ascii_lowercase();
    let has = |word: &str| begin.starts_with(word.as_bytes());
    let tags = ["<!doctype html", "<html", "<head", "<body", "<table", "<div", "<meta"];
    if tags.into_iter().any(has) {
        let remedy = "download the table itself, not the page that shows it";
        return Some(("a web page (HTML)", Remedy::Text(remedy)));
    }
    if has("<?xml") {
        return Some(("an XML document", Remedy::Pandas("read_xml")));
    }
    if has("@relation") {
        let remedy = "remove the lines up to @data, or pass --skip their number";
        return Some(("an ARFF file", Remedy::Text(remedy)));
    }
    json(text)
}

/// Recognises JSON by its first two tokens.
fn json(text: &[u8]) -> Option<(&'static str, Remedy)> {
    let (first, rest) = text.split_first()?;
    let next = rest.trim_ascii_start().first();
    match (first, next) {
        (b'{', Some(b'"')) => {
            let second = text.split(|&byte| byte == b'\n').nth(1);
            let is_by_line = second.is_some_and(|line| line.trim_ascii_start().starts_with(b"{"));
            Some(if is_by_line {
                ("JSON with a value in each line", Remedy::JsonLines)
            } else {
                ("JSON", Remedy::Pandas("read_json"))
            })
        }
        (b'[', Some(b'{' | b'[')) => Some(("JSON", Remedy::Pandas("read_json"))),
        _ => None,
    }
}

impl Remedy {
    /// Returns the remedy for a file, with commands that can be run.
    fn text(self, path: &Path) -> String {
        let file = file_name(path);
        match self {
            Self::Text(text) => text.into(),
            Self::Command(command) => format!("unpack it: {command} {file}"),
            Self::JsonLines => frame(&format!("read_json(\"{file}\", lines=True)")),
            Self::Pandas(function) => frame(&format!("{function}(\"{file}\")")),
        }
    }
}

/// Returns the name of a file for a command, or `FILE` if it is no file or a shell would read it as several words.
pub(super) fn file_name(path: &Path) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-.,:/%+@".contains(c);
    let name = path.display().to_string();
    if path.exists() && name.chars().all(is_plain) { name } else { "FILE".into() }
}

fn frame(call: &str) -> String {
    format!("write it as CSV, such as in Python: pandas.{call}.to_csv(\"x.csv\", index=False)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::options::ReadOptions;

    fn refused(magic: &[u8]) -> Option<String> {
        let source = Source::new(Path::new("t.bin"), &ReadOptions::default());
        refuse(&source, magic).err().map(|error| error.to_string())
    }

    #[test]
    fn remedies_have_the_name_of_the_file_if_a_shell_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        for (name, is_plain) in [("t.xz", true), ("my table.xz", false)] {
            let path = folder.path().join(name);
            std::fs::write(&path, "").unwrap();
            let text = Remedy::Command("xz -d").text(&path);
            assert_eq!(text.ends_with(name), is_plain, "{text}");
            assert_eq!(text.ends_with("xz -d FILE"), !is_plain, "{text}");
        }
        assert!(Remedy::Command("xz -d").text(Path::new("standard input")).ends_with(" FILE"));
    }

    #[test]
    fn foreign_formats_are_named_with_a_remedy() {
        let mut tar = vec![b'a'; 257];
        tar.extend(b"ustar\0");
        for (magic, words) in [
            (&b"\xfd7zXZ\0\0\x04"[..], "xz -d FILE"),
            (b"\x28\xb5\x2f\xfd\x04", "zstd -d FILE"),
            (b"BZh91AY&SY\xb3", "bzip2 -d FILE"),
            (&tar, "tar -xf FILE"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "as CSV"),
            (b"ARROW1\0\0", "read_feather(\"FILE\")"),
            (b"\x89HDF\r\n\x1a\n\0", "numpy.save"),
            (b"SQLite format 3\0", "sqlite3"),
            (b"RDX3\nX\n\0\0", "write.csv"),
            (b"X\n\0\0\0\x03", "write.csv"),
            (b"MATLAB 5.0 MAT-file, Platform", "loadmat"),
            (b"\x80\x04\x95\0\0", "pickle"),
            (b"\x72\x02\x01\0\x04\0", "read_stata"),
            (b"%PDF-1.7\n", "PDF"),
            (b"<table border=\"1\">", "web page"),
            (b"\n <!DOCTYPE html>\n", "web page"),
            (b"<?xml version=\"1.0\"?>", "read_xml"),
            (b"[{\"a\": 1}, ", "read_json(\"FILE\")"),
            (b"{\"a\": [1, 2]}", "read_json(\"FILE\")"),
            (b"{\"a\": 1}\n{\"a\": 2}\n", "lines=True"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "PNG"),
            (b"@RELATION iris\n", "--skip"),
            (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        ] {
            let error = refused(magic).unwrap_or_else(|| panic!("{words} is read"));
            assert!(error.starts_with("t.bin is ") && error.contains(words), "{error}");
        }
    }

    #[test]
    fn tables_are_not_mistaken_for_other_formats() {
        for text in [
            "a,b\n1,2\n",
            "BMI,age\n1,2\n",
            "\u{feff}x;y\n",
            "[mm],[kg]\n1,2\n",
            "1 2\n",
            "",
            "\n",
            "{x},y\n",
            "X,y\n1,2\n",
            "A\n1\n2\n",
            "ORCID,n\n",
            "CDF,n\n",
            "GIF,n\n",
            "<5,6\n",
            "version,n\n",
            "-1,2\n",
            "A\n2\n",
            "BZh,n\n",
            "RDX3,n\n",
        ] {
            assert_eq!(refused(text.as_bytes()), None, "{text:?}");
        }
    }
}
