//! What stands before a mixture: standardisation, principal components, both in turn.

pub(crate) mod density_terms;
pub(crate) mod pca;
pub(crate) mod preprocessor;
pub(crate) mod scaler;
