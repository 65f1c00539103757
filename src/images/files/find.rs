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
    /// in which numbers are compared by value. Hidden files, which systems add to folders, are ignored.
    ///
    /// # Errors
    /// [`Error::Io`], and [`ImageError::NoImages`] if there are none.
    pub fn files(folder_or_pattern: &Path) -> Result<Vec<PathBuf>> {
        let at = |source| Error::io(folder_or_pattern, source);
        let mut files = Vec::new();
        if folder_or_pattern.is_dir() {
            let (found, others) = entries(folder_or_pattern)?;
            if found.is_empty() {
                let path = folder_or_pattern.into();
                let others = others.describe(folder_or_pattern).or(tables(folder_or_pattern)?);
                let others = others.unwrap_or_default();
                return Err(ImageError::NoImages { path, others }.into());
            }
            files = found;
        } else {
            let pattern = folder_or_pattern.to_string_lossy();
            if !pattern.contains(['*', '?', '[']) && !folder_or_pattern.exists() {
                return Err(at(io::ErrorKind::NotFound.into()));
            }
            let invalid =
                |error: glob::PatternError| at(io::Error::new(io::ErrorKind::InvalidInput, error));
            let wants_hidden =
                folder_or_pattern.file_name().is_some_and(|name| is_hidden(Path::new(name)));
            for path in glob::glob(&pattern).map_err(invalid)?.flatten() {
                if path.is_file() && (wants_hidden || !is_hidden(&path)) {
                    files.push(path);
                }
            }
        }
        if files.is_empty() {
            let path = folder_or_pattern.into();
            return Err(ImageError::NoImages { path, others: String::new() }.into());
        }
        files.sort_by_cached_key(|path| natural(&path.to_string_lossy()));
        Ok(files)
    }

    /// Describes the images of a folder that [`files`](Self::files) does not list: those in folders within it, and those of
    /// other formats. None if there are none.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn ignored(folder: &Path) -> Result<Option<String>> {
        if !folder.is_dir() {
            return Ok(None);
        }
        Ok(entries(folder)?.1.describe(folder))
    }
}

/// File extensions of images that are not read.
const NOT_READ: [&str; 17] = [
    "tif", "tiff", "webp", "heic", "heif", "avif", "jxl", "jp2", "svg", "ico", "tga", "psd", "exr",
    "hdr", "dng", "nef", "cr2",
];

/// Images of a folder that are not listed.
#[derive(Default)]
struct Others {
    /// Images in folders within the folder, and the number of these folders.
    nested: Vec<PathBuf>,
    n_folders: usize,
    /// Images of formats that are not read.
    not_read: Vec<PathBuf>,
}

/// Maximum depth of folders in folders that are searched for images to report.
const DEEPEST: usize = 4;

impl Others {
    /// Adds the images in a folder, and in folders within it.
    fn add_nested(&mut self, folder: &Path, depth: usize) {
        let before = self.nested.len();
        // a folder that cannot be opened is not part of the images
        let (folders, files): (Vec<_>, Vec<_>) =
            listed(folder).unwrap_or_default().into_iter().partition(|path| path.is_dir());
        self.nested.extend(files.into_iter().filter(|path| ImageReader::is_image(path)));
        self.n_folders += usize::from(self.nested.len() > before);
        if depth > 1 {
            folders.iter().for_each(|folder| self.add_nested(folder, depth - 1));
        }
    }

    fn describe(&self, folder: &Path) -> Option<String> {
        let nested = self.nested.first().map(|first| {
            let pattern = folder.join("**").join(format!("*.{}", original_extension(first)));
            let (folders, holds) =
                if self.n_folders == 1 { ("folder", "holds") } else { ("folders", "hold") };
            format!(
                "{} {folders} within it {holds} {}: give the pattern '{}'",
                self.n_folders,
                images(self.nested.len()),
                pattern.display()
            )
        });
        let not_read = self.not_read.first().map(|first| {
            let name = first.file_name().unwrap_or_default().to_string_lossy();
            format!(
                "{} of other formats, such as {name}, cannot be read: convert to PNG or JPEG",
                images(self.not_read.len())
            )
        });
        let parts: Vec<String> = nested.into_iter().chain(not_read).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// File extensions of tables.
const TABLES: [&str; 6] = ["csv", "gz", "npy", "npz", "parquet", "tsv"];

/// Describes the tables of a folder without images, such as the parts of a table; none if there are none.
fn tables(folder: &Path) -> Result<Option<String>> {
    let is_table = |path: &PathBuf| TABLES.contains(&file_extension(path).as_str());
    let tables: Vec<PathBuf> = listed(folder)?.into_iter().filter(is_table).collect();
    Ok(tables.first().map(|first| {
        let files =
            if tables.len() == 1 { "1 table".into() } else { format!("{} tables", tables.len()) };
        format!("it holds {files}: give one of them, such as {}", first.display())
    }))
}

fn images(n: usize) -> String {
    if n == 1 { "1 image".into() } else { format!("{n} images") }
}

fn original_extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns the images of a folder, and its other images.
fn entries(folder: &Path) -> Result<(Vec<PathBuf>, Others)> {
    let (mut files, mut others) = (Vec::new(), Others::default());
    for path in listed(folder)? {
        if path.is_dir() {
            others.add_nested(&path, DEEPEST);
        } else if ImageReader::is_image(&path) {
            files.push(path);
        } else if NOT_READ.contains(&file_extension(&path).as_str()) {
            others.not_read.push(path);
        }
    }
    Ok((files, others))
}

/// Returns the entries of a folder that are not hidden, in the order of their names.
fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let at = |source| Error::io(folder, source);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(at)? {
        let path = entry.map_err(at)?.path();
        if !is_hidden(&path) {
            paths.push(path);
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

/// Whether a file is hidden by its name: it begins with a point, or systems add it to folders of images.
fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || ["thumbs.db", "desktop.ini"].contains(&&*name.to_ascii_lowercase())
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
