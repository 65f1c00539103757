//! Gaussian mixture models with standardisation and PCA in front: density estimation, clustering, outlier detection, and
//! generation of tables and images.
//!
//! A mixture of k Gaussians has the density `p(x) = Σₖ πₖ N(x | mₖ, Σₖ)`. [`GaussianMixture`] fits it by expectation
//! maximisation, [`Selection`] chooses k and the covariance type by an information criterion, and [`Pipeline`] combines
//! [standardisation](StandardScaler), [PCA](Pca) and mixture into one density in the units of the data.
//!
//! # Examples
//! ```
//! use mixlab::prelude::*;
//!
//! let blobs = datasets::stretched_blobs();
//! let search = Selection::params(1..=6)
//!     .covariance_types(CovarianceType::ALL)
//!     .mixture(GaussianMixture::params(1).n_init(5))
//!     .fit(&blobs)?;
//! let model = search.best_model();
//! assert_eq!((model.n_components(), model.covariance_type()), (4, CovarianceType::Tied));
//!
//! let labels = model.predict(&blobs); // clusters
//! let log_density = model.score_samples(&blobs)?; // low for outliers
//! let (rows, components) = model.sample(1000, 7); // new rows; 7 is the seed
//! # assert_eq!((labels.len(), log_density.len()), (400, 400));
//! # assert_eq!((rows.dim(), components.len()), ((1000, 2), 1000));
//! # Ok::<(), mixlab::Error>(())
//! ```
//!
//! # Where things are
//!
//! | task | items |
//! | --- | --- |
//! | fit one mixture | [`GaussianMixture::params`], [`GmmParams`], [`Init`], [`FitReport`] |
//! | choose a model | [`Selection`], [`Criterion`], [`CovarianceType`] |
//! | preprocess; density in the units of the data | [`Pipeline`], [`StandardScaler`], [`Pca`], [`Preprocessor`] |
//! | cluster | [`GaussianMixture::predict_proba`], [`KMeans`], [`agreement`] |
//! | outliers | [`GaussianMixture::score_samples`], [`anomalies`](fn@anomalies), [`Pipeline::deviations`] |
//! | how sure a fit is | [`Pipeline::bootstrap`], [`Pipeline::likelihood_ratio`] |
//! | fill missing values | [`Pipeline::impute`], [`Pipeline::impute_draws`] |
//! | synthetic rows, and whether they follow the data | [`Pipeline::sample`], [`UserUnits`], [`quality`] |
//! | read and write tables: comma-separated text, `.npy`, `.npz`, Parquet | [`table`] |
//! | tables larger than memory | [`table::TableReader::open`], [`RowSource`], [`MemoryBudget`] |
//! | save and load models, checkpoints | [`ModelFile`], [`Checkpoint`], [`model_file`] |
//! | observe a fit | [`Observer`], [`FitProgress`], [`EmStep`] |
//! | embedded and generated datasets | [`datasets`] |
//! | notebooks | [`prelude`], [`notebook`] |
//!
//! Models implement linfa's traits (`Fit`, `Predict`, `Transformer`, `ParamGuard`) for ndarray 0.16. Array arguments are rows by
//! columns, `(n_samples, n_features)`, of `f64`: numbers, or indices of the levels of a category; NaN is a missing value.
//!
//! # Features
//!
//! | feature | default | |
//! | --- | --- | --- |
//! | `cli` | yes | the command `mixlab` |
//! | `compare` | yes | tests of synthetic rows by a classifier, their usefulness and privacy |
//! | `plot` | yes | figures as PNG, SVG and GIF |
//! | `images` | yes | image files as rows |
//! | `report` | yes | HTML pages |
//! | `reproduce` | yes | the experiments of five tutorials |
//! | `download` | yes | downloads the Olivetti faces |
//! | `verify` | yes | comparison with linfa |
//! | `parquet` | no | Parquet files |
//! | `serde` | no | `Serialize` and `Deserialize` for models, `Serialize` for reports |
//! | `cluster` | no | fits on Apache DataFusion Ballista |
//! | `notebooks` | no | runs notebooks without Jupyter |
//!
//! A program that only fits needs `default-features = false`.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod arrays;
mod bootstrap;
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

pub use bootstrap::{
    Bootstrap, BootstrapParams, BootstrapValidParams, Intervals, LikelihoodRatio, Resampling,
};
pub use compute::memory::{MemoryBudget, available_memory};
pub use compute::progress::{NoProgress, Progress, Task, Unit};
pub use compute::simd::instruction_set;
pub use error::{DatasetError, Error, FailedDownload, ImageError, Result, format_bytes};
pub use files::{InterruptScope, file_extension};
pub use images::ImageShape;
#[cfg(feature = "images")]
pub use images::{ImageReader, ImageSet, write_image, write_images};
pub use kmeans::{KMeans, KMeansParams, KMeansValidParams};
pub use metrics::{AnomalousColumn, Unusual, agreement, anomalies, anomalies_below, quality};
pub use mixture::{
    Accelerate, BestSoFar, Categories, ClassModel, Convergence, CovarianceSpec, CovarianceType,
    Covariances, Criteria, Criterion, DiagConstraint, EmStep, FitProgress, FitReport,
    FullConstraint, GaussianMixture, GmmParams, GmmValidParams, Init, NoObserver, Noise, Observer,
    RegCovar, RestartReport, Selection, SelectionCell, SelectionFit, SelectionParams,
    SelectionValidParams, StopReason, Tails,
};
pub use model_file::{
    Checkpoint, ClassNames, GivenModel, GivenValue, ModelFile, SearchEntry, SearchSummary,
};
pub use pipeline::{
    ClassErrors, Clipping, GivenRange, Imputation, Pipeline, PipelineParams, PipelineValidParams,
    PreprocessedRows, Rounding, SampleBlocks, ShapeChoice, UserUnits,
};
pub use preprocess::columns::{ColumnLayout, Missing};
pub use preprocess::pca::{Pca, PcaComponents, PcaParams, PcaValidParams};
pub use preprocess::preprocessor::Preprocessor;
pub use preprocess::scaler::{StandardScaler, StandardScalerParams};
pub use preprocess::shape::{NormalScores, Shape, Shapes};
pub use report::text_table::TextTable;
pub use rows::date_pattern::DatePattern;
pub use rows::kind::{DateForm, ValueKind};
pub use rows::levels::Levels;
pub use rows::rules::{BrokenRule, Rule, RuledRows, Rules};
pub use rows::sample::random_rows;
pub use rows::schema::{Column, Spike, rounded};
pub use rows::{Block, BlockRows, MatrixRows, RowBlocks, RowSource, WithMemoryBudget};
