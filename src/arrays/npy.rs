//! The `.npy` format, read without trusting it.
//!
//! The format is that of NumPy's `numpy.lib.format`: magic bytes, a version, the length of a header, and the header,
//! which is text of one Python dictionary of three keys. That text is read by a grammar of one level and nothing
//! else: what NumPy writes, and no more; and no memory is set aside before the bytes for it are there.

use std::io::{self, Read, Write};

use ndarray::{ArrayD, IxDyn, ShapeBuilder};

/// What is wrong with a file.
type Problem = String;

const MAGIC: &[u8] = b"\x93NUMPY";

/// Longest header that is read; NumPy's own limit is 10 000 bytes.
const LONGEST_HEADER: usize = 10_000;

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    descr: String,
    fortran_order: bool,
    shape: Vec<usize>,
}

/// Bytes that are decoded at a time: whole elements of any size.
const CHUNK: usize = 1 << 16;

/// The number in some bytes of the right length, of a type and order of bytes.
macro_rules! element {
    ($number:ty, $from_bytes:ident) => {
        Element {
            size: size_of::<$number>(),
            decode: |bytes| {
                let bytes = bytes.try_into().expect("a chunk of the element's size");
                <$number>::$from_bytes(bytes) as f64
            },
            is_native: false,
        }
    };
}

/// Reads an array of numbers of any type as `f64`.
pub(super) fn read(bytes: &[u8]) -> Result<ArrayD<f64>, Problem> {
    read_from(bytes, bytes.len() as u64)
}

/// Reads an array of numbers of any type as `f64` from a source of `length` bytes, without holding these.
pub(super) fn read_from(mut source: impl Read, length: u64) -> Result<ArrayD<f64>, Problem> {
    let (layout, begin) = Layout::read(&mut source, length)?;
    let Layout { element, n_elements, .. } = layout;
    let mut content = begin[layout.offset..].chain(source);
    let mut numbers: Vec<f64> = Vec::with_capacity(n_elements);
    let mut chunk = [0; CHUNK];
    while numbers.len() < n_elements {
        let left = (n_elements - numbers.len()).saturating_mul(element.size);
        let bytes = &mut chunk[..left.min(CHUNK)];
        content.read_exact(bytes).map_err(|error| error.to_string())?;
        numbers.extend(bytes.chunks_exact(element.size).map(element.decode));
    }
    let shape = IxDyn(&layout.shape).set_f(layout.fortran_order);
    ArrayD::from_shape_vec(shape, numbers).map_err(|error| error.to_string())
}

/// Where the numbers of an array are in its file.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Byte of the first number.
    pub(crate) offset: usize,
    pub(crate) element: Element,
    /// Whether columns stand one after the other, not rows.
    pub(crate) fortran_order: bool,
    pub(crate) shape: Vec<usize>,
    n_elements: usize,
}

impl Layout {
    /// That of an array in a source of `length` bytes, of which the first, given as well, have been read then.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub(crate) fn read(source: &mut impl Read, length: u64) -> Result<(Self, Vec<u8>), Problem> {
        let longest = (MAGIC.len() + 6 + LONGEST_HEADER) as u64;
        let mut begin = Vec::new();
        source.take(longest).read_to_end(&mut begin).map_err(|error| error.to_string())?;
        let (header, rest) = split(&begin)?;
        let offset = begin.len() - rest.len();
        let n_bytes = length.saturating_sub(offset as u64);
        let header = Header::parse(header)?;
        let element = Element::of(&header.descr)?;
        let n_elements =
            header.n_elements().ok_or("it claims more elements than any array can hold")?;
        let claimed = (n_elements as u64).saturating_mul(element.size as u64);
        if claimed > n_bytes {
            return Err(format!("it claims {n_elements} elements and has {n_bytes} bytes of them"));
        }
        if claimed < n_bytes {
            let after = n_bytes - claimed;
            return Err(format!("it goes on for {after} bytes after its last element"));
        }
        let Header { fortran_order, shape, .. } = header;
        Ok((Self { offset, element, fortran_order, shape, n_elements }, begin))
    }

    /// That of rows of numbers as they are in memory, from the beginning of a file.
    pub(crate) fn of_rows(shape: [usize; 2]) -> Self {
        let [n_rows, n_columns] = shape;
        Self {
            offset: 0,
            element: Element { is_native: true, ..element!(f64, from_ne_bytes) },
            fortran_order: false,
            shape: shape.to_vec(),
            n_elements: n_rows * n_columns,
        }
    }
}

