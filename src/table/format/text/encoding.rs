//! Encodings of text: UTF-8, and UTF-16, which is converted.

use std::io::{self, Cursor, Read};

use crate::error::Result;
use crate::table::options::Source;

/// Number of bytes by which the encoding is detected.
const BEGINNING: u64 = 1 << 10;
/// Number of bytes that are converted at a time.
const CHUNK: usize = 1 << 16;

/// The encoding of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    /// Pairs of bytes; the higher one comes first if `big_endian`.
    Utf16 {
        big_endian: bool,
        has_mark: bool,
    },
}

/// Returns a text as UTF-8 without a byte-order mark at its beginning, and its encoding.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io), and [`Error::Table`](crate::Error::Table) for UTF-32.
pub(super) fn decoded<'a>(
    source: &Source,
    mut input: Box<dyn Read + 'a>,
) -> Result<(Box<dyn Read + 'a>, Encoding)> {
    let mut begin = Vec::new();
    let read = input.by_ref().take(BEGINNING).read_to_end(&mut begin);
    read.map_err(|error| source.io(error))?;
    if begin.starts_with(&[0xff, 0xfe, 0, 0]) || begin.starts_with(&[0, 0, 0xfe, 0xff]) {
        return Err(source.table(1, 1, "the text is UTF-32; save the file as UTF-8".into()));
    }
    let (encoding, mark) = detect(&begin);
    let rest = Cursor::new(begin.split_off(mark)).chain(input);
    let text: Box<dyn Read + 'a> = match encoding {
        Encoding::Utf8 => Box::new(rest),
        Encoding::Utf16 { big_endian, .. } => Box::new(Utf16::new(rest, big_endian)),
    };
    Ok((text, encoding))
}

/// Returns the encoding of a text that begins with these bytes, and the length of its byte-order mark.
fn detect(begin: &[u8]) -> (Encoding, usize) {
    match begin {
        [0xef, 0xbb, 0xbf, ..] => return (Encoding::Utf8, 3),
        [0xff, 0xfe, ..] => return (Encoding::Utf16 { big_endian: false, has_mark: true }, 2),
        [0xfe, 0xff, ..] => return (Encoding::Utf16 { big_endian: true, has_mark: true }, 2),
        _ => {}
    }
    // most characters of a table are ASCII, whose higher byte is 0
    let n_zeros = |offset: usize| begin.iter().skip(offset).step_by(2).filter(|&&b| b == 0).count();
    let n_pairs = begin.len() / 2;
    let are_most = |zeros: usize, others: usize| {
        n_pairs > 1 && 10 * zeros >= 7 * n_pairs && 10 * others <= n_pairs
    };
    let (even, odd) = (n_zeros(0), n_zeros(1));
    let utf16 = |big_endian| (Encoding::Utf16 { big_endian, has_mark: false }, 0);
    match (are_most(even, odd), are_most(odd, even)) {
        (true, _) => utf16(true),
        (_, true) => utf16(false),
        _ => (Encoding::Utf8, 0),
    }
}

/// A reader that converts UTF-16 to UTF-8; invalid pairs become replacement characters.
struct Utf16<R> {
    input: R,
    big_endian: bool,
    /// Bytes that are not converted yet.
    rest: Vec<u8>,
    text: Cursor<Vec<u8>>,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    fn new(input: R, big_endian: bool) -> Self {
        Self { input, big_endian, rest: Vec::new(), text: Cursor::default(), ended: false }
    }

    /// Converts the next bytes.
    fn convert(&mut self) -> io::Result<()> {
        let read = self.input.by_ref().take(CHUNK as u64).read_to_end(&mut self.rest)?;
        self.ended = read < CHUNK;
        let mut units: Vec<u16> = self.rest.chunks_exact(2).map(|pair| self.unit(pair)).collect();
        let is_split = units.last().is_some_and(|unit| (0xd800..0xdc00).contains(unit));
        if is_split && !self.ended {
            units.pop();
        }
        self.rest.drain(..2 * units.len());
        let mut text: String = char::decode_utf16(units)
            .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        if self.ended && !self.rest.is_empty() {
            self.rest.clear();
            text.push(char::REPLACEMENT_CHARACTER);
        }
        self.text = Cursor::new(text.into_bytes());
        Ok(())
    }

    fn unit(&self, pair: &[u8]) -> u16 {
        let bytes = [pair[0], pair[1]];
        if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.text.read(buffer)?;
            if n > 0 || buffer.is_empty() || self.ended {
                return Ok(n);
            }
            self.convert()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::table::options::ReadOptions;

    fn read(bytes: &[u8]) -> (String, Encoding) {
        let source = Source::new(Path::new("x.csv"), &ReadOptions::default());
        let (mut text, encoding) = decoded(&source, Box::new(bytes)).unwrap();
        let mut found = String::new();
        text.read_to_string(&mut found).unwrap();
        (found, encoding)
    }

    #[test]
    fn utf16_is_converted_with_and_without_a_mark() {
        // long enough for several chunks, with characters of two units
        let text = "a,é,😀\n1,2,3\n".repeat(9000);
        for big_endian in [false, true] {
            for has_mark in [false, true] {
                let marked = if has_mark { format!("\u{feff}{text}") } else { text.clone() };
                let bytes = |unit: u16| {
                    if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }
                };
                let mut bytes: Vec<u8> = marked.encode_utf16().flat_map(bytes).collect();
                let expected = Encoding::Utf16 { big_endian, has_mark };
                assert!(read(&bytes) == (text.clone(), expected), "{expected:?}");
                bytes.push(0x31);
                assert!(read(&bytes).0.ends_with('\u{fffd}'));
            }
        }
        assert_eq!(read("\u{feff}a,b\n".as_bytes()), ("a,b\n".into(), Encoding::Utf8));
        assert_eq!(read(b"a,b\n").1, Encoding::Utf8);
        assert_eq!(read(b"").1, Encoding::Utf8);
    }

    #[test]
    fn utf32_is_refused_by_name() {
        let source = Source::new(Path::new("x.csv"), &ReadOptions::default());
        let text: &[u8] = b"\xff\xfe\0\0a\0\0\0";
        let error = decoded(&source, Box::new(text)).err().unwrap().to_string();
        assert!(error.contains("UTF-32"), "{error}");
    }
}
