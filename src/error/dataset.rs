//! What can go wrong with the datasets that mixlab knows.

use std::path::PathBuf;

use thiserror::Error;

/// What can go wrong with the datasets that mixlab knows by name.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// A dataset name is unknown.
    #[error("there is no dataset {name:?}; there are {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A dataset is not on this machine and could not be downloaded.
    #[error(
        "the {dataset} are not on this machine and could not be downloaded ({}); save {file} from one of these places and set MIXLAB_DATA to its folder",
        failures(failed)
    )]
    Download {
        /// What is missing.
        dataset: &'static str,
        /// Name of its file.
        file: &'static str,
        /// The places that were asked, and what happened.
        failed: Vec<FailedDownload>,
    },
    /// A file does not hold the dataset that it is named after.
    #[error("{} does not hold the {dataset}: {problem}; remove it, and it will be downloaded", path.display())]
    NotTheDataset {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        dataset: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// A place that did not give a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedDownload {
    /// Its address.
    pub place: String,
    /// What happened there.
    pub problem: String,
}

fn failures(failed: &[FailedDownload]) -> String {
    let each = failed.iter().map(|download| format!("{}: {}", download.place, download.problem));
    each.collect::<Vec<_>>().join("; ")
}
