//! Parameters of a fit, validated once.

use linfa::ParamGuard;

use super::covariance::{CovarianceType, RegCovar};
use super::em::acceleration::Accelerate;
use super::em::convergence::Convergence;
use super::fit::columns::FitColumns;
use super::init::Init;
use super::tails::Tails;
use crate::error::{Error, Result};

/// Parameters of a Gaussian mixture fit, created by [`GaussianMixture::params`](super::GaussianMixture::params).
///
/// | parameter | default | range | meaning |
/// | --- | --- | --- | --- |
/// | `n_components` | | ≥ 1 | number of components |
/// | `covariance_type` | full | | covariance family |
/// | `remaining_gain` | 1e-3 | ≥ 0 | EM has converged when less log-likelihood is estimated to be left to gain, in nats |
/// | `tol` | | ≥ 0 | instead: EM has converged when the mean log-likelihood changes by less; with 0 it runs to `max_iter` |
/// | `max_iter` | 10 000 | ≥ 1 | maximum number of EM iterations of a restart |
/// | `n_init` | 10 | ≥ 1 | number of restarts, of which the best is kept |
/// | `relative_reg_covar` | 1e-6 | ≥ 0 | this share of the variance of each column is added to its variances |
/// | `reg_covar` | | ≥ 0 | instead: this number is added to the diagonal of every covariance |
/// | `accelerate` | auto | | whether EM makes accelerated steps, see [`Accelerate`] |
/// | `allow_degenerate` | false | | whether models with degenerate components compete with others |
/// | `categorical` | none | columns of the rows | columns that are categories, see [`GmmParams::categorical`] |
/// | `smoothing` | 1 | ≥ 0 | number of rows by which the shares of levels in a component are drawn to the overall shares |
/// | `tails` | Gaussian | | tails of the components, see [`Tails`] |
/// | `init` | k-means in several units, and the best of short runs, alternately | | initialisation of a restart |
/// | `seed` | 0 | | seed of all random numbers |
///
/// The command `mixlab fit` has the same defaults.
///
/// # Differences from scikit-learn
/// scikit-learn stops when the mean log-likelihood changes by less than `tol`, 1e-3 for each row. Where components overlap or
/// a path crosses a plateau, the log-likelihood of a table can then be hundreds of nats below the end of the path, and a
/// search chooses the wrong model. By default, mixlab stops by the gain that is left for the whole table
/// ([`Convergence::RemainingGain`]), makes ten restarts instead of one, adds a share of the variance of each column to
/// covariances instead of a number that depends on units, and keeps a degenerate model only if there is no other
/// ([`FitReport::n_degenerate`](crate::FitReport::n_degenerate)). [`GmmParams::like_scikit_learn`] sets scikit-learn's values.
///
/// With scikit-learn's values, two differences remain: the returned model is the one whose log-likelihood met `tol`, where
/// scikit-learn makes one more M-step; and restarts after the first do not all start from k-means, see [`Init::Auto`].
///
/// # Restarts
/// With the default rule, restarts pause when the estimated gain that is left is less than 1 nat. The best two of a model are
/// then continued to convergence; in a search, those of every model whose criterion is near the lowest. The others are
/// reported as [`StopReason::Outperformed`](crate::StopReason::Outperformed).
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
    pub(super) convergence: Convergence,
    pub(super) reg_covar: RegCovar,
    pub(super) max_iter: usize,
    pub(super) n_init: usize,
    pub(super) accelerate: Accelerate,
    pub(super) allow_degenerate: bool,
    pub(super) categorical: Vec<usize>,
    pub(super) smoothing: f64,
    pub(super) tails: Tails,
    pub(super) init: Init,
    pub(super) seed: u64,
}

