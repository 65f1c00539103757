//! Arrays of any dimensions as tables: rows, columns and images.

use std::io;

use super::records::RecordRows;
use crate::arrays::{Layout, RecordField};
use crate::error::{Error, Result};
use crate::images::ImageShape;
use crate::rows::RowBlocks;
use crate::table::array_rows::ArrayRows;
use crate::table::choice::columns_of_other_kinds;
use crate::table::columns::{Columns, column_names};
use crate::table::decision::Decision;
use crate::table::options::Source;
use crate::table::random_access::RandomAccess;
use crate::table::row_index::index_columns;

/// An array whose elements are arranged as rows and columns.
pub(super) struct TableArray {
    /// Layout of two dimensions.
    pub(super) layout: Layout,
    pub(super) columns: Columns,
    /// Sides of a row in the file, for arrays in column-major order.
    sides: Vec<usize>,
}

impl TableArray {
    /// Arranges an array whose length has been checked, and selects its columns: those of a matrix; a single column of an array
    /// of one dimension; the fields of records; the pixels of images `(n, height, width)` or `(n, height, width, 3)`.
    ///
    /// # Errors
    /// [`Error::EmptyTable`]; [`Error::ArrayFormat`] for other dimensions; errors of the selection of columns.
    pub(super) fn of(source: &Source, mut layout: Layout) -> Result<Self> {
        if layout.shape.contains(&0) {
            return Err(Error::EmptyTable { path: source.path.clone() });
        }
        if let Some(fields) = &layout.records {
            let columns = columns_of_records(source, fields)?;
            let n_rows = layout.shape.iter().product();
            if layout.shape.iter().filter(|&&side| side > 1).count() > 1 {
                let problem = format!(
                    "it holds records in {} dimensions; save a list of records, such as a.ravel()",
                    layout.shape.len()
                );
                return Err(source.array_format(problem));
            }
            layout.shape = vec![n_rows, fields.len()];
            return Ok(Self { layout, columns, sides: Vec::new() });
        }
        let (n_rows, sides, image) =
            arrange(&layout.shape).map_err(|problem| source.array_format(problem))?;
        let n_columns = sides.iter().product();
        let names = image.map_or_else(|| column_names(&[], n_columns), |image| image.pixel_names());
        // pixels of images of another size are not found by name, and are not those of a model in the order of the file
        let expected = source.options.choice.expected.first();
        let named = image.is_some() && expected.is_some_and(|name| name.starts_with("pixel_"));
        let mut columns = Columns::choose(source, &names, named)?;
        if let Some(image) = image {
            let all = columns.places.iter().copied().eq(0..n_columns);
            columns.image = all.then_some(image);
            if source.options.choice.expected.is_empty() {
                columns.decisions.push(Decision::Images {
                    n_images: n_rows,
                    size: [image.height, image.width, image.channels],
                });
            }
        }
        layout.shape = vec![n_rows, n_columns];
        // a row or a column is the same in both orders
        layout.fortran_order &= n_rows > 1 && sides.iter().any(|&side| side > 1);
        Ok(Self { layout, columns, sides })
    }

    /// Whether rows are read sequentially from the file: it holds numbers row by row.
    pub(super) fn is_by_row(&self) -> bool {
        !self.layout.fortran_order && self.layout.records.is_none()
    }

    /// Opens the selected columns for random access.
    ///
    /// # Errors
    /// [`Error::OtherColumns`] for selected fields that are not numbers.
    pub(super) fn into_rows(self, source: &Source, file: RandomAccess) -> Result<TableRows> {
        let Self { layout, columns, sides } = self;
        let rows: Box<dyn RowBlocks> = match &layout.records {
            Some(fields) => {
                Box::new(RecordRows::new(file, &layout, chosen_fields(source, fields, &columns)?))
            }
            None => {
                let mut places = columns.places.clone();
                if layout.fortran_order {
                    places.iter_mut().for_each(|place| *place = place_in_columns(*place, &sides));
                }
                Box::new(ArrayRows::new(file, layout, places))
            }
        };
        Ok((columns, rows))
    }
}

/// Columns, and their rows.
pub(super) type TableRows = (Columns, Box<dyn RowBlocks>);

/// Returns the number of rows of an array, the sides of a row, and the shape of the images if the rows are images.
fn arrange(shape: &[usize]) -> Result<(usize, Vec<usize>, Option<ImageShape>), String> {
    let image = |height, width, channels| {
        // a line of pixels is a row of numbers
        let is_image = height > 1 && width > 1;
        is_image.then(|| ImageShape { channels, ..ImageShape::grey(height, width, 0.0, 1.0) })
    };
    let (n_rows, sides) = match shape {
        [] => return Err("it holds a single value; a table has rows and columns".into()),
        [n_rows, sides @ ..] => (*n_rows, sides.to_vec()),
    };
    let image = match *sides.as_slice() {
        [] | [_] => None,
        [height, width] | [height, width, 1] | [1, height, width] => image(height, width, 1),
        [height, width, 3] => image(height, width, 3),
        _ => return Err(unknown_dimensions(shape)),
    };
    let sides = if sides.is_empty() { vec![1] } else { sides };
    Ok((n_rows, sides, image))
}

