//! Numbers in a temporary file.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::input::Source;
use super::missing::none_missing;
use super::random_access::RandomAccess;
use crate::error::{Error, Result};
use crate::files::cache::cache_folder;
use crate::rows::{Block, RowBlocks};

/// Bytes that are copied at a time.
const CHUNK: usize = 1 << 20;

/// A temporary file that is being written. It has no name, or is removed by the system when it is closed, so that
/// nobody else sees it and it cannot be left behind.
pub(super) struct SpillFile {
    file: File,
    folder: PathBuf,
    length: u64,
}

impl SpillFile {
    pub(super) fn begin() -> Result<Self> {
        let named = std::env::var_os("TMPDIR").filter(|folder| !folder.is_empty());
        // not the system's folder of temporary files, which is often kept in memory
        let folder = named.as_ref().map(PathBuf::from).or_else(cache_folder);
        let folder = folder.unwrap_or_else(std::env::temp_dir);
        let at = |error: io::Error| {
            let problem =
                format!("{error} (numbers are copied there; TMPDIR names another folder)");
            Error::io(&folder, io::Error::new(error.kind(), problem))
        };
        if named.is_none() {
            fs::create_dir_all(&folder).map_err(at)?;
        }
        let file = tempfile::tempfile_in(&folder).map_err(at)?;
        Ok(Self { file, folder, length: 0 })
    }

    /// Adds numbers, as they are in memory.
    pub(super) fn add(&mut self, numbers: &[f64]) -> Result<()> {
        self.write(bytemuck::cast_slice(numbers))
    }

    /// Adds all bytes of an input.
    pub(super) fn all(&mut self, source: &Source, input: &mut impl Read) -> Result<()> {
        let mut bytes = vec![0; CHUNK];
        loop {
            match input.read(&mut bytes) {
                Ok(0) => return Ok(()),
                Ok(n) => self.write(&bytes[..n])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(source.io(error)),
            }
        }
    }

    /// Adds the rows that miss no value.
    pub(super) fn complete_rows(&mut self, rows: &dyn RowBlocks) -> Result<()> {
        let mut block = Block::default();
        let mut numbers = Vec::new();
        for index in 0..rows.n_blocks() {
            rows.read(index, &mut block)?;
            numbers.clear();
            let complete = |row: &&[f64]| none_missing(row);
            let by_row = block.row_major().chunks_exact(rows.n_features());
            by_row.filter(complete).for_each(|row| numbers.extend(row));
            self.add(&numbers)?;
        }
        Ok(())
    }

    /// The file and its length.
    pub(super) fn end(self) -> Result<(RandomAccess, u64)> {
        Ok((RandomAccess::new(self.file, &self.folder), self.length))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| no_room(&self.folder, error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

/// Says what to do about a disk that is full.
fn no_room(folder: &Path, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            let remedy = format!(
                "{error}; the numbers are copied there, 8 bytes each: let TMPDIR name a folder with more room, or \
                 give the table as .npy or Parquet, which are read where they are"
            );
            Error::io(folder, io::Error::new(error.kind(), remedy))
        }
        _ => Error::io(folder, error),
    }
}
