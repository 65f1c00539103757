//! NumPy's array files: `.npy`, and `.npz` archives of them.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

use ndarray::{Array1, ArrayBase, ArrayD, Data, Dimension};
use ndarray_npy::{NpzWriter, ReadNpyError, ReadNpyExt, WriteNpyExt};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::atomic::write_file;
use crate::error::{Error, Result};
use crate::memory;

/// Reads an array of a given element type with `$read::<type>` and converts it.
macro_rules! read_as {
    ($element:expr, $T:ident => $read:expr) => {
        match $element {
            Element::F64 => {
                type $T = f64;
                $read
            }
            Element::F32 => {
                type $T = f32;
                $read.map(|a| a.mapv(f64::from))
            }
            Element::I64 => {
                type $T = i64;
                $read.map(|a| a.mapv(|v| v as f64))
            }
            Element::I32 => {
                type $T = i32;
                $read.map(|a| a.mapv(f64::from))
            }
            Element::I16 => {
                type $T = i16;
                $read.map(|a| a.mapv(f64::from))
            }
            Element::I8 => {
                type $T = i8;
                $read.map(|a| a.mapv(f64::from))
            }
            Element::U64 => {
                type $T = u64;
                $read.map(|a| a.mapv(|v| v as f64))
            }
            Element::U32 => {
                type $T = u32;
                $read.map(|a| a.mapv(f64::from))
            }
            Element::U16 => {
                type $T = u16;
                $read.map(|a| a.mapv(f64::from))
            }
            Element::U8 => {
                type $T = u8;
                $read.map(|a| a.mapv(f64::from))
            }
        }
    };
}

/// Reads the bytes of a `.npy` file, of any element type in [`Element`], as `f64`.
fn read_bytes(bytes: &[u8]) -> std::result::Result<ArrayD<f64>, String> {
    check_claim(bytes)?;
    let read = |element| -> std::result::Result<ArrayD<f64>, ReadNpyError> {
        read_as!(element, T => ArrayD::<T>::read_npy(Cursor::new(bytes)))
    };
    let mut result = read(Element::F64);
    for element in Element::OTHERS {
        match result {
            Err(ReadNpyError::WrongDescriptor(_)) => result = read(element),
            _ => break,
        }
    }
    result.map_err(|error| match error {
        ReadNpyError::WrongDescriptor(descriptor) => format!(
            "its element type is {descriptor}; mixlab reads floats of 32 and 64 bits and integers \
             (texts as their bytes: numpy.frombuffer(b\"full\", numpy.uint8))"
        ),
        other => one_line(&other),
    })
}

/// Refuses a header that claims more elements than there are bytes, before memory is set aside for them.
fn check_claim(bytes: &[u8]) -> std::result::Result<(), String> {
    let header = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let Some((_, rest)) = header.split_once("'shape':") else {
        return Ok(()); // no header that the reader will accept
    };
    let shape = rest.split(['(', ')']).nth(1).unwrap_or("");
    let sides = shape.split(',').filter_map(|side| side.trim().parse::<usize>().ok());
    let claimed = sides.fold(1_usize, usize::saturating_mul);
    match claimed > bytes.len() {
        true => Err(format!("it claims {claimed} elements and has {} bytes", bytes.len())),
        false => Ok(()),
    }
}

/// The element types that can be read.
#[derive(Clone, Copy)]
enum Element {
    F64,
    F32,
    I64,
    I32,
    I16,
    I8,
    U64,
    U32,
    U16,
    U8,
}

impl Element {
    const OTHERS: [Self; 9] = [
        Self::F32,
        Self::I64,
        Self::I32,
        Self::I16,
        Self::I8,
        Self::U64,
        Self::U32,
        Self::U16,
        Self::U8,
    ];
}

/// Reads a `.npy` file of numbers.
///
/// # Errors
/// [`Error::Io`] and [`Error::ArrayFormat`].
pub(crate) fn read_npy(path: &Path) -> Result<ArrayD<f64>> {
    let bytes = fs::read(path).map_err(|source| Error::io(path, source))?;
    read_bytes(&bytes).map_err(|problem| Error::ArrayFormat { path: path.into(), problem })
}

