//! `.npz` archives: a bounded reader, and a writer on top of `ndarray-npy`.

use std::io::{Cursor, Read, Seek, Write};
use std::path::{Path, PathBuf};

use ndarray::{Array1, ArrayBase, ArrayD, Data, Dimension};
use ndarray_npy::NpzWriter;
use zip::ZipArchive;
use zip::result::ZipError;

use super::{npy, one_line};
use crate::compute::memory::MemoryBudget;
use crate::error::{Error, Result};
use crate::files::atomic::write_file;

/// An open `.npz` archive.
pub(crate) struct Archive<R = Cursor<Vec<u8>>> {
    path: PathBuf,
    zip: ZipArchive<R>,
    budget: MemoryBudget,
}

impl Archive {
    /// Opens an archive in memory; `path` is the file that errors name.
    ///
    /// # Errors
    /// [`Error::ArrayFormat`].
    pub(crate) fn new(path: &Path, bytes: Vec<u8>) -> Result<Self> {
        Self::open(path, Cursor::new(bytes))
    }
}

impl<R: Read + Seek> Archive<R> {
    /// Opens an archive; `path` is the file that errors name.
    ///
    /// # Errors
    /// [`Error::ArrayFormat`].
    pub(crate) fn open(path: &Path, input: R) -> Result<Self> {
        let zip = ZipArchive::new(input).map_err(|error| {
            let problem = format!(
                "it is damaged or incomplete ({}); copy or write it again",
                one_line(&error)
            );
            Error::ArrayFormat { path: path.into(), problem }
        })?;
        Ok(Self { path: path.into(), zip, budget: MemoryBudget::default() })
    }

    /// Sets the memory budget for reading an array.
    pub(crate) fn memory_budget(mut self, budget: MemoryBudget) -> Self {
        self.budget = budget;
        self
    }

    /// Returns the names of the arrays, without `.npy`.
    pub(crate) fn names(&self) -> Vec<String> {
        let bare = |name: &str| name.strip_suffix(".npy").unwrap_or(name).to_owned();
        self.zip.file_names().map(bare).collect()
    }

    /// Reads an array of numbers of any type.
    ///
    /// # Errors
    /// [`Error::ArrayFormat`] if there is no such array, or its elements are not numbers.
    pub(crate) fn get(&mut self, name: &str) -> Result<ArrayD<f64>> {
        let array = self.bytes(name).and_then(|bytes| npy::read(&bytes));
        array.map_err(|problem| self.error(format!("array {name:?}: {problem}")))
    }

    /// Reads the content of an array's file.
    ///
    /// # Errors
    /// A description of the problem.
    pub(crate) fn bytes(&mut self, name: &str) -> std::result::Result<Vec<u8>, String> {
        let budget = self.budget;
        let (mut file, size) = self.content(name)?;
        // no more than the archive claims, and no more than fits in memory
        budget.check("it", size).map_err(|error| one_line(&error))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| one_line(&error))?;
        Ok(bytes)
    }

    /// Returns a reader of the content of an array's file, and the length that the archive claims.
    ///
    /// # Errors
    /// A description of the problem.
    pub(crate) fn content(
        &mut self,
        name: &str,
    ) -> std::result::Result<(impl Read + '_, u64), String> {
        let file = self.zip.by_name(&format!("{name}.npy")).map_err(|error| match error {
            ZipError::FileNotFound => "it is missing".to_owned(),
            other => one_line(&other),
        })?;
        let size = file.size();
        Ok((file.take(size), size))
    }

    /// Reads a single text, as NumPy saves a string.
    ///
    /// # Errors
    /// [`Error::ArrayFormat`].
    pub(crate) fn word(&mut self, name: &str) -> Result<String> {
        let word = self.bytes(name).and_then(|bytes| npy::read_word(&bytes));
        word.map_err(|problem| self.error(format!("array {name:?}: {problem}")))
    }

    /// Reads the text that is stored as bytes under a name, if it exists.
    ///
    /// # Errors
    /// [`Error::ArrayFormat`] if it is not UTF-8.
    pub(crate) fn find_text(&mut self, name: &str) -> Result<Option<String>> {
        if !self.names().iter().any(|known| known == name) {
            return Ok(None);
        }
        let bytes = self.get(name)?;
        let bytes = bytes.iter().map(|&byte| byte as u8).collect();
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(self.error(format!("array {name:?} is not text"))),
        }
    }

    fn error(&self, problem: String) -> Error {
        Error::ArrayFormat { path: self.path.clone(), problem }
    }
}

/// Writes a `.npz` archive; `fill` adds its arrays.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn write_archive(
    path: &Path,
    fill: impl FnOnce(&mut ArchiveWriter) -> std::io::Result<()>,
) -> Result<()> {
    write_file(path, |file| {
        let mut archive = ArchiveWriter(NpzWriter::new(Cursor::new(Vec::new())));
        fill(&mut archive)?;
        let bytes = archive.0.finish().map_err(std::io::Error::other)?;
        file.write_all(&bytes.into_inner())
    })
}

/// Writes the arrays of an archive.
pub(crate) struct ArchiveWriter(NpzWriter<Cursor<Vec<u8>>>);

impl ArchiveWriter {
    /// Adds an array of `f64`.
    ///
    /// # Errors
    /// [`std::io::Error`] from writing.
    pub(crate) fn array<S: Data<Elem = f64>, D: Dimension>(
        &mut self,
        name: &str,
        array: &ArrayBase<S, D>,
    ) -> std::io::Result<()> {
        self.0.add_array(name, array).map_err(std::io::Error::other)
    }

    /// Adds an array of integers.
    ///
    /// # Errors
    /// [`std::io::Error`] from writing.
    pub(crate) fn integers(&mut self, name: &str, values: &[i64]) -> std::io::Result<()> {
        let values = Array1::from(values.to_vec());
        self.0.add_array(name, &values).map_err(std::io::Error::other)
    }

    /// Adds a text as bytes.
    ///
    /// # Errors
    /// [`std::io::Error`] from writing.
    pub(crate) fn text(&mut self, name: &str, text: &str) -> std::io::Result<()> {
        let bytes = Array1::from(text.as_bytes().to_vec());
        self.0.add_array(name, &bytes).map_err(std::io::Error::other)
    }
}
