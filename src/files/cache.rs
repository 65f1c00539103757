//! The folder for files that can be downloaded again.

use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The folder `mixlab` in the user's cache directory, if the system has one.
pub(crate) fn cache_folder() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.cache_dir().join("mixlab"))
}
