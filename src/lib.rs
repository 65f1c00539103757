#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod arrays;
#[cfg(feature = "cluster")]
pub mod cluster;
mod compute;
pub mod datasets;
mod error;
#[cfg(feature = "reproduce")]
pub mod experiments;
mod files;
mod images;
mod kmeans;
mod metrics;
mod mixture;
pub mod model_file;
pub mod notebook;
mod pipeline;
#[cfg(feature = "plot")]
pub mod plot;
pub mod prelude;
mod preprocess;
pub mod report;
mod rows;
pub mod table;
#[cfg(feature = "verify")]
pub mod verify;

pub use compute::memory::{available_memory, limit_memory, size_in_words};
pub use compute::simd::instruction_set;
pub use error::{Error, FailedDownload, Result};
pub use files::{ending, remove_unfinished_files};
pub use images::ImageShape;
#[cfg(feature = "images")]
pub use images::{ImageReader, ImageSet, write_images};
pub use kmeans::{KMeans, KMeansParams, KMeansValidParams};
pub use metrics::{agreement, anomalies, quality};
pub use mixture::{
    CovarianceType, Covariances, Criteria, Criterion, EmStep, FitReport, GaussianMixture,
    GmmParams, GmmValidParams, Init, Leader, Pass, RestartReport, Selection, SelectionCell,
    SelectionFit, SelectionParams, SelectionValidParams, StopReason, Watch,
};
pub use model_file::{History, ModelFile, Tried};
pub use pipeline::{Pipeline, PipelineParams, PipelineValidParams, SampleBlocks};
pub use preprocess::pca::{Pca, PcaComponents, PcaParams, PcaValidParams};
pub use preprocess::preprocessor::FrontEnd;
pub use preprocess::scaler::{StandardScaler, StandardScalerParams};
pub use report::text_table::Listing;
pub use rows::schema::{Feature, rounded};
pub use rows::{MatrixRows, ToRows};
