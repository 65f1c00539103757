//! What can go wrong with files of images.

use std::path::PathBuf;

use thiserror::Error;

/// What can go wrong with files of images.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum ImageError {
    /// A file cannot be read as an image.
    #[error("{}: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and the remedy.
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
    #[error("{} holds no images (PNG, JPEG, GIF, BMP, PGM or their kin)", path.display())]
    NoImages {
        /// The folder or the pattern.
        path: PathBuf,
    },
    /// Images have another size than those of the model or of the set that they should suit.
    #[error(
        "images of {} x {} pixels (width x height) are expected, and these have {} x {}; bring them to that size",
        expected.0, expected.1, found.0, found.1
    )]
    Unexpected {
        /// Width and height that are expected.
        expected: (usize, usize),
        /// Width and height of the images.
        found: (usize, usize),
    },
}