/// Writes an array of `f64` as `.npy`.
///
/// # Errors
/// [`Error::Io`].
pub(crate) fn write_npy<S: Data<Elem = f64>, D: Dimension>(
    path: &Path,
    array: &ArrayBase<S, D>,
) -> Result<()> {
    write_file(path, |file| array.write_npy(file).map_err(std::io::Error::other))
}

/// An open `.npz` archive.
pub(crate) struct Archive {
    path: PathBuf,
    zip: ZipArchive<Cursor<Vec<u8>>>,
}

impl Archive {
    /// Opens an archive.
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::ArrayFormat`].
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).map_err(|source| Error::io(path, source))?;
        let zip = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| Error::ArrayFormat { path: path.into(), problem: one_line(&error) })?;
        Ok(Self { path: path.into(), zip })
    }

    /// Names of the arrays, without `.npy`.
    pub(crate) fn names(&self) -> Vec<String> {
        let bare = |name: &str| name.strip_suffix(".npy").unwrap_or(name).to_owned();
        self.zip.file_names().map(bare).collect()
    }

    /// An array of numbers of any type.
    ///
    /// # Errors
    /// [`Error::ArrayFormat`] if there is no such array, or it is not of numbers.
    pub(crate) fn get(&mut self, name: &str) -> Result<ArrayD<f64>> {
        let array = self.bytes(name).and_then(|bytes| read_bytes(&bytes));
        array.map_err(|problem| self.error(format!("array {name:?}: {problem}")))
    }

    fn bytes(&mut self, name: &str) -> std::result::Result<Vec<u8>, String> {
        let file = self.zip.by_name(&format!("{name}.npy")).map_err(|error| match error {
            ZipError::FileNotFound => "it is missing".to_owned(),
            other => one_line(&other),
        })?;
        // no more than the archive says it holds, and no more than fits
        let size = file.size();
        memory::check("it", size).map_err(|error| one_line(&error))?;
        let mut bytes = Vec::new();
        file.take(size).read_to_end(&mut bytes).map_err(|error| one_line(&error))?;
        Ok(bytes)
    }

    /// An array of numbers, if there is one of that name.
    ///
    /// # Errors
    /// [`Error::ArrayFormat`] if it cannot be read.
    pub(crate) fn find(&mut self, name: &str) -> Result<Option<ArrayD<f64>>> {
        match self.names().iter().any(|known| known == name) {
            true => self.get(name).map(Some),
            false => Ok(None),
        }
    }

    /// A text that is stored as bytes, if there is one of that name.
    ///
    /// # Errors
    /// [`Error::ArrayFormat`] if it is not UTF-8.
    pub(crate) fn find_text(&mut self, name: &str) -> Result<Option<String>> {
        let Some(bytes) = self.find(name)? else {
            return Ok(None);
        };
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

/// Writes a `.npz` archive: `fill` adds its arrays.
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

/// An archive that is being written.
pub(crate) struct ArchiveWriter(NpzWriter<Cursor<Vec<u8>>>);

impl ArchiveWriter {
    /// Adds an array of `f64`.
    ///
    /// # Errors
    /// What writing raises.
    pub(crate) fn array<S: Data<Elem = f64>, D: Dimension>(
        &mut self,
        name: &str,
        array: &ArrayBase<S, D>,
    ) -> std::io::Result<()> {
        self.0.add_array(name, array).map_err(std::io::Error::other)
    }

    /// Adds whole numbers.
    ///
    /// # Errors
    /// What writing raises.
    pub(crate) fn integers(&mut self, name: &str, values: &[i64]) -> std::io::Result<()> {
        let values = Array1::from(values.to_vec());
        self.0.add_array(name, &values).map_err(std::io::Error::other)
    }

    /// Adds a text as bytes.
    ///
    /// # Errors
    /// What writing raises.
    pub(crate) fn text(&mut self, name: &str, text: &str) -> std::io::Result<()> {
        let bytes = Array1::from(text.as_bytes().to_vec());
        self.0.add_array(name, &bytes).map_err(std::io::Error::other)
    }
}

fn one_line(error: &impl ToString) -> String {
    error.to_string().replace('\n', " ")
}
