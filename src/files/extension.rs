//! The ending of a file's name, which says what the file is.

use std::path::Path;

/// What follows the last dot of a file's name, in lower case; empty if there is none.
///
/// # Examples
/// ```
/// assert_eq!(mixlab::ending("faces.PNG".as_ref()), "png");
/// ```
pub fn ending(path: &Path) -> String {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    ending.to_ascii_lowercase()
}
