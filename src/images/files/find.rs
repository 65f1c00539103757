//! Search for image files, in natural order.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::ImageReader;
use crate::error::{Error, ImageError, Result};
use crate::files::file_extension;

/// File extensions of images.
const EXTENSIONS: [&str; 11] =
    ["png", "jpg", "jpeg", "pgm", "ppm", "pbm", "pnm", "pam", "gif", "bmp", "dib"];

impl ImageReader {
    /// Whether a file is an image by its extension.
    pub fn is_image(path: &Path) -> bool {
        EXTENSIONS.contains(&file_extension(path).as_str())
    }

    /// Lists the images of a folder, or those that match a pattern like `faces/*.png`, in the natural order of their names,
    /// in which numbers are compared by value.
    ///
    /// # Errors
    /// [`Error::Io`], and [`ImageError::NoImages`] if there are none.
    pub fn files(folder_or_pattern: &Path) -> Result<Vec<PathBuf>> {
        let at = |source| Error::io(folder_or_pattern, source);
        let mut files = Vec::new();
        if folder_or_pattern.is_dir() {
            for entry in fs::read_dir(folder_or_pattern).map_err(at)? {
                let path = entry.map_err(at)?.path();
                if path.is_file() && Self::is_image(&path) {
                    files.push(path);
                }
            }
        } else {
            let pattern = folder_or_pattern.to_string_lossy();
            if !pattern.contains(['*', '?', '[']) && !folder_or_pattern.exists() {
                return Err(at(io::ErrorKind::NotFound.into()));
            }
            let invalid =
                |error: glob::PatternError| at(io::Error::new(io::ErrorKind::InvalidInput, error));
            for path in glob::glob(&pattern).map_err(invalid)?.flatten() {
                if path.is_file() {
                    files.push(path);
                }
            }
        }
        if files.is_empty() {
            return Err(ImageError::NoImages { path: folder_or_pattern.into() }.into());
        }
        files.sort_by_cached_key(|path| natural(&path.to_string_lossy()));
        Ok(files)
    }
}

/// A sort key by which `2.png` precedes `10.png`: text and numbers alternate, and numbers are compared by length and digits.
fn natural(text: &str) -> Vec<(usize, String)> {
    let mut key: Vec<(usize, String)> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        let digits = run.trim_start_matches('0');
        key.push(if is_number {
            (1 + digits.len(), digits.to_owned())
        } else {
            (0, run.to_owned())
        });
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_are_compared_by_value() {
        let mut names = vec!["a10.png", "a2.png", "a002.png", "b1", "a1b"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["a1b", "a2.png", "a002.png", "a10.png", "b1"]);
    }
}
