//! Parameters of a fit, validated once.

use linfa::ParamGuard;

use super::covariance::CovarianceType;
use super::init::Init;
use crate::error::{Error, Result};

/// Parameters of a Gaussian mixture fit, created by [`GaussianMixture::params`](super::GaussianMixture::params).
///
/// | parameter | default | range | meaning |
/// | --- | --- | --- | --- |
/// | `n_components` | | ≥ 1 | number of components |
/// | `covariance_type` | full | | covariance family |
/// | `tol` | 1e-3 | ≥ 0 | EM has converged when the mean log-likelihood changes by less; with 0 it runs to `max_iter` |
/// | `max_iter` | 100 | ≥ 1 | maximum number of EM iterations of a restart |
/// | `n_init` | 1 | ≥ 1 | number of restarts, of which the best is kept |
/// | `reg_covar` | 1e-6 | ≥ 0 | added to the diagonal of every covariance |
/// | `accelerate` | false | | whether EM makes accelerated steps, see [`GmmParams::accelerate`] |
/// | `init` | k-means and random rows alternately | | initialisation of a restart |
/// | `seed` | 0 | | seed of all random numbers |
///
/// The defaults are scikit-learn's, with two differences: the returned model is the one whose log-likelihood met `tol`, where
/// scikit-learn makes one more M-step; and restarts after the first do not all start from k-means, see [`Init::Auto`].
///
/// linfa's `fit` takes a dataset, uses its sample weights, and returns a [`GaussianMixture`](super::GaussianMixture);
/// [`GmmParams::fit_with_report`] also returns a report on the fit.
///
/// # Examples
/// ```
/// use mixlab::prelude::*;
///
/// let model = GaussianMixture::params(10).n_init(3).seed(0).fit(&datasets::moons())?;
/// assert_eq!(model.n_components(), 10);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GmmParams(pub(super) GmmValidParams);

/// Validated parameters; see [`GmmParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct GmmValidParams {
    pub(super) n_components: usize,
    pub(super) covariance_type: CovarianceType,
    pub(super) tol: f64,
    pub(super) reg_covar: f64,
    pub(super) max_iter: usize,
    pub(super) n_init: usize,
    pub(super) accelerate: bool,
    pub(super) init: Init,
    pub(super) seed: u64,
}

impl GmmParams {
    pub(super) fn new(n_components: usize) -> Self {
        Self(GmmValidParams {
            n_components,
            covariance_type: CovarianceType::Full,
            tol: 1e-3,
            reg_covar: 1e-6,
            max_iter: 100,
            n_init: 1,
            accelerate: false,
            init: Init::Auto,
            seed: 0,
        })
    }

    /// Sets the number of components.
    pub fn n_components(mut self, n_components: usize) -> Self {
        self.0.n_components = n_components;
        self
    }

    /// Sets the covariance family.
    pub fn covariance_type(mut self, covariance_type: CovarianceType) -> Self {
        self.0.covariance_type = covariance_type;
        self
    }

    /// Sets the change of the mean log-likelihood below which EM has converged.
    pub fn tol(mut self, tol: f64) -> Self {
        self.0.tol = tol;
        self
    }

    /// Sets the regularisation: a value added to the diagonal of every covariance, so that it stays positive definite.
    pub fn reg_covar(mut self, reg_covar: f64) -> Self {
        self.0.reg_covar = reg_covar;
        self
    }

    /// Sets the maximum number of EM iterations of a restart.
    pub fn max_iter(mut self, max_iter: usize) -> Self {
        self.0.max_iter = max_iter;
        self
    }

    /// Sets the number of restarts, each with its own child seed; the one with the best log-likelihood is kept.
    ///
    /// A fit from a given model always has a single restart.
    pub fn n_init(mut self, n_init: usize) -> Self {
        self.0.n_init = n_init;
        self
    }

