//! Structured arrays: records of named fields.

use super::element::{Element, OtherType, split};
use super::header::{Descr, Problem};

/// Maximum number of numbers in a record.
const MOST_FIELDS: usize = 1 << 20;

/// A field of a record. An array of numbers in a record is a field for each number, and a record in a record a field for each
/// of its fields.
#[derive(Debug, Clone)]
pub(crate) struct RecordField {
    pub(crate) name: String,
    /// Offset in the record in bytes.
    pub(crate) offset: usize,
    /// Its type, which may be none of numbers.
    pub(crate) element: Result<Element, OtherType>,
    /// Whether its values are whole numbers.
    pub(crate) is_whole: bool,
}

/// Returns the fields of records, and the size of a record in bytes.
pub(super) fn fields_of(descr: &Descr) -> Result<(Vec<RecordField>, usize), Problem> {
    let mut fields = Vec::new();
    let size = add(descr, "", 0, &mut fields)?;
    // padding between fields has no name
    fields.retain(|field| !field.name.is_empty());
    if fields.is_empty() {
        return Err("its records have no fields".into());
    }
    Ok((fields, size))
}

/// Adds the fields of a type at an offset, and returns the size of the type.
fn add(
    descr: &Descr,
    name: &str,
    offset: usize,
    fields: &mut Vec<RecordField>,
) -> Result<usize, Problem> {
    match descr {
        Descr::Plain(descr) => {
            let element = Element::of(descr);
            let size = match element {
                Ok(element) => element.size,
                Err(_) => size_of_other(descr)?,
            };
            if fields.len() >= MOST_FIELDS {
                return Err("its records have too many fields".into());
            }
            let is_whole = split(descr).1.starts_with(['i', 'u']);
            fields.push(RecordField { name: name.into(), offset, element, is_whole });
            Ok(size)
        }
        Descr::Record(inner) => {
            if inner.is_empty() {
                return Err("its records have no fields".into());
            }
            let mut size = 0_usize;
            for field in inner {
                for index in indices(&field.shape)? {
                    let name = match (name, field.name.as_str()) {
                        (_, "") => String::new(),
                        ("", own) => format!("{own}{index}"),
                        (outer, own) => format!("{outer}.{own}{index}"),
                    };
                    let added = add(&field.descr, &name, offset + size, fields)?;
                    size = size.checked_add(added).ok_or("its records are too large")?;
                }
            }
            Ok(size)
        }
    }
}

/// Returns the names of the elements of an array in a record, `.0`, `.1`, ...; one empty name for a single value.
fn indices(shape: &[usize]) -> Result<impl Iterator<Item = String> + '_, Problem> {
    let n = shape.iter().try_fold(1_usize, |n, &side| n.checked_mul(side));
    let n = n.filter(|n| (1..=MOST_FIELDS).contains(n));
    let n = n.ok_or_else(|| format!("a field of its records has the shape {shape:?}"))?;
    Ok((0..n).map(move |mut index| {
        let mut parts: Vec<String> = Vec::new();
        for &side in shape.iter().rev() {
            parts.push(format!(".{}", index % side));
            index /= side;
        }
        parts.reverse();
        parts.concat()
    }))
}

/// Returns the size of a type that is not read as a number.
fn size_of_other(descr: &str) -> Result<usize, Problem> {
    let kind = split(descr).1;
    let unit = kind.chars().next().unwrap_or(' ');
    let digits: String = kind.chars().skip(1).take_while(char::is_ascii_digit).collect();
    let count: Option<usize> = match unit {
        'O' => Some(8),
        _ => digits.parse().ok(),
    };
    let size = count.and_then(|count| count.checked_mul(if unit == 'U' { 4 } else { 1 }));
    size.filter(|&size| size < 1 << 40)
        .ok_or_else(|| format!("its type {descr:?} has an unknown size"))
}

#[cfg(test)]
mod tests {
    use super::super::header::Header;
    use super::*;

    fn fields(descr: &str) -> Result<(Vec<RecordField>, usize), Problem> {
        let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (3,)}}");
        fields_of(&Header::parse(&text)?.descr)
    }

    #[test]
    fn fields_are_flattened_with_their_offsets() {
        let descr = "[('index', '<i8'), (('a title', 'x'), '>f4'), ('', '|V4'), ('name', '<U5'), \
                     ('v', '<f8', (2, 1)), ('p', [('a', '|b1'), ('b', '<f2')])]";
        let (fields, size) = fields(descr).unwrap();
        let found: Vec<_> = fields
            .iter()
            .map(|field| (field.name.as_str(), field.offset, field.element.is_ok()))
            .collect();
        let expected = [
            ("index", 0, true),
            ("x", 8, true),
            ("name", 16, false),
            ("v.0.0", 36, true),
            ("v.1.0", 44, true),
            ("p.a", 52, true),
            ("p.b", 53, true),
        ];
        assert_eq!((found.as_slice(), size), (&expected[..], 55));
        assert!(fields[0].is_whole && !fields[1].is_whole);
    }

    #[test]
    fn claims_of_records_are_bounded() {
        for descr in [
            "[]",
            "[('a', [])]",
            "[('', '|V4')]",
            "[('a', '<f8', (0,))]",
            "[('a', '<f8', (18446744073709551615, 2))]",
            "[('a', [('b', '<f8', (1048576,))], (1048576,))]",
            "[('a', [('', '|V1', (1048576,))], (1048576,))]",
            "[('a', '<U18446744073709551615')]",
            "[('a', '<f8'",
            "[('a',)]",
            "[(('a', 'b', 'c'), '<f8')]",
        ] {
            assert!(fields(descr).is_err(), "{descr}");
        }
        let deep = format!("{}{}", "[('a', ".repeat(100), ")]".repeat(100));
        assert!(fields(&deep).unwrap_err().contains("deep"));
    }
}
