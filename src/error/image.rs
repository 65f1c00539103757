//! Errors of image files.

use std::path::PathBuf;

use thiserror::Error;

/// An error of image files.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// A file cannot be read as an image.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The problem, and the remedy.
        problem: String,
    },
    /// Images differ in size.
    #[error(
        "{}: it has {} x {} pixels (width x height) and {} has {} x {}; resize all to one size",
        path.display(), found.0, found.1, first.display(), expected.0, expected.1
    )]
    Sizes {
        /// The image.
        path: PathBuf,
        /// Its width and height.
        found: (u32, u32),
        /// The first image.
        first: PathBuf,
        /// Its width and height.
        expected: (u32, u32),
    },
    /// A folder or a pattern holds no images.
    #[error(
        "{} holds no images (PNG, JPEG, GIF, BMP, PGM or a related format){}{others}",
        path.display(), if others.is_empty() { "" } else { "; " }
    )]
    NoImages {
        /// The folder or the pattern.
        path: PathBuf,
        /// Images that it holds in other places or formats, and the remedy; may be empty.
        others: String,
    },
    /// Images differ in size from those of the model or of the set that they are used with.
    #[error(
        "images of {} x {} pixels (width x height) are expected, but these have {} x {}; resize them",
        expected.0, expected.1, found.0, found.1
    )]
    Unexpected {
        /// Width and height that are expected.
        expected: (usize, usize),
        /// Width and height of the images.
        found: (usize, usize),
    },
}
