//! `.npy` files: NumPy's arrays of one or two dimensions.

mod by_row;
mod write;

use std::io::{self, Read};

use self::by_row::ByRow;
use self::write::ArrayWriter;
use super::{Beginning, Format, Output, Target};
use crate::arrays::Layout;
use crate::error::{Error, Result};
use crate::table::TableReader;
use crate::table::array_rows::{ArrayRows, ByColumn};
use crate::table::input::{Input, Source};
use crate::table::numbers::{NumberStream, choose_columns};
use crate::table::random_access::RandomAccess;
use crate::table::size::TableSize;
use crate::table::spill::SpillFile;
use crate::table::stream::RowStream;
use crate::table::streamed::OpenedRows;
use crate::table::writer::{BlockWriter, ColumnKind};

/// Most columns of an array whose length is not known that is read row by row; there, nothing that its header claims is
/// certain.
const MOST_COLUMNS: usize = 1 << 20;

/// NumPy's arrays.
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
        _: &TableReader<'_>,
        _: &Source,
        begin: &Beginning<'_>,
    ) -> Result<Option<TableSize>> {
        let layout = Layout::read(&mut &*begin.bytes).ok();
        let layout = layout.filter(|(layout, _)| layout.check_length(begin.length).is_ok());
        let bytes = match &layout {
            Some((layout, _)) => {
                layout.shape.iter().fold(8, |bytes: u64, &side| bytes.saturating_mul(side as u64))
            }
            // what is packed has the length of its numbers, or thereabouts
            None => begin.length,
        };
        // a list that grows, since its length is not known, is copied to one of twice its length
        let peak = if begin.is_packed { bytes.saturating_mul(3) } else { bytes };
        Ok(Some(TableSize { bytes, peak }))
    }

    fn open<'a>(
        &self,
        reader: &TableReader<'_>,
        source: &Source,
        input: Input<'a>,
    ) -> Result<Box<dyn RowStream + 'a>> {
        let problem = |problem: String| source.array_format(problem);
        open_array(reader, source, input, &problem)
    }

    fn open_rows(
        &self,
        reader: &TableReader<'_>,
        source: &Source,
        input: Input<'_>,
    ) -> Result<OpenedRows> {
        if let (true, Some(length)) = (input.is_file(), input.length) {
            let file = input.into_random_access(source)?;
            let (names, places, rows) = open_in_place(reader, source, file, length)?;
            return Ok(OpenedRows { names, places, rows, n_dropped: 0, copied: None });
        }
        // as it is: its numbers may be small, and its columns one after the other
        let mut file = SpillFile::begin()?;
        file.all(source, &mut input.into_stream())?;
        let (file, length) = file.end()?;
        let (names, places, rows) = open_in_place(reader, source, file, length)?;
        Ok(OpenedRows { names, places, rows, n_dropped: 0, copied: Some(length) })
    }

    fn writer<'a>(
        &self,
        out: &'a mut dyn Output,
        target: &Target<'_>,
        columns: &[(String, ColumnKind)],
        n_rows: Option<usize>,
    ) -> Result<Box<dyn BlockWriter + 'a>> {
        if columns.iter().any(|&(_, kind)| kind == ColumnKind::Text) {
            let expected =
                "one of a format that holds text, such as .csv; .npy holds numbers alone";
            return Err(Error::param("the file to write", target.path.display(), expected));
        }
        let writer = ArrayWriter::begin(out, columns, n_rows);
        Ok(Box::new(writer.map_err(|error| Error::io(target.path, error))?))
    }
}

/// Opens an array as a stream of rows; `error` says that something is wrong with it.
pub(super) fn open_array<'a>(
    reader: &TableReader<'_>,
    source: &Source,
    mut input: Input<'a>,
    error: &dyn Fn(String) -> Error,
) -> Result<Box<dyn RowStream + 'a>> {
    let (length, observer, is_file) = (input.length, input.observer, input.is_file());
    let (layout, begin) = Layout::read(&mut input.stream()).map_err(error)?;
    let input = input.put_back(begin);
    let is_wide = layout.shape.get(1).is_some_and(|&side| side > MOST_COLUMNS);
    if length.is_none() && (is_wide || layout.fortran_order) {
        // what its header claims has to be certain before memory is set aside for it
        let input = Input::memory(input.into_bytes(source)?);
        return open_array(reader, source, input, error);
    }
    if let Some(length) = length {
        layout.check_length(length).map_err(error)?;
    }
    let layout = table_layout(source, layout)?;
    let columns = choose_columns(reader, source, &[], layout.shape[1])?;
    let (known, chosen) = (length.map(|_| layout.shape[0]), columns.places.clone());
    if layout.fortran_order {
        let array = ArrayRows::new(input.into_random_access(source)?, layout, chosen);
        let rows = Box::new(ByColumn::new(array));
        let stream = NumberStream::new(reader, source, columns, rows, known);
        return Ok(Box::new(stream.observed(observer.filter(|_| is_file), length)));
    }
    let mut content = input.into_stream();
    let skipped = io::copy(&mut content.by_ref().take(layout.offset as u64), &mut io::sink());
    skipped.map_err(|error| source.io(error))?;
    let rows = ByRow::new(source, content, layout, chosen);
    Ok(Box::new(NumberStream::new(reader, source, columns, Box::new(rows), known)))
}

/// Opens an array of two dimensions, or of one, in a file of `length` bytes: the names and places of its chosen columns,
/// and its rows.
fn open_in_place(
    reader: &TableReader<'_>,
    source: &Source,
    file: RandomAccess,
    length: u64,
) -> Result<(Vec<String>, Vec<usize>, Box<ArrayRows>)> {
    let (layout, _) =
        Layout::read(&mut file.start()).map_err(|problem| source.array_format(problem))?;
    layout.check_length(length).map_err(|problem| source.array_format(problem))?;
    let layout = table_layout(source, layout)?;
    let columns = choose_columns(reader, source, &[], layout.shape[1])?;
    let rows = Box::new(ArrayRows::new(file, layout, columns.places.clone()));
    Ok((columns.names, columns.places, rows))
}

/// The layout of an array as a table: one dimension is a column.
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
