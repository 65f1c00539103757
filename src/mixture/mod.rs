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
//! Parameters, models and reports are separate: [`GmmParams`] specifies a fit, [`GaussianMixture`] is the fitted model, and
//! [`FitReport`] records what happened during the fit.
//!
//! The path of a row: a backend of [`crate::rows`] provides it in a block. `em::pass` adds it to the statistics that restarts
//! request, weighted by its posteriors from `posterior`. `em::restart` turns the statistics into new parameters and decides
//! when to stop; `em::acceleration` proposes accelerated steps. `fit::engine` runs restarts from pass to pass, grouped by
//! `fit::schedule`: one at a time if the rows are in memory, in lockstep if passes are expensive.

mod categories;
mod classes;
mod covariance;
mod criteria;
pub(crate) mod em;
mod far_rows;
pub(crate) mod fit;
pub(crate) mod given;
mod incomplete;
pub(crate) mod inference;
mod init;
mod model;
mod order;
mod params;
mod posterior;
mod sample;
mod student;
mod tails;
mod union;

pub use categories::Categories;
pub use classes::ClassModel;
pub(crate) use classes::{labelled_rows, sum_by_class};
pub(crate) use covariance::{COVARIANCES, Conditionals, Spread};
pub use covariance::{
    CovarianceSpec, CovarianceType, Covariances, DiagConstraint, FullConstraint, Noise, RegCovar,
};
pub use criteria::{Criteria, Criterion};
pub use em::acceleration::Accelerate;
pub use em::convergence::Convergence;
pub use em::restart::EmStep;
pub use em::stop::StopReason;
pub use fit::observer::{BestSoFar, FitProgress, NoObserver, Observer};
pub use fit::report::{FitReport, RestartReport};
pub use fit::search::{SelectionParams, SelectionValidParams};
pub use fit::selection::{Selection, SelectionCell, SelectionFit};
pub use init::Init;
pub use model::GaussianMixture;
pub use params::{GmmParams, GmmValidParams};
pub(crate) use sample::{ROWS_PER_STREAM, Sampler};
pub(crate) use student::StudentTails;
pub use tails::Tails;
