//! Substitute for image input without the feature `images`.

use std::path::{Path, PathBuf};

use super::{Input, Purpose, ReadArgs};
use crate::output::Usage;

pub fn are_at(_: &Path) -> bool {
    false
}

pub fn files(path: &Path) -> mixlab::Result<Vec<PathBuf>> {
    Ok(vec![path.to_owned()])
}

pub fn read(_: &[PathBuf], _: &ReadArgs, _: Purpose<'_>) -> anyhow::Result<Input> {
    Err(Usage("images need a mixlab built with the feature \"images\"".into()).into())
}
