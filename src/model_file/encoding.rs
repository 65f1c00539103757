//! Serialisation of fields as maps.
//!
//! In human-readable formats, values are nested lists of numbers, integers and texts; NaN depends on the format, in JSON it is
//! `null`. In binary formats each field is `(kind, shape, bytes)`: the bytes of a text, or of the numbers in little-endian
//! order, so that every bit is kept and large arrays are copied at once.

use std::borrow::Cow;
use std::fmt;

use ::serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use ::serde::{Deserialize, Serialize, Serializer};
use ndarray::{ArrayD, ArrayViewD, Axis, IxDyn};

use super::fields::{Fields, Value};

/// Kinds of fields in binary formats.
const ARRAY: u8 = 0;
const INTEGERS: u8 = 1;
const INTEGER: u8 = 2;
const TEXT: u8 = 3;

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Fields<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of arrays and texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'static>, A::Error> {
        let mut fields = Fields::default();
        while let Some((name, value)) = map.next_entry::<String, Value<'static>>()? {
            fields.push(name, value);
        }
        Ok(fields)
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return self.serialize_bits(serializer);
        }
        match self {
            Self::Array(array) => Nested(array.view()).serialize(serializer),
            Self::Integers(integers) => integers.serialize(serializer),
            Self::Integer(integer) => integer.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
            Self::Other => serializer.serialize_unit(),
        }
    }
}

/// An array as nested lists.
struct Nested<'a>(ArrayViewD<'a, f64>);

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.0.ndim(), self.0.as_slice()) {
            (0, _) => self.0.sum().serialize(serializer),
            (1, Some(numbers)) => numbers.serialize(serializer),
            _ => serializer.collect_seq(self.0.axis_iter(Axis(0)).map(Nested)),
        }
    }
}

impl Value<'_> {
    fn serialize_bits<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let one = |integer: &i64| integer.to_le_bytes();
        let (kind, shape, bytes): (u8, &[usize], Cow<'_, [u8]>) = match self {
            Self::Array(array) => (ARRAY, array.shape(), bytes_of(array.view())),
            Self::Integers(all) => (INTEGERS, &[], all.iter().flat_map(one).collect()),
            Self::Integer(integer) => (INTEGER, &[], one(integer).to_vec().into()),
            Self::Text(text) => (TEXT, &[], text.as_bytes().into()),
            Self::Other => return Err(::serde::ser::Error::custom("there is no such field")),
        };
        (kind, shape, Bytes(bytes)).serialize(serializer)
    }

    /// Returns the value of these bytes; none if their number does not match the shape, or a text is not UTF-8.
    fn from_bits(kind: u8, shape: &[usize], bytes: &[u8]) -> Option<Value<'static>> {
        let words = || bytes.as_chunks().0.iter().copied();
        let n_words = match kind {
            ARRAY => shape.iter().try_fold(1_usize, |n, &side| n.checked_mul(side))?,
            INTEGER => 1,
            _ => bytes.len() / 8,
        };
        if kind != TEXT && n_words.checked_mul(8)? != bytes.len() {
            return None;
        }
        Some(match kind {
            ARRAY => {
                let numbers = words().map(f64::from_le_bytes).collect();
                Value::Array(ArrayD::from_shape_vec(IxDyn(shape), numbers).ok()?.into())
            }
            INTEGERS => Value::Integers(words().map(i64::from_le_bytes).collect()),
            INTEGER => Value::Integer(words().map(i64::from_le_bytes).next()?),
            TEXT => Value::Text(String::from_utf8(bytes.to_vec()).ok()?.into()),
            _ => return None,
        })
    }
}

/// Returns the bytes of numbers in little-endian order, without a copy if they are stored so.
fn bytes_of(array: ArrayViewD<'_, f64>) -> Cow<'_, [u8]> {
    match array.to_slice() {
        Some(numbers) if cfg!(target_endian = "little") => bytemuck::cast_slice(numbers).into(),
        _ => array.iter().flat_map(|number| number.to_le_bytes()).collect(),
    }
}

impl<'de> Deserialize<'de> for Value<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let (kind, shape, bytes) = <(u8, Vec<usize>, Bytes<'de>)>::deserialize(deserializer)?;
            let value = Value::from_bits(kind, &shape, &bytes.0);
            return value.ok_or_else(|| {
                D::Error::custom("the bytes of a field do not match its kind and shape")
            });
        }
        let mut numbers = Vec::new();
        Ok(match deserializer.deserialize_any(Lists(&mut numbers))? {
            Read::Text(text) => Value::Text(text.into()),
            Read::Numbers(shape) => match ArrayD::from_shape_vec(IxDyn(&shape), numbers) {
                Ok(array) => Value::Array(array.into()),
                Err(_) => Value::Other,
            },
            Read::Other => Value::Other,
        })
    }
}

/// Bytes that are serialised as such, not as a list of numbers.
struct Bytes<'a>(Cow<'a, [u8]>);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // not a buffer, so that formats lend the bytes of large arrays instead of a copy
        deserializer.deserialize_bytes(BytesVisitor)
    }
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Bytes<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Bytes<'de>, E> {
        Ok(Bytes(bytes.into()))
    }

    fn visit_bytes<E: ::serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes<'de>, E> {
        self.visit_byte_buf(bytes.to_vec())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes<'de>, E> {
        Ok(Bytes(bytes.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Bytes<'de>, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = list.next_element()? {
            bytes.push(byte);
        }
        self.visit_byte_buf(bytes)
    }
}

/// A value in a self-describing format.
enum Read {
    Text(String),
    /// Nested lists of numbers of this shape; the numbers have been collected.
    Numbers(Vec<usize>),
    /// Lists of different lengths, maps, booleans.
    Other,
}

/// Collects the numbers of nested lists.
struct Lists<'a>(&'a mut Vec<f64>);

impl Lists<'_> {
    fn number<E>(self, number: f64) -> Result<Read, E> {
        self.0.push(number);
        Ok(Read::Numbers(Vec::new()))
    }
}

impl<'de> DeserializeSeed<'de> for Lists<'_> {
    type Value = Read;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Lists<'_> {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nested lists of numbers, or text")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Read, E> {
        self.number(number)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Read, E> {
        self.number(number as f64)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Read, E> {
        self.number(number as f64)
    }

    // NaN, which JSON represents as null
    fn visit_unit<E>(self) -> Result<Read, E> {
        self.number(f64::NAN)
    }

    fn visit_str<E>(self, text: &str) -> Result<Read, E> {
        Ok(Read::Text(text.into()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Read, E> {
        Ok(Read::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Read, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Read::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Read, A::Error> {
        let (mut length, mut inner, mut is_even) = (0, Vec::new(), true);
        while let Some(item) = list.next_element_seed(Lists(&mut *self.0))? {
            match item {
                Read::Numbers(shape) if length == 0 => inner = shape,
                Read::Numbers(shape) => is_even &= shape == inner,
                Read::Text(_) | Read::Other => is_even = false,
            }
            length += 1;
        }
        let shape = [&[length], &inner[..]].concat();
        Ok(if is_even { Read::Numbers(shape) } else { Read::Other })
    }
}
