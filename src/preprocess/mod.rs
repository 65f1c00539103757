//! Preprocessing of rows for a mixture: standardisation, PCA, or both in turn.

pub(crate) mod density_terms;
pub(crate) mod pca;
pub(crate) mod preprocessor;
pub(crate) mod scaler;