fn unknown_dimensions(shape: &[usize]) -> String {
    let remedy = match *shape {
        [_, 3, _, _] => "for images with colours last save a.transpose(0, 2, 3, 1)",
        [_, _, _, 4] => "for images without their transparency save a[..., :3]",
        _ => "for one row for each entry save a.reshape(len(a), -1)",
    };
    format!(
        "it has the shape {shape:?}, but a table is (rows, columns), and images are (images, height, width) or \
         (images, height, width, 3); {remedy}"
    )
}

/// Returns the place of a column in an array in column-major order, whose rows have these sides: its first index changes first.
fn place_in_columns(place: usize, sides: &[usize]) -> usize {
    let (mut place, mut found) = (place, 0);
    let mut unit: usize = sides.iter().product();
    for &side in sides.iter().rev() {
        unit /= side;
        found += place % side * unit;
        place /= side;
    }
    found
}

fn columns_of_records(source: &Source, fields: &[RecordField]) -> Result<Columns> {
    let names: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
    let index = index_columns(fields.iter().map(|field| (field.name.as_str(), field.is_whole)));
    let columns = Columns::choose_without_index(source, &names, &index)?;
    chosen_fields(source, fields, &columns)?;
    Ok(columns)
}

/// Returns the selected fields; an error if they are not numbers.
fn chosen_fields(
    source: &Source,
    fields: &[RecordField],
    columns: &Columns,
) -> Result<Vec<RecordField>> {
    let chosen: Vec<RecordField> =
        columns.places.iter().map(|&place| fields[place].clone()).collect();
    let others = chosen.iter().filter_map(|field| {
        let other = field.element.as_ref().err()?;
        Some((field.name.clone(), other.to_string()))
    });
    let others: Vec<_> = others.collect();
    if others.is_empty() { Ok(chosen) } else { Err(columns_of_other_kinds(&source.path, others)) }
}

/// Skips the header of an array.
pub(super) fn skip_header(
    source: &Source,
    content: &mut dyn io::Read,
    offset: usize,
) -> Result<()> {
    let skipped = io::copy(&mut io::Read::take(content, offset as u64), &mut io::sink());
    skipped.map(drop).map_err(|error| source.io(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_tables_or_images() {
        let arranged = |shape: &[usize]| {
            arrange(shape).map(|(n, sides, image)| {
                (n, sides.iter().product::<usize>(), image.map(|image| image.size()))
            })
        };
        assert_eq!(arranged(&[5]), Ok((5, 1, None)));
        assert_eq!(arranged(&[5, 2]), Ok((5, 2, None)));
        assert_eq!(arranged(&[5, 4, 6]), Ok((5, 24, Some("4 x 6".into()))));
        assert_eq!(arranged(&[5, 4, 6, 1]), Ok((5, 24, Some("4 x 6".into()))));
        assert_eq!(arranged(&[5, 1, 4, 6]), Ok((5, 24, Some("4 x 6".into()))));
        assert_eq!(arranged(&[5, 4, 6, 3]), Ok((5, 72, Some("4 x 6 x 3".into()))));
        assert_eq!(arranged(&[5, 1, 24]), Ok((5, 24, None)));
        assert_eq!(arranged(&[5, 24, 1]), Ok((5, 24, None)));
        for (shape, remedy) in [
            (&[5, 4, 6, 4][..], ":3]"),
            (&[5, 3, 4, 6], "transpose"),
            (&[5, 4, 6, 2], "reshape"),
            (&[5, 2, 2, 2, 2], "reshape"),
            (&[], "single value"),
        ] {
            assert!(arrange(shape).unwrap_err().contains(remedy), "{shape:?}");
        }
    }

    #[test]
    fn places_in_column_major_order_are_a_permutation() {
        // (row, column) of a 2 x 3 image: the first index changes first
        let places: Vec<usize> = (0..6).map(|place| place_in_columns(place, &[2, 3])).collect();
        assert_eq!(places, [0, 2, 4, 1, 3, 5]);
        let mut places: Vec<usize> =
            (0..24).map(|place| place_in_columns(place, &[2, 4, 3])).collect();
        places.sort_unstable();
        assert!(places.iter().copied().eq(0..24));
    }
}
