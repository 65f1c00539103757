//! Reader of one matrix of a MATLAB v5 file.
//!
//! The format is that of MathWorks, "MAT-File Format" (R2023a), chapter 1: a header of 128 bytes, then elements, each a tag
//! (type, number of bytes) and its bytes; a compressed element is a zlib stream that holds one element. The reader supports
//! only real matrices of known shape, and its memory is bounded by that shape, whatever the file claims.

use std::io::Read;

use flate2::read::ZlibDecoder;
use ndarray::{Array2, ShapeBuilder};

const HEADER: usize = 128;

/// Types of elements.
const INT8: u32 = 1;
const UINT8: u32 = 2;
const INT16: u32 = 3;
const UINT16: u32 = 4;
const INT32: u32 = 5;
const UINT32: u32 = 6;
const SINGLE: u32 = 7;
const DOUBLE: u32 = 9;
const MATRIX: u32 = 14;
const COMPRESSED: u32 = 15;

/// Upper bound on the bytes of a matrix element in addition to its numbers: flags, sides, name, tags.
const OVERHEAD: usize = 1024;

/// A description of what is wrong with a file.
type Problem = String;

/// Reads the real matrix `name`, which must have the given `shape`.
pub(super) fn read_matrix(
    file: &[u8],
    name: &str,
    shape: (usize, usize),
) -> Result<Array2<f64>, Problem> {
    let header = file.get(..HEADER).ok_or("it is shorter than the header of a MATLAB file")?;
    let order = match (&header[..6], &header[126..]) {
        (b"MATLAB", b"IM") => u32::from_le_bytes,
        (b"MATLAB", b"MI") => u32::from_be_bytes,
        _ => return Err("it does not begin like a MATLAB v5 file".into()),
    };
    let mut elements = Elements { bytes: &file[HEADER..], order };
    while let Some((kind, bytes)) = elements.next()? {
        let matrix = match kind {
            COMPRESSED => {
                let inflated = inflate(bytes, shape)?;
                match (Elements { bytes: &inflated, order }).next()? {
                    Some((MATRIX, bytes)) => read_element(bytes, order, name, shape)?,
                    _ => None,
                }
            }
            MATRIX => read_element(bytes, order, name, shape)?,
            _ => None,
        };
        if let Some(matrix) = matrix {
            return Ok(matrix);
        }
    }
    Err(format!("it has no matrix {name:?}"))
}

/// Decompresses a zlib stream, up to the size that a matrix of that shape can have.
fn inflate(bytes: &[u8], (height, width): (usize, usize)) -> Result<Vec<u8>, Problem> {
    let most = height * width * size_of::<f64>() + OVERHEAD;
    let mut inflated = Vec::new();
    let read = ZlibDecoder::new(bytes).take(most as u64).read_to_end(&mut inflated);
    read.map_err(|error| format!("its compressed part is damaged: {error}"))?;
    Ok(inflated)
}

/// Reads the numbers of a matrix element; `None` if it has another name.
fn read_element(
    bytes: &[u8],
    order: fn([u8; 4]) -> u32,
    name: &str,
    shape: (usize, usize),
) -> Result<Option<Array2<f64>>, Problem> {
    let mut parts = Elements { bytes, order };
    let mut part = || parts.next()?.ok_or_else(|| "a matrix ends too early".to_owned());
    let _flags = part()?;
    let (_, sides) = part()?;
    let (_, found) = part()?;
    if found != name.as_bytes() {
        return Ok(None);
    }
    let sides: Vec<usize> = words(sides).map(|side| order(side) as usize).collect();
    if sides != [shape.0, shape.1] {
        return Err(format!("{name:?} has sides {sides:?} instead of {} x {}", shape.0, shape.1));
    }
    let (kind, bytes) = part()?;
    let numbers = numbers(kind, bytes, order)?;
    // MATLAB stores matrices column by column
    let matrix = Array2::from_shape_vec(shape.f(), numbers);
    matrix
        .map(Some)
        .map_err(|_| format!("{name:?} does not have the number of values that its sides imply"))
}

fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> {
    bytes.as_chunks().0.iter().copied()
}

fn numbers(kind: u32, bytes: &[u8], order: fn([u8; 4]) -> u32) -> Result<Vec<f64>, Problem> {
    let little = order([1, 0, 0, 0]) == 1;
    /// Decodes the numbers of a type in the byte order of the file.
    macro_rules! read {
        ($number:ty) => {{
            let (chunks, _) = bytes.as_chunks::<{ size_of::<$number>() }>();
            let number = |&chunk: &_| {
                if little {
                    <$number>::from_le_bytes(chunk)
                } else {
                    <$number>::from_be_bytes(chunk)
                }
            };
            Ok(chunks.iter().map(|chunk| f64::from(number(chunk))).collect())
        }};
    }
    match kind {
        INT8 => read!(i8),
        UINT8 => read!(u8),
        INT16 => read!(i16),
        UINT16 => read!(u16),
        INT32 => read!(i32),
        UINT32 => read!(u32),
        SINGLE => read!(f32),
        DOUBLE => read!(f64),
        other => Err(format!("its numbers have the unknown type {other}")),
    }
}

