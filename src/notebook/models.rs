//! Models and reports show themselves as tables.

use super::{Show, Shown};
use crate::error::Result;
use crate::front_end::FrontEnd;
use crate::kmeans::KMeans;
use crate::listing::Listing;
use crate::mixture::{FitReport, GaussianMixture, Selection};
use crate::pca::Pca;
use crate::pipeline::Pipeline;
use crate::scaler::StandardScaler;

macro_rules! show_as_listing {
    ($($type:ty),*) => {
        $(impl Show for $type {
            fn shown(&self) -> Result<Shown> {
                Listing::from(self).shown()
            }
        })*
    };
}

show_as_listing!(
    GaussianMixture,
    FitReport,
    Selection,
    KMeans,
    Pca,
    StandardScaler,
    FrontEnd,
    Pipeline
);
