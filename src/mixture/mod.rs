//! Gaussian mixture models.
//!
//! A mixture of k Gaussians has the density
//! ```text
//! p(x) = Σₖ πₖ N(x | mₖ, Σₖ),   πₖ ≥ 0,  Σₖ πₖ = 1
//! ```
//! with weights π, means m and covariances Σ of one of the families of [`CovarianceType`]. Fitting
//! maximises the log-likelihood Σₙ wₙ ln p(xₙ) by expectation maximisation (Dempster, Laird & Rubin
//! 1977; Bishop 2006, section 9.2), which alternates
//! ```text
//! E:  rₙₖ = πₖ N(xₙ | mₖ, Σₖ) / p(xₙ)                    responsibilities
//! M:  Nₖ = Σₙ wₙ rₙₖ,   πₖ = Nₖ / Σₙ wₙ,   mₖ = Σₙ wₙ rₙₖ xₙ / Nₖ,   Σₖ by family
//! ```
//! Three things are kept apart: [`GmmParams`] says what to do and fits, [`GaussianMixture`] is what was
//! learned and answers questions, [`FitReport`] is what happened on the way.
//!
//! The way of a row: [`crate::rows`] hands it over in a block; `inference` turns the block into log-densities
//! and posteriors; `statistics` adds them to the sums; `em` turns the sums into new parameters and
//! decides when to stop, `acceleration` proposes longer steps; `fit` compares the restarts. Where
//! a pass over the rows is dear, `lockstep` takes all fits of a search through the same passes.

mod backend;
mod covariance;
mod criteria;
mod em;
mod fit;
mod inference;
mod init;
mod model;
mod params;
mod sample;

pub use covariance::{CovarianceType, Covariances};
pub use criteria::{Criteria, Criterion};
pub use em::restart::EmStep;
pub use fit::observer::{Leader, Pass, Watch};
pub(crate) use fit::observer::{Nobody, OnCell};
pub use fit::report::{FitReport, RestartReport, StopReason};
pub use fit::search::{
    Selection, SelectionCell, SelectionFit, SelectionParams, SelectionValidParams,
};
pub use init::Init;
pub use model::GaussianMixture;
pub use params::{GmmParams, GmmValidParams};
pub(crate) use sample::ROWS_PER_STREAM;

/// What passes are made of, for those that are made elsewhere.
#[cfg(feature = "cluster")]
pub(crate) mod parts {
    pub(crate) use super::backend::Passes;
    pub(crate) use super::em::assignment::{Asked, Assignment};
    pub(crate) use super::em::statistics::{Part, Statistics};
    pub(crate) use super::inference::Evaluation;
    pub(crate) use super::init::Draw;
}
