//! Tables whose rows stay in their file.
//!
//! | file | rows are read |
//! | --- | --- |
//! | `.npy` | where they are, at any place (`array`) |
//! | Parquet | where they are, pages of columns one after the other (`parquet`) |
//! | text, compressed files, pipes | from a copy of the numbers in a temporary file (`copy`) |
//!
//! A first pass looks at all numbers (`survey`): that none is missing or infinite, and what their ranges are.

mod array;
mod copy;
mod file;
#[cfg(feature = "parquet")]
mod parquet;
mod survey;

use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use self::array::ArrayFile;
use self::copy::Copy;
use self::survey::Survey;
use super::reader::{Format, GZIP, Source, TableReader};
use super::{column_names, text};
use crate::arrays::Layout;
use crate::error::{Error, Result};
use crate::rows::schema::Feature;
use crate::rows::{Block, RowBlocks, ToRows};

/// A table whose rows stay in its file; [`TableReader::open`] opens one. It can be fitted to like an array.
pub struct StreamedTable {
    path: PathBuf,
    features: Vec<Feature>,
    rows: Box<dyn RowBlocks + Send>,
    n_dropped: usize,
    copied: Option<u64>,
}

impl StreamedTable {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of rows.
    pub fn n_samples(&self) -> usize {
        self.rows.n_samples()
    }

    /// Names of the columns, and what they hold.
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// Rows that were left out since a value is missing.
    pub fn n_dropped(&self) -> usize {
        self.n_dropped
    }

    /// Bytes of the temporary file that the numbers were copied to; none if they are read where they are.
    pub fn n_copied(&self) -> Option<u64> {
        self.copied
    }
}

impl std::fmt::Debug for StreamedTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamedTable")
            .field("path", &self.path)
            .field("shape", &(self.n_samples(), self.features.len()))
            .finish_non_exhaustive()
    }
}

impl ToRows for StreamedTable {
    fn to_rows(&self) -> Result<Box<dyn RowBlocks + '_>> {
        Ok(Box::new(&*self.rows))
    }
}

/// Rows in a file, with the names of their columns.
struct Opened {
    names: Vec<String>,
    /// Place of each column in the file, for messages.
    places: Vec<usize>,
    rows: Box<dyn RowBlocks + Send>,
    n_dropped: usize,
    copied: Option<u64>,
}

/// Opens what `source` names: a file of `length` bytes, or what is not known to end.
pub(super) fn open(
    reader: &TableReader<'_>,
    source: &Source<'_>,
    input: impl Read,
    length: Option<u64>,
) -> Result<StreamedTable> {
    let (magic, input) = source.begin(input)?;
    match (magic.starts_with(&GZIP), length) {
        (true, _) => {
            let (magic, input) = source.begin(MultiGzDecoder::new(input))?;
            open_copied(reader, source, &magic, input)
        }
        (false, None) => open_copied(reader, source, &magic, input),
        (false, Some(length)) => match Format::of(&magic, source.path) {
            Format::Npy => {
                let file = file::SharedFile::open(source.path)?;
                open_array(reader, source, file, length, None)
            }
            Format::Parquet => open_parquet(reader, source),
            _ => open_copied(reader, source, &magic, input),
        },
    }
    .and_then(|opened| survey(reader, source, opened))
}

/// Opens what has to be copied first.
fn open_copied(
    reader: &TableReader<'_>,
    source: &Source<'_>,
    magic: &[u8],
    mut input: impl Read,
) -> Result<Opened> {
    match Format::of(magic, source.path) {
        Format::Npy => {
            let mut copy = Copy::begin()?;
            copy.all(source, &mut input)?;
            let (file, length) = copy.end()?;
            open_array(reader, source, file, length, Some(length))
        }
        Format::Npz => Err(source.array_format(
            "an archive cannot be read in parts; unpack it, and read its .npy file".into(),
        )),
        Format::Parquet => Err(source.array_format(
            "a Parquet file that is compressed as a whole, or comes from a pipe, cannot be read in parts; \
             unpack it to a file"
                .into(),
        )),
        Format::Text(usually) => {
            let mut copy = Copy::begin()?;
            let mut n_dropped = 0;
            let table = text::read(reader, source, input, usually, &mut |part| {
                copy.add(&part.numbers)?;
                part.numbers.clear();
                n_dropped += part.dropped.len();
                part.dropped.clear();
                Ok(())
            })?;
            let (file, length) = copy.end()?;
            let (names, places) = table.chosen();
            let n_rows = (length / 8) as usize / names.len();
            if n_rows == 0 {
                return Err(source.no_rows(n_dropped));
            }
            let layout = Layout::of_rows([n_rows, names.len()]);
            let chosen = (0..names.len()).collect();
            let rows = Box::new(ArrayFile::new(file, layout, chosen));
            Ok(Opened { names, places, rows, n_dropped, copied: Some(length) })
        }
    }
}

