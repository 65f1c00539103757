//! `.npy` files: NumPy arrays of numbers or records, as tables or images.

mod by_row;
mod records;
mod table_array;
#[cfg(test)]
mod tests;
mod write;

use std::io::Read;

use self::by_row::ByRow;
use self::table_array::{TableArray, skip_header};
use self::write::ArrayWriter;
use super::file_format::{Format, Output, Target};
use crate::arrays::Layout;
use crate::error::{Error, Result};
use crate::table::cells::BlockWriter;
use crate::table::input::Input;
use crate::table::numbers::{InOrder, NumberStream};
use crate::table::options::Source;
use crate::table::random_access::RandomAccess;
use crate::table::size::TableSize;
use crate::table::spill::{OpenedRows, SpillFile};
use crate::table::stream::RowStream;

/// Maximum number of columns of an array that is read row by row from an input of unknown length, whose header cannot be
/// verified.
const MOST_COLUMNS: usize = 1 << 20;

/// NumPy arrays.
pub(super) struct Npy;

impl Format for Npy {
    fn extensions(&self) -> &'static [&'static str] {
        &["npy"]
    }

    fn begins(&self, magic: &[u8]) -> bool {
        magic.starts_with(b"\x93NUMPY")
    }

    fn size(
        &self,
        source: &Source,
        mut input: Input<'_>,
        length: u64,
    ) -> Result<Option<TableSize>> {
        let is_known = input.is_file();
        let problem = |problem| source.array_format(problem);
        array_size(source, &mut input.stream(), (length, is_known), &problem).map(Some)
    }

    fn open<'a>(&self, source: &Source, input: Input<'a>) -> Result<Box<dyn RowStream + 'a>> {
        open_array(source, input, &|problem| source.array_format(problem))
    }

    fn open_rows(&self, source: &Source, input: Input<'_>) -> Result<OpenedRows> {
        if let (true, Some(length)) = (input.is_file(), input.length) {
            return open_in_place(source, input.into_random_access(source)?, length);
        }
        // the bytes are copied unchanged, since elements may be small and in column-major order
        let mut file = SpillFile::create()?;
        file.copy_from(source, &mut input.into_stream())?;
        let (file, length) = file.into_file();
        let opened = open_in_place(source, file, length)?;
        Ok(OpenedRows { copied: Some(length), ..opened })
    }

    fn writer<'a>(
        &self,
        out: &'a mut dyn Output,
        target: &Target<'_>,
    ) -> Result<Box<dyn BlockWriter + 'a>> {
        target.refuse_text(
            "one of a format that holds text, such as .csv; .npy holds only numbers",
        )?;
        let writer = ArrayWriter::begin(out, target.columns, target.n_rows);
        Ok(Box::new(writer.map_err(|error| Error::io(target.path, error))?))
    }
}

/// Returns the size of the array that begins with `content`; `is_known` is whether its length is exact. `error` makes an error
/// of a problem with it.
pub(super) fn array_size(
    source: &Source,
    content: &mut impl Read,
    (length, is_known): (u64, bool),
    error: &dyn Fn(String) -> Error,
) -> Result<TableSize> {
    let (layout, _) = Layout::read(content).map_err(error)?;
    if is_known {
        layout.check_length(length).map_err(error)?;
    } else if n_columns_of(&layout) > MOST_COLUMNS {
        return Err(error("its rows are too long to be read from compressed data".into()));
    }
    let row_bytes = (layout.element.size as u64).saturating_mul(n_columns_of(&layout) as u64);
    let TableArray { layout, columns, .. } = TableArray::of(source, layout)?;
    // for compressed data the length is approximate, so the claim of the header cannot be verified
    let most = length / row_bytes.max(1);
    Ok(TableSize::of(most.min(layout.shape[0] as u64), columns.places.len(), is_known))
}

/// Returns the number of columns of an array that has not been verified.
fn n_columns_of(layout: &Layout) -> usize {
    let sides = layout.shape.iter().skip(1);
    sides.fold(1_usize, |n, &side| n.saturating_mul(side))
}

/// Opens an array as a stream of rows; `error` makes an error of a problem with it.
pub(super) fn open_array<'a>(
    source: &Source,
    mut input: Input<'a>,
    error: &dyn Fn(String) -> Error,
) -> Result<Box<dyn RowStream + 'a>> {
    let (length, observer, is_file) = (input.length, input.observer, input.is_file());
    let (layout, begin) = Layout::read(&mut input.stream()).map_err(error)?;
    let input = input.put_back(begin);
    let is_by_row = !layout.fortran_order && layout.records.is_none();
    if length.is_none() && (n_columns_of(&layout) > MOST_COLUMNS || !is_by_row) {
        // the header must be verified before memory is allocated
        let input = Input::memory(input.into_bytes(source)?);
        return open_array(source, input, error);
    }
    if let Some(length) = length {
        layout.check_length(length).map_err(error)?;
    }
    let array = TableArray::of(source, layout)?;
    let known = length.map(|_| array.layout.shape[0]);
    if !array.is_by_row() {
        let (columns, rows) = array.into_rows(source, input.into_random_access(source)?)?;
        let rows = Box::new(InOrder::new(rows));
        let stream = NumberStream::new(source, columns, rows, known);
        return Ok(Box::new(stream.observed(observer.filter(|_| is_file), length)));
    }
    let TableArray { layout, columns, .. } = array;
    let mut content = input.into_stream();
    skip_header(source, &mut content, layout.offset)?;
    let rows = ByRow::new(source, content, layout, columns.places.clone());
    Ok(Box::new(NumberStream::new(source, columns, Box::new(rows), known)))
}

/// Opens an array in a file of `length` bytes, for random access.
pub(super) fn open_in_place(
    source: &Source,
    file: RandomAccess,
    length: u64,
) -> Result<OpenedRows> {
    let problem = |problem| source.array_format(problem);
    let (layout, _) = Layout::read(&mut file.start()).map_err(problem)?;
    layout.check_length(length).map_err(problem)?;
    let (columns, rows) = TableArray::of(source, layout)?.into_rows(source, file)?;
    Ok(OpenedRows::new(columns, rows))
}