/// A sequence of elements.
struct Elements<'a> {
    bytes: &'a [u8],
    order: fn([u8; 4]) -> u32,
}

impl<'a> Elements<'a> {
    /// Returns the type and bytes of the next element; `None` at the end.
    fn next(&mut self) -> Result<Option<(u32, &'a [u8])>, Problem> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let mut tag = words(self.bytes).map(self.order);
        let first = tag.next().ok_or(ENDS_EARLY)?;
        // an element of up to four bytes has its length in the upper half of its type
        let (kind, begin, length, whole) = match first >> 16 {
            0 => {
                let length = tag.next().ok_or(ENDS_EARLY)? as usize;
                // elements are padded to multiples of eight bytes, except compressed ones
                let padded = if first == COMPRESSED { length } else { length.next_multiple_of(8) };
                (first, 8, length, 8 + padded)
            }
            short => (first & 0xffff, 4, short as usize, 8),
        };
        let bytes = self.bytes.get(begin..begin + length).ok_or(ENDS_EARLY)?;
        self.bytes = self.bytes.get(whole..).unwrap_or(&[]);
        Ok(Some((kind, bytes)))
    }
}

const ENDS_EARLY: &str = "it ends in the middle of an element";

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    /// A tag and bytes, padded.
    fn element(kind: u32, bytes: &[u8]) -> Vec<u8> {
        let mut element = [kind.to_le_bytes(), (bytes.len() as u32).to_le_bytes()].concat();
        element.extend(bytes);
        element.resize(8 + bytes.len().next_multiple_of(8), 0);
        element
    }

    /// A 2 x 3 matrix of bytes named `m`, column by column.
    fn matrix() -> Vec<u8> {
        let flags = [9, 0, 0, 0, 0, 0, 0, 0];
        let sides = [2_u32.to_le_bytes(), 3_u32.to_le_bytes()].concat();
        let short_name = [1, 0, 1, 0, b'm', 0, 0, 0];
        let parts = [
            element(UINT32, &flags),
            element(INT32, &sides),
            short_name.into(),
            element(UINT8, &[1, 2, 3, 4, 5, 6]),
        ];
        element(MATRIX, &parts.concat())
    }

    fn file(elements: &[u8]) -> Vec<u8> {
        let mut file = b"MATLAB 5.0 MAT-file".to_vec();
        file.resize(124, b' ');
        file.extend([0, 1, b'I', b'M']);
        file.extend(elements);
        file
    }

    fn compressed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        let stream = encoder.finish().unwrap();
        [&COMPRESSED.to_le_bytes(), &(stream.len() as u32).to_le_bytes(), &stream[..]].concat()
    }

    #[test]
    fn plain_and_compressed_matrices_are_read_by_name_and_column() {
        let expected = array![[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]];
        let other = element(MATRIX, &[element(UINT32, &[0; 8]), vec![], vec![]].concat());
        for elements in [matrix(), compressed(&matrix())] {
            assert_eq!(read_matrix(&file(&elements), "m", (2, 3)).unwrap(), expected);
        }
        assert!(read_matrix(&file(&other), "m", (2, 3)).is_err());
        let unnamed = read_matrix(&file(&matrix()), "n", (2, 3)).unwrap_err();
        assert_eq!(unnamed, "it has no matrix \"n\"");
        let turned = read_matrix(&file(&matrix()), "m", (3, 2)).unwrap_err();
        assert!(turned.contains("[2, 3] instead of 3 x 2"), "{turned}");
    }

    #[test]
    fn a_stream_that_decompresses_to_gigabytes_is_cut_off() {
        let bomb = compressed(&vec![0; 1 << 26]);
        assert_eq!(inflate(&bomb[8..], (2, 3)).unwrap().len(), 48 + OVERHEAD);
        assert!(read_matrix(&file(&bomb), "m", (2, 3)).is_err());
    }

    proptest! {
        #[test]
        fn damaged_files_are_errors_never_panics(at in 0..260_usize, byte: u8, keep in 0..300_usize) {
            let mut bytes = file(&matrix());
            if let Some(target) = bytes.get_mut(at) {
                *target = byte;
            }
            bytes.truncate(keep);
            let _ = read_matrix(&bytes, "m", (2, 3));
        }

        #[test]
        fn any_elements_are_errors_never_panics(bytes: Vec<u8>) {
            let _ = read_matrix(&file(&bytes), "m", (2, 3));
        }
    }
}
