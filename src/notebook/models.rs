//! Display of models and reports as tables.

use super::{Show, Shown};
use crate::error::Result;
use crate::kmeans::KMeans;
use crate::mixture::{FitReport, GaussianMixture, Selection};
use crate::pipeline::Pipeline;
use crate::preprocess::pca::Pca;
use crate::preprocess::preprocessor::Preprocessor;
use crate::preprocess::scaler::StandardScaler;
use crate::report::text_table::TextTable;

macro_rules! show_as_table {
    ($($type:ty),*) => {
        $(impl Show for $type {
            fn shown(&self) -> Result<Shown> {
                TextTable::from(self).shown()
            }
        })*
    };
}

show_as_table!(
    GaussianMixture,
    FitReport,
    Selection,
    KMeans,
    Pca,
    StandardScaler,
    Preprocessor,
    Pipeline
);