/// Writes a header of version 1, padded so that the content begins at a multiple of 64 bytes, as NumPy does.
pub(super) fn write_header(out: &mut dyn Write, descr: &str, shape: &[usize]) -> io::Result<()> {
    let sides: Vec<String> = shape.iter().map(|side| format!("{side},")).collect();
    let shape = sides.join(" ");
    let mut header =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    let before = MAGIC.len() + 4;
    let length = (before + header.len() + 1).next_multiple_of(64) - before;
    header += &" ".repeat(length - 1 - header.len());
    header.push('\n');
    out.write_all(MAGIC)?;
    out.write_all(&[1, 0])?;
    out.write_all(&(length as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())
}

/// The header's text, and what follows it.
fn split(bytes: &[u8]) -> Result<(&str, &[u8]), Problem> {
    let cut_off = "it is cut off in its header";
    let rest = bytes.strip_prefix(MAGIC).ok_or("it does not begin as a .npy file")?;
    let (version, rest) = rest.split_first_chunk::<2>().ok_or(cut_off)?;
    let (length, rest) = match version[0] {
        1 => {
            let (length, rest) = rest.split_first_chunk().ok_or(cut_off)?;
            (usize::from(u16::from_le_bytes(*length)), rest)
        }
        2 | 3 => {
            let (length, rest) = rest.split_first_chunk().ok_or(cut_off)?;
            (u32::from_le_bytes(*length) as usize, rest)
        }
        other => return Err(format!("it is of version {other} of the format; 1 to 3 are known")),
    };
    if length > LONGEST_HEADER {
        return Err(format!("its header has {length} bytes; at most {LONGEST_HEADER} are read"));
    }
    let (header, content) = rest.split_at_checked(length).ok_or(cut_off)?;
    let header = std::str::from_utf8(header).map_err(|_| "its header is not text")?;
    Ok((header, content))
}

impl Header {
    /// Reads `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order.
    fn parse(text: &str) -> Result<Self, Problem> {
        let mut text = Text(text.trim());
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        text.expect('{')?;
        while !text.accept('}') {
            let key = text.string()?;
            text.expect(':')?;
            let repeated = match key {
                "descr" => descr.replace(text.string()?.to_owned()).is_some(),
                "fortran_order" => fortran_order.replace(text.boolean()?).is_some(),
                "shape" => shape.replace(text.sides()?).is_some(),
                other => return Err(format!("its header has an unknown entry {other:?}")),
            };
            if repeated {
                return Err(format!("its header has two entries {key:?}"));
            }
            if !text.accept(',') {
                text.expect('}')?;
                break;
            }
        }
        if !text.0.is_empty() {
            return Err(not_understood(text.0));
        }
        let missing = |key: &str| format!("its header has no entry {key:?}");
        Ok(Self {
            descr: descr.ok_or_else(|| missing("descr"))?,
            fortran_order: fortran_order.ok_or_else(|| missing("fortran_order"))?,
            shape: shape.ok_or_else(|| missing("shape"))?,
        })
    }

    /// Product of the sides; `None` if the sides that are not 0 make more than memory can address.
    fn n_elements(&self) -> Option<usize> {
        let sides = self.shape.iter().filter(|&&side| side > 0);
        let product = sides.copied().try_fold(1_usize, usize::checked_mul)?;
        isize::try_from(product).ok()?;
        Some(if self.shape.contains(&0) { 0 } else { product })
    }
}

fn not_understood(text: &str) -> Problem {
    let shown: String = text.chars().take(20).collect();
    format!("its header is not understood at {shown:?}")
}

/// What is left of a header's text; blanks before a token are skipped.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    /// Takes a character, if it is the next.
    fn accept(&mut self, character: char) -> bool {
        match self.0.trim_start().strip_prefix(character) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, character: char) -> Result<(), Problem> {
        match self.accept(character) {
            true => Ok(()),
            false => Err(not_understood(self.0.trim_start())),
        }
    }

    /// A text between quotes, without escapes.
    fn string(&mut self) -> Result<&'a str, Problem> {
        let text = self.0.trim_start();
        for quote in ['\'', '"'] {
            if let Some((string, rest)) = text.strip_prefix(quote).and_then(|t| t.split_once(quote))
            {
                self.0 = rest;
                return Ok(string);
            }
        }
        match text.starts_with(['[', '(']) {
            true => Err("it holds records of several fields; save one array of numbers".into()),
            false => Err(not_understood(text)),
        }
    }

    fn boolean(&mut self) -> Result<bool, Problem> {
        let text = self.0.trim_start();
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = text.strip_prefix(word) {
                self.0 = rest;
                return Ok(value);
            }
        }
        Err(not_understood(text))
    }

    /// Decimal numbers between brackets, with commas between them and perhaps after the last.
    fn sides(&mut self) -> Result<Vec<usize>, Problem> {
        let mut sides = Vec::new();
        self.expect('(')?;
        while !self.accept(')') {
            let text = self.0.trim_start();
            let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let side = text[..digits].parse().map_err(|_| not_understood(text))?;
            sides.push(side);
            self.0 = &text[digits..];
            if !self.accept(',') {
                self.expect(')')?;
                break;
            }
        }
        Ok(sides)
    }
}

/// A type of numbers: how many bytes one takes, and what they mean.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element {
    pub(crate) size: usize,
    pub(crate) decode: fn(&[u8]) -> f64,
    /// Whether they are `f64` as this machine has them.
    pub(crate) is_native: bool,
}

