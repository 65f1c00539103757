//! Common imports of programs and notebooks: `use mixlab::prelude::*;`.
//!
//! In addition to the main types of mixlab, it exports types of ndarray and linfa that are needed to declare variables.

pub use linfa::prelude::{Fit, ParamGuard, Predict, Transformer};
pub use linfa::{self, Dataset, DatasetBase};
pub use ndarray::{self, Array1, Array2, Axis, array, s};

pub use crate::datasets::Labelled;
pub use crate::notebook::Show;
#[cfg(feature = "plot")]
pub use crate::plot::{Animation, Chart, Colour, Figure, ImageGrid, image_grid};
pub use crate::table::Table;
pub use crate::{
    Column, CovarianceType, Criteria, Criterion, FitReport, GaussianMixture, GmmParams, ImageShape,
    Init, KMeans, ModelFile, Pca, PcaComponents, Pipeline, Selection, StandardScaler, TextTable,
    agreement, anomalies, datasets, quality, table,
};
