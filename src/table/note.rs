//! Decisions that were taken for the user while a table was read.

use std::fmt;
use std::path::PathBuf;

use super::choice::some_of;

/// A decision that was taken for the user while a table was read, with the remedy if it was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableNote {
    /// Columns that number the rows were left out.
    RowIndex {
        /// The file.
        path: PathBuf,
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// An array of more than two dimensions was read as images.
    Images {
        /// The file.
        path: PathBuf,
        /// Number of images.
        n_images: usize,
        /// Height, width and number of values per pixel.
        size: [usize; 3],
    },
}

impl fmt::Display for TableNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RowIndex { path, columns } => {
                let (path, names) = (path.display(), some_of(columns));
                match columns.len() {
                    1 => write!(f, "{path}: column {names} numbers the rows and is left out; ")?,
                    _ => write!(f, "{path}: columns {names} number the rows and are left out; ")?,
                }
                f.write_str("name it with --columns to use it")
            }
            Self::Images { path, n_images, size: [height, width, channels] } => {
                let colour = if *channels == 3 { " in colour" } else { "" };
                write!(
                    f,
                    "{}: the array is read as {n_images} images of {height} x {width} pixels{colour}; for a table of \
                     numbers save an array of two dimensions",
                    path.display()
                )
            }
        }
    }
}
