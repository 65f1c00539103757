#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod agreement;
mod anomalies;
mod arrays;
mod atomic;
mod cache;
#[cfg(feature = "cluster")]
pub mod cluster;
mod columns;
pub mod datasets;
mod ending;
mod error;
#[cfg(feature = "reproduce")]
pub mod experiments;
mod feature;
mod front_end;
mod images;
mod kmeans;
mod latent;
mod linalg;
mod listing;
mod memory;
mod mixture;
pub mod notebook;
mod parallel;
mod pca;
pub mod persist;
mod pipeline;
#[cfg(feature = "plot")]
pub mod plot;
mod predict;
pub mod prelude;
pub mod quality;
mod random;
#[cfg(feature = "reproduce")]
pub mod report;
mod rows;
mod scaler;
mod scatter;
mod simd;
pub mod table;
mod transform;
#[cfg(feature = "verify")]
pub mod verify;

pub use anomalies::anomalies;
pub use atomic::remove_unfinished_files;
pub use ending::ending;
pub use error::{Error, FailedDownload, Result};
pub use feature::{Feature, rounded};
pub use front_end::FrontEnd;
pub use images::ImageShape;
#[cfg(feature = "images")]
pub use images::{ImageReader, ImageSet, write_images};
pub use kmeans::{KMeans, KMeansParams, KMeansValidParams};
pub use listing::Listing;
pub use memory::{available_memory, limit_memory, size_in_words};
pub use mixture::{
    CovarianceType, Covariances, Criteria, Criterion, EmStep, FitReport, GaussianMixture,
    GmmParams, GmmValidParams, Init, Leader, Pass, RestartReport, Selection, SelectionCell,
    SelectionFit, SelectionParams, SelectionValidParams, StopReason, Watch,
};
pub use pca::{Pca, PcaComponents, PcaParams, PcaValidParams};
pub use persist::{History, ModelFile, Tried};
pub use pipeline::{Pipeline, PipelineParams, PipelineValidParams, SampleBlocks};
pub use rows::{MatrixRows, ToRows};
pub use scaler::{StandardScaler, StandardScalerParams};
