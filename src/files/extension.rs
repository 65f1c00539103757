//! The extension of a file name, which determines the format of the file.

use std::path::Path;

/// Returns the extension of a file name in lower case, without the dot; empty if there is none.
///
/// # Examples
/// ```
/// assert_eq!(mixlab::file_extension("faces.PNG".as_ref()), "png");
/// assert_eq!(mixlab::file_extension("table.csv.gz".as_ref()), "gz");
/// assert_eq!(mixlab::file_extension("README".as_ref()), "");
/// ```
pub fn file_extension(path: &Path) -> String {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    extension.to_ascii_lowercase()
}
