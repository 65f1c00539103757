//! Bounded reader of the `.npy` format.
//!
//! The format is that of NumPy's `numpy.lib.format`: magic bytes, a version, the length of a header, and the header, the text
//! of a Python dictionary of three keys. A flat grammar accepts what NumPy writes and nothing else, and no memory is
//! allocated before the bytes for it have been read.

use std::io::Read;

use ndarray::{ArrayD, IxDyn, ShapeBuilder};

use super::element::{Element, OtherType};
use super::header::{Descr, Header, LONGEST_HEADER, MAGIC, Problem, split};
use super::records::{RecordField, fields_of};

/// Reads an array of numbers of any type as `f64`.
pub(super) fn read(bytes: &[u8]) -> Result<ArrayD<f64>, Problem> {
    let (layout, _) = Layout::read(&mut &bytes[..])?;
    layout.check_length(bytes.len() as u64)?;
    if layout.records.is_some() {
        return Err("it holds records of several fields; save one array of numbers".into());
    }
    let Layout { element, n_elements, offset, .. } = layout;
    let mut numbers: Vec<f64> = Vec::with_capacity(n_elements);
    element.decode_all(&bytes[offset..], &mut numbers);
    let shape = IxDyn(&layout.shape).set_f(layout.fortran_order);
    ArrayD::from_shape_vec(shape, numbers).map_err(|error| error.to_string())
}

/// Reads a single text, stored as bytes or as characters of 32 bits, such as NumPy saves a string.
pub(super) fn read_word(bytes: &[u8]) -> Result<String, Problem> {
    let (header, content) = split(bytes)?;
    let Descr::Plain(descr) = Header::parse(header)?.descr else {
        return Err("it is not a text".into());
    };
    let (is_big, kind) = super::element::split(&descr);
    let mut word = String::new();
    match kind.chars().next() {
        Some('S' | 'a') => word.extend(content.iter().map(|&byte| char::from(byte))),
        Some('U') => {
            for character in content.chunks_exact(4) {
                let bytes = [character[0], character[1], character[2], character[3]];
                let code =
                    if is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
                word.push(char::from_u32(code).unwrap_or('?'));
            }
        }
        _ => return Err("it is not a text".into()),
    }
    Ok(word.trim_end_matches('\0').to_owned())
}

/// Describes an array whose elements are not numbers.
fn refused(other: OtherType, descr: &str) -> Problem {
    let shown: String = descr.chars().take(20).collect();
    let pickle =
        if other == OtherType::Object { ", saved by pickle, which is never run" } else { "" };
    format!("it holds {other} ({shown}){pickle}; {}", other.remedy())
}

/// The position, shape and element type of an array in its file.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Offset of the first number in bytes.
    pub(crate) offset: usize,
    pub(crate) element: Element,
    /// Fields of the elements, if they are records.
    pub(crate) records: Option<Vec<RecordField>>,
    /// Whether the array is stored column by column instead of row by row.
    pub(crate) fortran_order: bool,
    pub(crate) shape: Vec<usize>,
    n_elements: usize,
}

impl Layout {
    /// Reads the layout of the array in `source`, and returns it with the first bytes of the content, which have been read
    /// with it. The layout must not be trusted before [`check_length`](Self::check_length).
    ///
    /// # Errors
    /// A description of the problem.
    pub(crate) fn read(source: &mut impl Read) -> Result<(Self, Vec<u8>), Problem> {
        let longest = (MAGIC.len() + 6 + LONGEST_HEADER) as u64;
        let mut begin = Vec::new();
        source.take(longest).read_to_end(&mut begin).map_err(|error| error.to_string())?;
        let (header, rest) = split(&begin)?;
        let offset = begin.len() - rest.len();
        let header = Header::parse(header)?;
        let (element, records) = match &header.descr {
            Descr::Plain(descr) => {
                (Element::of(descr).map_err(|other| refused(other, descr))?, None)
            }
            records => {
                let (fields, size) = fields_of(records)?;
                if fields
                    .iter()
                    .any(|field| field.element.is_err_and(|other| other == OtherType::Object))
                {
                    return Err(refused(OtherType::Object, "in records"));
                }
                (Element::compound(size), Some(fields))
            }
        };
        let n_elements =
            header.n_elements().ok_or("it claims more elements than any array can hold")?;
        let Header { fortran_order, shape, .. } = header;
        Ok((Self { offset, element, records, fortran_order, shape, n_elements }, begin))
    }

    /// Refuses a file of `length` bytes that is shorter or longer than its header claims.
    ///
    /// # Errors
    /// A description of the problem.
    pub(crate) fn check_length(&self, length: u64) -> Result<(), Problem> {
        let n_bytes = length.saturating_sub(self.offset as u64);
        let claimed = (self.n_elements as u64).saturating_mul(self.element.size as u64);
        if claimed > n_bytes {
            let n_elements = self.n_elements;
            return Err(format!("it claims {n_elements} elements and has {n_bytes} bytes of them"));
        }
        if claimed < n_bytes {
            let after = n_bytes - claimed;
            return Err(format!("it continues for {after} bytes after its last element"));
        }
        Ok(())
    }

    /// The layout of a row-major matrix of native `f64` at the beginning of a file.
    pub(crate) fn row_major(shape: [usize; 2]) -> Self {
        let [n_rows, n_columns] = shape;
        Self {
            offset: 0,
            element: Element::native(),
            records: None,
            fortran_order: false,
            shape: shape.to_vec(),
            n_elements: n_rows * n_columns,
        }
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
    fn malicious_headers_are_refused() {
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
            "{'descr': [], 'fortran_order': False, 'shape': (1,)}".into(),
            "{'descr': [('a', '<f8', (1000000, 1000000))], 'fortran_order': False, 'shape': (1,)}"
                .into(),
            "{'descr': [('a', '<U99999999999999999999')], 'fortran_order': False, 'shape': (1,)}"
                .into(),
            format!(
                "{{'descr': {}, 'fortran_order': False, 'shape': (1,)}}",
                nested("[('a', ", 900)
            ),
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
    fn truncated_and_overlong_content_is_refused() {
        let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}";
        assert!(read(&file(header, &[0; 16])).is_ok());
        assert!(read(&file(header, &[0; 15])).unwrap_err().contains("claims 2 elements"));
        assert!(read(&file(header, &[0; 17])).unwrap_err().contains("continues for 1 bytes"));
        assert!(read(&MAGIC[..4]).is_err());
        assert!(read(MAGIC).unwrap_err().contains("cut off"));
    }

    #[test]
    fn words_are_read_from_bytes_and_characters() {
        let word = |descr: &str, content: &[u8]| {
            let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ()}}");
            read_word(&file(&header, content))
        };
        assert_eq!(word("|S4", b"csr\0").unwrap(), "csr");
        assert_eq!(word("<U2", b"c\0\0\0o\0\0\0").unwrap(), "co");
        assert_eq!(word(">U1", b"\0\0\0c").unwrap(), "c");
        assert!(word("<f8", &[0; 8]).is_err());
    }
}
