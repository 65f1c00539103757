//! What a notebook or a program imports, in one line: `use mixlab::prelude::*;`.

pub use linfa::prelude::{Fit, ParamGuard, Predict, Transformer};
pub use linfa::{Dataset, DatasetBase};

pub use crate::{
    CovarianceType, Criterion, GaussianMixture, Init, KMeans, Pca, PcaComponents, Pipeline,
    Selection, StandardScaler, datasets,
};