impl Element {
    /// The element type of a `descr`: the order of bytes, a letter, and the number of bytes.
    fn of(descr: &str) -> Result<Self, Problem> {
        let (order, kind) = match descr.chars().next() {
            Some(order @ ('<' | '>' | '=' | '|')) => (order, &descr[1..]),
            _ => ('=', descr),
        };
        let big = order == '>' || (order == '=' && cfg!(target_endian = "big"));
        Ok(match (kind, big) {
            ("f8", false) => {
                Self { is_native: cfg!(target_endian = "little"), ..element!(f64, from_le_bytes) }
            }
            ("f8", true) => {
                Self { is_native: cfg!(target_endian = "big"), ..element!(f64, from_be_bytes) }
            }
            ("f4", false) => element!(f32, from_le_bytes),
            ("f4", true) => element!(f32, from_be_bytes),
            ("i8", false) => element!(i64, from_le_bytes),
            ("i8", true) => element!(i64, from_be_bytes),
            ("i4", false) => element!(i32, from_le_bytes),
            ("i4", true) => element!(i32, from_be_bytes),
            ("i2", false) => element!(i16, from_le_bytes),
            ("i2", true) => element!(i16, from_be_bytes),
            ("i1", _) => element!(i8, from_le_bytes),
            ("u8", false) => element!(u64, from_le_bytes),
            ("u8", true) => element!(u64, from_be_bytes),
            ("u4", false) => element!(u32, from_le_bytes),
            ("u4", true) => element!(u32, from_be_bytes),
            ("u2", false) => element!(u16, from_le_bytes),
            ("u2", true) => element!(u16, from_be_bytes),
            ("u1", _) => element!(u8, from_le_bytes),
            _ => {
                return Err(format!(
                    "its element type is {descr}; mixlab reads floats of 32 and 64 bits and integers \
                     (texts as their bytes: numpy.frombuffer(b\"full\", numpy.uint8))"
                ));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn file(header: &str, content: &[u8]) -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend([2, 0]);
        file.extend((header.len() as u32).to_le_bytes());
        file.extend(header.as_bytes());
        file.extend(content);
        file
    }

    #[test]
    fn headers_as_numpy_writes_them_are_read() {
        let header = "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 2), }          \n";
        let read_back = read(&file(header, &[1, 0, 2, 0, 3, 0, 255, 255])).unwrap();
        assert_eq!(read_back, array![[1.0, 3.0], [2.0, -1.0]].into_dyn());
        let other = "{\"shape\": (1,), \"descr\": \">f4\", \"fortran_order\": False}";
        assert_eq!(read(&file(other, &2.5_f32.to_be_bytes())).unwrap(), array![2.5].into_dyn());
        let scalar = "{'descr': '|u1', 'fortran_order': False, 'shape': ()}";
        assert_eq!(read(&file(scalar, &[7])).unwrap().len(), 1);
        let empty = "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 3)}";
        assert_eq!(read(&file(empty, &[])).unwrap().shape(), [0, 3]);
    }

    #[test]
    fn headers_as_an_enemy_writes_them_are_refused() {
        let with_shape =
            |shape: &str| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
        let nested = |open: &str, n: usize| open.repeat(n);
        let headers = [
            with_shape("(1000000000000,)"),
            with_shape("(0xE8D4A51000,)"),
            with_shape("(1_000,)"),
            with_shape("(999999999999+1,)"),
            with_shape("(-1,)"),
            with_shape("(0, 9223372036854775807, 3)"),
            with_shape("(0, 18446744073709551615, 1)"),
            with_shape("(99999999999999999999999999,)"),
            with_shape(&nested("(1,", 22)),
            "{'shape': (1,), 'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}"
                .into(),
            "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}".into(),
            "{'descr': '<f8', 'shape': (1,)}".into(),
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} + 1".into(),
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}".into(),
            nested("{", 5000),
            nested("(", 5000),
            "{'".into(),
            String::new(),
        ];
        for header in headers {
            let problem = read(&file(&header, &[0; 8])).unwrap_err();
            assert!(!problem.contains('\n') && problem.len() < 200, "{problem}");
        }
        let long = format!("{}{}", " ".repeat(20_000), with_shape("(1,)"));
        assert!(read(&file(&long, &[0; 8])).unwrap_err().contains("at most 10000"));
    }

    #[test]
    fn content_is_neither_cut_off_nor_too_long() {
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}";
        assert!(read(&file(header, &[0; 16])).is_ok());
        assert!(read(&file(header, &[0; 15])).unwrap_err().contains("claims 2 elements"));
        assert!(read(&file(header, &[0; 17])).unwrap_err().contains("goes on for 1 bytes"));
        assert!(read(&MAGIC[..4]).is_err());
        assert!(read(MAGIC).unwrap_err().contains("cut off"));
    }
}
