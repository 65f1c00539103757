//! Errors of the built-in datasets.

use std::path::PathBuf;

use thiserror::Error;

/// An error of a built-in dataset.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// A dataset name is unknown.
    #[error("unknown dataset {name:?}; the datasets are {known}")]
    Unknown {
        /// The requested name.
        name: String,
        /// The known names, joined.
        known: String,
    },
    /// A dataset is not on this machine and could not be downloaded.
    #[error(
        "the {dataset} are not on this machine and could not be downloaded ({}); save {file} from one of these places and set MIXLAB_DATA to its folder",
        failures(failed)
    )]
    Download {
        /// The missing dataset.
        dataset: &'static str,
        /// Name of its file.
        file: &'static str,
        /// The addresses that were tried, each with its error.
        failed: Vec<FailedDownload>,
    },
    /// A file does not contain the dataset that its name says.
    #[error("{} does not hold the {dataset}: {problem}; remove it, and it will be downloaded again", path.display())]
    NotTheDataset {
        /// The file.
        path: PathBuf,
        /// The dataset that it should contain.
        dataset: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// An address from which a download failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedDownload {
    /// The address.
    pub place: String,
    /// The error.
    pub problem: String,
}

fn failures(failed: &[FailedDownload]) -> String {
    let each = failed.iter().map(|download| format!("{}: {}", download.place, download.problem));
    each.collect::<Vec<_>>().join("; ")
}
