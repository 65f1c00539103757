//! Element types of arrays, and the decoding of numbers.

use std::fmt;

/// Decodes a number of a type and byte order from its bytes.
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

/// An element type: the size of a number in bytes, and its decoder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element {
    pub(crate) size: usize,
    pub(crate) decode: fn(&[u8]) -> f64,
    /// Whether numbers are `f64` in the byte order of this machine.
    pub(crate) is_native: bool,
}

/// An element type whose values are not read as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OtherType {
    Text,
    Object,
    Date,
    Duration,
    Complex,
    LongFloat,
    Raw,
}

impl OtherType {
    /// A Python expression that makes numbers of an array `a` of this type.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Text | Self::Object => "save numbers, such as a.astype(float)",
            Self::Date => {
                "save numbers, such as days since 1970: a.astype(\"datetime64[D]\").astype(float)"
            }
            Self::Duration => "save numbers, such as seconds: a / numpy.timedelta64(1, \"s\")",
            Self::Complex => {
                "save real and imaginary parts as columns: numpy.column_stack([a.real, a.imag])"
            }
            Self::LongFloat => "save 64-bit numbers: a.astype(\"float64\")",
            Self::Raw => "save numbers",
        }
    }
}

impl fmt::Display for OtherType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "texts",
            Self::Object => "Python objects",
            Self::Date => "dates",
            Self::Duration => "durations",
            Self::Complex => "complex numbers",
            Self::LongFloat => "numbers of more than 64 bits",
            Self::Raw => "bytes of an unknown type",
        })
    }
}

impl Element {
    /// An element of `size` bytes that is not a single number.
    pub(super) fn compound(size: usize) -> Self {
        Self { size, decode: |_| f64::NAN, is_native: false }
    }

    /// A 64-bit float in the byte order of this machine.
    pub(super) fn native() -> Self {
        Self { is_native: true, ..element!(f64, from_ne_bytes) }
    }

    /// Appends the numbers decoded from `bytes` to `numbers`.
    pub(crate) fn decode_all(self, bytes: &[u8], numbers: &mut Vec<f64>) {
        numbers.extend(bytes.chunks_exact(self.size).map(self.decode));
    }

    /// The element type of a `descr`: byte order, a letter, and the number of bytes.
    pub(super) fn of(descr: &str) -> Result<Self, OtherType> {
        let (is_big, kind) = split(descr);
        Ok(match (kind, is_big) {
            ("f8", false) => {
                Self { is_native: cfg!(target_endian = "little"), ..element!(f64, from_le_bytes) }
            }
            ("f8", true) => {
                Self { is_native: cfg!(target_endian = "big"), ..element!(f64, from_be_bytes) }
            }
            ("f4", false) => element!(f32, from_le_bytes),
            ("f4", true) => element!(f32, from_be_bytes),
            ("f2", false) => Self::half(|bytes| half(u16::from_le_bytes(two(bytes)))),
            ("f2", true) => Self::half(|bytes| half(u16::from_be_bytes(two(bytes)))),
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
            ("b1", _) => Self {
                size: 1,
                decode: |bytes| f64::from(u8::from(bytes[0] != 0)),
                is_native: false,
            },
            _ => {
                return Err(match kind.chars().next() {
                    Some('S' | 'a' | 'U' | 'T') => OtherType::Text,
                    Some('O') => OtherType::Object,
                    Some('M') => OtherType::Date,
                    Some('m') => OtherType::Duration,
                    Some('c') => OtherType::Complex,
                    Some('f' | 'g') => OtherType::LongFloat,
                    _ => OtherType::Raw,
                });
            }
        })
    }

    fn half(decode: fn(&[u8]) -> f64) -> Self {
        Self { size: 2, decode, is_native: false }
    }
}

/// Splits a `descr` into whether it is big-endian, and the rest.
pub(super) fn split(descr: &str) -> (bool, &str) {
    let (order, kind) = match descr.chars().next() {
        Some(order @ ('<' | '>' | '=' | '|')) => (order, &descr[1..]),
        _ => ('=', descr),
    };
    (order == '>' || (order == '=' && cfg!(target_endian = "big")), kind)
}

fn two(bytes: &[u8]) -> [u8; 2] {
    bytes.try_into().expect("a chunk of two bytes")
}

/// Converts the bits of a 16-bit float (IEEE 754 binary16) exactly.
pub(crate) fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (bits >> 10 & 0x1f, f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2_f64.powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_exact() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x03ff, 6.097_555_160_522_461e-5),
            (0x0400, 6.103_515_625e-5),
            (0x3555, 0.333_251_953_125),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:#x}");
        }
        assert!(half(0x7e00).is_nan());
    }

    #[test]
    fn types_that_are_not_numbers_are_named() {
        for (descr, expected) in [
            ("<U10", OtherType::Text),
            ("|S3", OtherType::Text),
            ("|O", OtherType::Object),
            ("<M8[ns]", OtherType::Date),
            ("<m8[D]", OtherType::Duration),
            ("<c16", OtherType::Complex),
            ("<f16", OtherType::LongFloat),
            ("|V2", OtherType::Raw),
        ] {
            assert_eq!(Element::of(descr).unwrap_err(), expected, "{descr}");
        }
        assert_eq!((Element::of("|b1").unwrap().decode)(&[1]), 1.0);
        assert_eq!((Element::of(">f2").unwrap().decode)(&[0x3c, 0]), 1.0);
    }
}
