//! Parameters of a bootstrap.

use linfa::ParamGuard;

use crate::error::{Error, Result};

/// How the rows of a replicate are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Resampling {
    /// As many rows as the data have, drawn from them with replacement.
    #[default]
    Rows,
    /// As many rows as the data have, drawn from the model; values that are missing at random are missing where they are in the data.
    Model,
}

/// Parameters of [`Bootstrap`](super::Bootstrap).
///
/// | parameter | default | meaning |
/// | --- | --- | --- |
/// | `n_replicates` | 999 | number of replicates, at least 19 |
/// | `resampling` | rows | what replicates are drawn from |
/// | `level` | 0.95 | probability of an interval, between 0.5 and 1 |
/// | `seed` | 0 | random seed |
#[derive(Debug, Clone, PartialEq)]
pub struct BootstrapParams(BootstrapValidParams);

/// Validated parameters; see [`BootstrapParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct BootstrapValidParams {
    n_replicates: usize,
    resampling: Resampling,
    level: f64,
    seed: u64,
}

impl Default for BootstrapParams {
    fn default() -> Self {
        let resampling = Resampling::default();
        Self(BootstrapValidParams { n_replicates: 999, resampling, level: 0.95, seed: 0 })
    }
}

impl BootstrapParams {
    /// Sets the number of replicates.
    pub fn n_replicates(mut self, n_replicates: usize) -> Self {
        self.0.n_replicates = n_replicates;
        self
    }

    /// Sets how the rows of a replicate are drawn.
    pub fn resampling(mut self, resampling: Resampling) -> Self {
        self.0.resampling = resampling;
        self
    }

    /// Sets the probability of an interval.
    pub fn level(mut self, level: f64) -> Self {
        self.0.level = level;
        self
    }

    /// Sets the random seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }
}

/// The parameters, one by one.
impl BootstrapValidParams {
    /// Number of replicates.
    pub fn n_replicates(&self) -> usize {
        self.n_replicates
    }

    /// How the rows of a replicate are drawn.
    pub fn resampling(&self) -> Resampling {
        self.resampling
    }

    /// Probability of an interval.
    pub fn level(&self) -> f64 {
        self.level
    }

    /// Random seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

impl ParamGuard for BootstrapParams {
    type Checked = BootstrapValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&BootstrapValidParams> {
        let Self(params) = self;
        if params.n_replicates < 19 {
            return Err(Error::param("n_replicates", params.n_replicates, "at least 19"));
        }
        if !(0.5..1.0).contains(&params.level) {
            return Err(Error::param("level", params.level, "at least 0.5 and below 1"));
        }
        Ok(params)
    }

    fn check(self) -> Result<BootstrapValidParams> {
        self.check_ref()?;
        Ok(self.0)
    }
}
