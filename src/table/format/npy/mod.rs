//! `.npy` files: NumPy arrays of one or two dimensions.

mod by_row;
mod write;

use std::io::{self, Read};

use self::by_row::ByRow;
use self::write::ArrayWriter;
use super::file_format::{Format, Output, Target};
use crate::arrays::Layout;
use crate::error::{Error, Result};
use crate::table::array_rows::ArrayRows;
use crate::table::cells::BlockWriter;
use crate::table::input::Input;
use crate::table::numbers::{InOrder, NumberStream, choose_columns};
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
        let problem = |problem| source.array_format(problem);
        let (layout, _) = Layout::read(&mut input.stream()).map_err(problem)?;
        let is_known = input.is_file();
        if is_known {
            layout.check_length(length).map_err(problem)?;
        }
        let layout = table_layout(source, layout)?;
        let [n_rows, n_columns] = [layout.shape[0] as u64, layout.shape[1] as u64];
        // for compressed data the length is approximate, so the claim of the header cannot be verified
        let most = length / (layout.element.size as u64).saturating_mul(n_columns);
        let n_chosen = choose_columns(source, &[], layout.shape[1])?.places.len();
        Ok(Some(TableSize::of(n_rows.min(most), n_chosen, is_known)))
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

/// Opens an array as a stream of rows; `error` makes an error of a problem with it.
pub(super) fn open_array<'a>(
    source: &Source,
    mut input: Input<'a>,
    error: &dyn Fn(String) -> Error,
) -> Result<Box<dyn RowStream + 'a>> {
    let (length, observer, is_file) = (input.length, input.observer, input.is_file());
    let (layout, begin) = Layout::read(&mut input.stream()).map_err(error)?;
    let input = input.put_back(begin);
    let is_wide = layout.shape.get(1).is_some_and(|&side| side > MOST_COLUMNS);
    if length.is_none() && (is_wide || layout.fortran_order) {
        // the header must be verified before memory is allocated
        let input = Input::memory(input.into_bytes(source)?);
        return open_array(source, input, error);
    }
    if let Some(length) = length {
        layout.check_length(length).map_err(error)?;
    }
    let layout = table_layout(source, layout)?;
    let columns = choose_columns(source, &[], layout.shape[1])?;
    let (known, chosen) = (length.map(|_| layout.shape[0]), columns.places.clone());
    if layout.fortran_order {
        let array = ArrayRows::new(input.into_random_access(source)?, layout, chosen);
        let rows = Box::new(InOrder::new(array));
        let stream = NumberStream::new(source, columns, rows, known);
        return Ok(Box::new(stream.observed(observer.filter(|_| is_file), length)));
    }
    let mut content = input.into_stream();
    let skipped = io::copy(&mut content.by_ref().take(layout.offset as u64), &mut io::sink());
    skipped.map_err(|error| source.io(error))?;
    let rows = ByRow::new(source, content, layout, chosen);
    Ok(Box::new(NumberStream::new(source, columns, Box::new(rows), known)))
}

/// Opens an array of one or two dimensions in a file of `length` bytes, for random access.
fn open_in_place(source: &Source, file: RandomAccess, length: u64) -> Result<OpenedRows> {
    let problem = |problem| source.array_format(problem);
    let (layout, _) = Layout::read(&mut file.start()).map_err(problem)?;
    layout.check_length(length).map_err(problem)?;
    let layout = table_layout(source, layout)?;
    let columns = choose_columns(source, &[], layout.shape[1])?;
    let rows = Box::new(ArrayRows::new(file, layout, columns.places.clone()));
    Ok(OpenedRows::new(columns, rows))
}

/// Returns the layout of an array as a table: a one-dimensional array is a column.
fn table_layout(source: &Source, mut layout: Layout) -> Result<Layout> {
    match layout.shape.len() {
        1 => layout.shape.push(1),
        2 => {}
        n_dimensions => {
            let problem = format!("it has {n_dimensions} dimensions; a table has rows and columns");
            return Err(source.array_format(problem));
        }
    }
    if layout.shape.contains(&0) {
        return Err(Error::EmptyTable { path: source.path.clone() });
    }
    // a row or a column is the same in both orders
    layout.fortran_order &= !layout.shape.contains(&1);
    Ok(layout)
}
