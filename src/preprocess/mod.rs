//! Preprocessing of rows for a mixture: numbers, categories and indicators of missing values and spikes in order; shapes,
//! standardisation and PCA of the numbers.

pub(crate) mod columns;
pub(crate) mod density_terms;
pub(crate) mod fit;
pub(crate) mod pca;
pub(crate) mod preprocessor;
pub(crate) mod scaler;
pub(crate) mod shape;
pub(crate) mod states;
