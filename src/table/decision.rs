//! Decisions that a reader takes for the user.

use std::fmt;

use super::choice::some_of;

/// A decision that the reader of a table has taken for the user. Its `Display` is one line without the name of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Columns that number the rows, as data frames write them, are not used as data.
    IndexColumns {
        /// Names of the columns.
        columns: Vec<String>,
    },
    /// An array of more than two dimensions is read as images.
    Images {
        /// Number of images.
        n_images: usize,
        /// Height, width and number of values per pixel.
        size: [usize; 3],
    },
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IndexColumns { columns } if columns.len() == 1 => {
                write!(f, "column {} numbers the rows and is not used as data", some_of(columns))
            }
            Self::IndexColumns { columns } => {
                write!(f, "columns {} number the rows and are not used as data", some_of(columns))
            }
            Self::Images { n_images, size: [height, width, channels] } => {
                let colour = if *channels == 3 { " in colour" } else { "" };
                write!(
                    f,
                    "the array is read as {n_images} images of {height} x {width} pixels{colour}"
                )
            }
        }
    }
}