    /// Sets whether EM makes accelerated steps (SQUAREM, Varadhan & Roland 2008).
    ///
    /// Each accelerated step is checked: the log-likelihood never decreases, and convergence is tested by the same rule, on
    /// plain EM steps. If components overlap and EM converges slowly, this saves most passes over the rows; if it converges
    /// in a few steps, it saves none. An accelerated fit may reach another optimum than plain EM from the same start, better
    /// or worse, so acceleration is off by default.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let moons = datasets::moons();
    /// let params = GaussianMixture::params(7).tol(1e-9).max_iter(5000);
    /// let (_, plain) = params.clone().fit_with_report(&moons)?;
    /// let (_, accelerated) = params.accelerate(true).fit_with_report(&moons)?;
    /// assert!(accelerated.restarts[0].n_passes < plain.restarts[0].n_passes);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn accelerate(mut self, accelerate: bool) -> Self {
        self.0.accelerate = accelerate;
        self
    }

    /// Sets the initialisation of restarts.
    pub fn init(mut self, init: Init) -> Self {
        self.0.init = init;
        self
    }

    /// Sets the seed of all random numbers: the same seed gives the same bits on any number of threads.
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }
}

/// The parameters, one by one.
impl GmmValidParams {
    /// Number of components.
    pub fn n_components(&self) -> usize {
        self.n_components
    }

    /// Family of the covariances.
    pub fn covariance_type(&self) -> CovarianceType {
        self.covariance_type
    }

    /// Change of the mean log-likelihood below which EM stops.
    pub fn tol(&self) -> f64 {
        self.tol
    }

    /// Added to the diagonal of every covariance.
    pub fn reg_covar(&self) -> f64 {
        self.reg_covar
    }

    /// Maximum number of EM iterations of a restart.
    pub fn max_iter(&self) -> usize {
        self.max_iter
    }

    /// Number of restarts.
    pub fn n_init(&self) -> usize {
        self.n_init
    }

    /// Whether EM takes accelerated steps.
    pub fn accelerate(&self) -> bool {
        self.accelerate
    }

    /// Initialisation of the restarts.
    pub fn init(&self) -> &Init {
        &self.init
    }

    /// Seed of all random numbers.
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

impl ParamGuard for GmmParams {
    type Checked = GmmValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&GmmValidParams> {
        let p = &self.0;
        let not_negative = |value: f64| value.is_finite() && value >= 0.0;
        if p.n_components == 0 {
            return Err(Error::param("n_components", 0, "at least 1"));
        }
        if !not_negative(p.tol) {
            return Err(Error::param("tol", p.tol, "finite and not negative"));
        }
        if !not_negative(p.reg_covar) {
            return Err(Error::param("reg_covar", p.reg_covar, "finite and not negative"));
        }
        if p.max_iter == 0 {
            return Err(Error::param("max_iter", 0, "at least 1"));
        }
        if p.n_init == 0 {
            return Err(Error::param("n_init", 0, "at least 1"));
        }
        if let Init::Model(start) = &p.init
            && start.n_components() != p.n_components
        {
            return Err(Error::param(
                "n_components",
                p.n_components,
                "that of the model to start from",
            ));
        }
        Ok(p)
    }

    fn check(self) -> Result<GmmValidParams> {
        self.check_ref()?;
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_range_are_accepted() {
        let params = GmmParams::new(1).tol(0.0).reg_covar(0.0).max_iter(1).n_init(1);
        assert!(params.check().is_ok());
    }

    #[test]
    fn values_out_of_range_are_refused_and_named() {
        let refused = [
            (GmmParams::new(0), "n_components"),
            (GmmParams::new(1).tol(-1.0), "tol"),
            (GmmParams::new(1).tol(f64::NAN), "tol"),
            (GmmParams::new(1).reg_covar(-1e-9), "reg_covar"),
            (GmmParams::new(1).reg_covar(f64::INFINITY), "reg_covar"),
            (GmmParams::new(1).max_iter(0), "max_iter"),
            (GmmParams::new(1).n_init(0), "n_init"),
        ];
        for (params, expected) in refused {
            match params.check().unwrap_err() {
                Error::InvalidParam { name, .. } => assert_eq!(name, expected),
                other => panic!("{other}"),
            }
        }
    }
}