/// Opens an array of two dimensions, or of one, in a file of `length` bytes.
fn open_array(
    reader: &TableReader<'_>,
    source: &Source<'_>,
    file: file::SharedFile,
    length: u64,
    copied: Option<u64>,
) -> Result<Opened> {
    let layout = Layout::read(&mut file.start(), length);
    let (mut layout, _) = layout.map_err(|problem| source.array_format(problem))?;
    match layout.shape.len() {
        1 => layout.shape.push(1),
        2 => {}
        n_dimensions => return Err(source.no_table(n_dimensions)),
    }
    if layout.shape.contains(&0) {
        return Err(Error::EmptyTable { path: source.path.into() });
    }
    let names = column_names(&[], layout.shape[1]);
    let places = reader.choice.resolve(source.path, &names, false)?;
    let names = places.iter().map(|&column| names[column].clone()).collect();
    let rows = Box::new(ArrayFile::new(file, layout, places.clone()));
    Ok(Opened { names, places, rows, n_dropped: 0, copied })
}

#[cfg(feature = "parquet")]
fn open_parquet(reader: &TableReader<'_>, source: &Source<'_>) -> Result<Opened> {
    let (file, names, places) = parquet::ParquetRows::open(reader, source)?;
    Ok(Opened { names, places, rows: Box::new(file), n_dropped: 0, copied: None })
}

#[cfg(not(feature = "parquet"))]
fn open_parquet(_: &TableReader<'_>, source: &Source<'_>) -> Result<Opened> {
    Err(super::reader::no_parquet(source))
}

/// Looks at all numbers; rows in which some are missing are left out, if that is wanted, by copying the others.
fn survey(
    reader: &TableReader<'_>,
    source: &Source<'_>,
    mut opened: Opened,
) -> Result<StreamedTable> {
    let mut survey = Survey::of(&*opened.rows)?;
    if survey.n_with_gaps > 0 && reader.drop_missing {
        let n_rows = opened.rows.n_samples();
        let mut copy = Copy::begin()?;
        copy.complete_rows(&*opened.rows)?;
        let (file, length) = copy.end()?;
        if length == 0 {
            return Err(source.no_rows(n_rows));
        }
        let n_columns = opened.names.len();
        let layout = Layout::of_rows([(length / 8) as usize / n_columns, n_columns]);
        let rows = ArrayFile::new(file, layout, (0..n_columns).collect());
        opened.n_dropped = n_rows - rows.n_samples();
        opened.copied = Some(length);
        opened.rows = Box::new(rows);
        survey = Survey::of(&*opened.rows)?;
    }
    survey.check(source.path, &opened.names, &opened.places, opened.rows.n_samples())?;
    Ok(StreamedTable {
        path: source.path.into(),
        features: survey.features(&opened.names),
        rows: opened.rows,
        n_dropped: opened.n_dropped,
        copied: opened.copied,
    })
}

impl RowBlocks for &(dyn RowBlocks + Send) {
    fn n_samples(&self) -> usize {
        (**self).n_samples()
    }

    fn n_features(&self) -> usize {
        (**self).n_features()
    }

    fn read_rows(&self, rows: Range<usize>, block: &mut Block) -> Result<()> {
        (**self).read_rows(rows, block)
    }

    fn most_readers(&self) -> usize {
        (**self).most_readers()
    }
}