impl GmmParams {
    pub(super) fn new(n_components: usize) -> Self {
        Self(GmmValidParams {
            n_components,
            covariance_type: CovarianceType::Full,
            convergence: Convergence::RemainingGain(1e-3),
            reg_covar: RegCovar::Relative(1e-6),
            max_iter: 10_000,
            n_init: 10,
            accelerate: Accelerate::Auto,
            allow_degenerate: false,
            categorical: Vec::new(),
            smoothing: 1.0,
            tails: Tails::Gaussian,
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

    /// Sets the values of scikit-learn: `tol` 1e-3, `max_iter` 100, `n_init` 1, `reg_covar` 1e-6, no accelerated steps, and
    /// degenerate models like all others.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let params = GaussianMixture::params(2).like_scikit_learn();
    /// let (_, report) = params.fit_with_report(&datasets::moons())?;
    /// assert_eq!(report.restarts.len(), 1);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn like_scikit_learn(self) -> Self {
        let params = self.tol(1e-3).max_iter(100).n_init(1).reg_covar(1e-6);
        params.accelerate(false).allow_degenerate(true)
    }

    /// Sets the estimated gain of log-likelihood, in nats for the whole table, below which EM has converged: the rule
    /// [`Convergence::RemainingGain`].
    pub fn remaining_gain(mut self, nats: f64) -> Self {
        self.0.convergence = Convergence::RemainingGain(nats);
        self
    }

    /// Sets the change of the mean log-likelihood below which EM has converged, the `tol` of scikit-learn: the rule
    /// [`Convergence::MeanChange`].
    pub fn tol(mut self, tol: f64) -> Self {
        self.0.convergence = Convergence::MeanChange(tol);
        self
    }

    /// Sets the regularisation to a number that is added to the diagonal of every covariance, so that it stays positive
    /// definite: [`RegCovar::Absolute`].
    pub fn reg_covar(mut self, reg_covar: f64) -> Self {
        self.0.reg_covar = RegCovar::Absolute(reg_covar);
        self
    }

    /// Sets the regularisation to a share of the variance of each column, which is added to its variances:
    /// [`RegCovar::Relative`].
    pub fn relative_reg_covar(mut self, share: f64) -> Self {
        self.0.reg_covar = RegCovar::Relative(share);
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
    /// or worse, so by default only the end of a path is accelerated. `true` is [`Accelerate::Always`] and `false` is
    /// [`Accelerate::Never`].
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let moons = datasets::moons();
    /// let params = GaussianMixture::params(7).tol(1e-9).max_iter(5000).n_init(1);
    /// let (_, plain) = params.clone().accelerate(false).fit_with_report(&moons)?;
    /// let (_, accelerated) = params.accelerate(true).fit_with_report(&moons)?;
    /// assert!(accelerated.restarts[0].n_passes < plain.restarts[0].n_passes);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn accelerate(mut self, accelerate: impl Into<Accelerate>) -> Self {
        self.0.accelerate = accelerate.into();
        self
    }

    /// Sets whether models with degenerate components, see [`FitReport::n_degenerate`](crate::FitReport::n_degenerate), compete
    /// with others. By default a restart, and in a search a model, with degenerate components is chosen only if there is no
    /// other: its likelihood is bounded by the regularisation alone and says nothing about the data.
    pub fn allow_degenerate(mut self, allow: bool) -> Self {
        self.0.allow_degenerate = allow;
        self
    }

    /// Sets the columns of the rows that are categories. Their values are indices of levels, whole numbers from 0 on, or NaN if
    /// they are missing.
    ///
    /// Within a component, categories are independent of each other and of the numbers:
    /// ```text
    /// f(x, c) = Σₖ πₖ N(x | mₖ, Σₖ) Πⱼ αₖⱼ(cⱼ)
    /// ```
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    /// use ndarray::array;
    ///
    /// let rows = array![[0.1, 0.0], [0.3, 0.0], [0.2, f64::NAN], [5.1, 1.0], [f64::NAN, 1.0], [5.3, 1.0]];
    /// let model = GaussianMixture::params(1).categorical([1]).smoothing(0.0).fit(&DatasetBase::from(rows))?;
    /// assert_eq!(model.categories().probabilities(0), array![[0.4, 0.6]]);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn categorical(mut self, columns: impl IntoIterator<Item = usize>) -> Self {
        self.0.categorical = columns.into_iter().collect();
        self.0.categorical.sort_unstable();
        self.0.categorical.dedup();
        self
    }

    /// Sets the smoothing λ of the probabilities of levels; with 0 they are those of maximum likelihood.
    /// ```text
    /// αₖ(h) = (Σ r 1[c = h] + λ p(h)) / (Σ r + λ),   p the overall shares of the levels, sums over rows with a category
    /// ```
    /// It is as if λ more rows of each component had the overall shares, so that no level has the probability 0 that the data
    /// have.
    pub fn smoothing(mut self, smoothing: f64) -> Self {
        self.0.smoothing = smoothing;
        self
    }

    /// Sets the tails of the components: with [`Tails::Estimated`] or [`Tails::Fixed`] they are multivariate t distributions, so that
    /// outliers pull means and covariances less (Peel & McLachlan 2000).
    ///
    /// # Examples
    /// A mean of 21 numbers, of which one is wrong:
    /// ```
    /// use mixlab::{Tails, prelude::*};
    ///
    /// let mut numbers: Vec<f64> = (-10..10).map(f64::from).collect();
    /// numbers.push(1e4);
    /// let rows = DatasetBase::from(ndarray::Array2::from_shape_vec((21, 1), numbers).unwrap());
    /// let gaussian = GaussianMixture::params(1).fit(&rows)?;
    /// let robust = GaussianMixture::params(1).tails(Tails::Estimated).fit(&rows)?;
    /// assert!(gaussian.means()[[0, 0]] > 400.0 && robust.means()[[0, 0]].abs() < 1.0);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn tails(mut self, tails: Tails) -> Self {
        self.0.tails = tails;
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

    /// Number of free parameters of the model.
    pub(super) fn n_parameters(&self, columns: &FitColumns) -> usize {
        let k = self.n_components;
        let class = match &self.init {
            Init::Model(start) => start.class_column(),
            _ => None,
        };
        let categories = columns.layout.categorical.iter().zip(&columns.layout.n_levels);
        let free = categories.filter(|&(&column, _)| Some(column) != class);
        let of_levels = free.map(|(_, n_levels)| k * (n_levels - 1));
        self.covariance_type.n_mixture_parameters(k, columns.numeric.len())
            + of_levels.sum::<usize>()
            + self.tails.n_parameters(if columns.numeric.is_empty() { 0 } else { k })
    }

    /// The rule by which EM has converged.
    pub fn convergence(&self) -> Convergence {
        self.convergence
    }

    /// The gain below which EM has converged, if that is the rule.
    pub(super) fn remaining_gain(&self) -> Option<f64> {
        match self.convergence {
            Convergence::RemainingGain(nats) => Some(nats),
            Convergence::MeanChange(_) => None,
        }
    }

    /// Regularisation of the covariances.
    pub fn reg_covar(&self) -> RegCovar {
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

    /// Whether EM makes accelerated steps.
    pub fn accelerate(&self) -> Accelerate {
        self.accelerate
    }

    /// Whether models with degenerate components compete with others.
    pub fn allow_degenerate(&self) -> bool {
        self.allow_degenerate
    }

    /// Columns of the rows that are categories, ascending.
    pub fn categorical(&self) -> &[usize] {
        &self.categorical
    }

    /// Smoothing of the probabilities of levels.
    pub fn smoothing(&self) -> f64 {
        self.smoothing
    }

    /// Tails of the components.
    pub fn tails(&self) -> Tails {
        self.tails
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
        let (name, value) = match p.convergence {
            Convergence::RemainingGain(nats) => ("remaining_gain", nats),
            Convergence::MeanChange(tol) => ("tol", tol),
        };
        if !not_negative(value) {
            return Err(Error::param(name, value, "finite and not negative"));
        }
        let (name, value) = match p.reg_covar {
            RegCovar::Absolute(value) => ("reg_covar", value),
            RegCovar::Relative(share) => ("relative_reg_covar", share),
        };
        if !not_negative(value) {
            return Err(Error::param(name, value, "finite and not negative"));
        }
        if !not_negative(p.smoothing) {
            return Err(Error::param("smoothing", p.smoothing, "finite and not negative"));
        }
        p.tails.check()?;
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
            (GmmParams::new(1).remaining_gain(-0.1), "remaining_gain"),
            (GmmParams::new(1).relative_reg_covar(-1e-9), "relative_reg_covar"),
            (GmmParams::new(1).reg_covar(-1e-9), "reg_covar"),
            (GmmParams::new(1).reg_covar(f64::INFINITY), "reg_covar"),
            (GmmParams::new(1).smoothing(-0.5), "smoothing"),
            (GmmParams::new(1).tails(Tails::Fixed(2.0)), "degrees_of_freedom"),
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
