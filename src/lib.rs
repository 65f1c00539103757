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

pub use compute::memory::{MemoryBudget, available_memory};
pub use compute::progress::{NoProgress, Progress, Task, Unit};
pub use compute::simd::instruction_set;
pub use error::{DatasetError, Error, FailedDownload, ImageError, Result, format_bytes};
pub use files::{InterruptScope, file_extension};
pub use images::ImageShape;
#[cfg(feature = "images")]
pub use images::{ImageReader, ImageSet, write_images};
pub use kmeans::{KMeans, KMeansParams, KMeansValidParams};
pub use metrics::{AnomalousColumn, agreement, anomalies, anomalies_below, quality};
pub use mixture::{
    BestSoFar, CovarianceSpec, CovarianceType, Covariances, Criteria, Criterion, EmStep,
    FitProgress, FitReport, GaussianMixture, GmmParams, GmmValidParams, Init, NoObserver, Observer,
    RestartReport, Selection, SelectionCell, SelectionFit, SelectionParams, SelectionValidParams,
    StopReason,
};
pub use model_file::{Checkpoint, ModelFile, SearchEntry, SearchSummary};
pub use pipeline::{
    Pipeline, PipelineParams, PipelineValidParams, PreprocessedRows, Rounding, SampleBlocks,
    UserUnits,
};
pub use preprocess::pca::{Pca, PcaComponents, PcaParams, PcaValidParams};
pub use preprocess::preprocessor::Preprocessor;
pub use preprocess::scaler::{StandardScaler, StandardScalerParams};
pub use report::text_table::TextTable;
pub use rows::sample::random_rows;
pub use rows::schema::{Column, rounded};
pub use rows::{MatrixRows, RowSource, WithMemoryBudget};
