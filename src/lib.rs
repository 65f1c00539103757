mod columns;
pub mod datasets;
mod error;
mod images;
mod kmeans;
mod linalg;
mod mixture;
mod pca;
pub mod prelude;
mod random;
mod rows;
mod scaler;
mod simd;

pub use error::{Error, Result};
pub use images::ImageShape;
pub use kmeans::{KMeans, KMeansParams, KMeansValidParams};
pub use mixture::{
    CovarianceType, Covariances, Criteria, Criterion, EmStep, FitReport, GaussianMixture, GmmParams,
    GmmValidParams, Init, RestartReport, Selection, SelectionCell, SelectionFit, SelectionParams,
    SelectionValidParams, StopReason,
};
pub use pca::{Pca, PcaComponents, PcaParams, PcaValidParams};
pub use rows::{Block, MatrixRows, RowBlocks, ToRows};
pub use scaler::{StandardScaler, StandardScalerParams};
