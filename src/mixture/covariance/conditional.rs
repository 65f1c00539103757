//! The Gaussian of a component, given which numbers of a row are observed.
//!
//! With observed numbers o and missing numbers m of a row,
//! ```text
//! x_o ~ N(μ_o, Σ_oo),   x_m | x_o ~ N(μ_m + B (x_o - μ_o), C),   B = Σ_mo Σ_oo⁻¹,   C = Σ_mm - B Σ_om
//! ```
//! The first density is the factor of the row in the likelihood; the mean and covariance of the second complete the sums of the
//! M-step (Ghahramani & Jordan 1994; Little & Rubin 2002, section 11.2).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};

use super::low_rank_component::{Component, Factors};
use super::{Coefficients, Spread};
use crate::compute::linalg::{self, LN_2PI};
use crate::compute::simd;
use crate::compute::simd::distances::Distances;
use crate::compute::simd::whiten::{PackedLower, SquaredLengths};
use crate::error::Result;
use crate::rows::pattern::Pattern;
use crate::rows::scatter::Panels;

/// The density of the observed numbers of a component, and the regression of the missing ones on them.
#[derive(Debug, Clone)]
pub(crate) struct Conditional {
    whitener: Whitener,
    /// The log-density of the observed numbers at their mean.
    pub(crate) log_constant: f64,
    /// B; none if numbers are independent.
    pub(crate) regression: Option<Coefficients>,
    pub(crate) covariance: Spread,
}

/// `L⁻¹` of the observed numbers, where `L Lᵀ` is their covariance.
#[derive(Debug, Clone)]
enum Whitener {
    Lower(PackedLower),
    LowRank(Component),
    /// Inverse standard deviations.
    Scales(Vec<f64>),
}

impl Conditional {
    /// The conditional of a covariance matrix; none if that of the observed numbers is singular.
    pub(super) fn of_matrix(covariance: &Array2<f64>, pattern: &Pattern) -> Option<Self> {
        let (observed, missing) = pattern.columns(covariance.nrows());
        if observed.is_empty() {
            return Some(Self {
                whitener: Whitener::Scales(Vec::new()),
                log_constant: 0.0,
                regression: None,
                covariance: Spread::Full(covariance.clone()),
            });
        }
        let among = |rows: &[usize], columns: &[usize]| {
            Array2::from_shape_fn((rows.len(), columns.len()), |(i, j)| {
                covariance[[rows[i], columns[j]]]
            })
        };
        let inverse = linalg::inverse_cholesky(among(&observed, &observed))?;
        // L⁻¹ Σ_om, so that C is Σ_mm minus a square
        let whitened = inverse.dot(&among(&observed, &missing));
        let mut whitener = PackedLower::default();
        whitener.pack(&inverse);
        let half_log_2pi = 0.5 * observed.len() as f64 * LN_2PI;
        Some(Self {
            whitener: Whitener::Lower(whitener),
            log_constant: inverse.diag().iter().map(|entry| entry.ln()).sum::<f64>() - half_log_2pi,
            covariance: Spread::Full(among(&missing, &missing) - whitened.t().dot(&whitened)),
            regression: Some(Coefficients::Matrix(whitened.t().dot(&inverse))),
        })
    }

    /// The conditional of `W Wᵀ + D` with loadings W (d, q) and noise variances D (d); none if one of these is not positive.
    ///
    /// With the factors z of the observed numbers, `x_m = μ_m + W_m z + e_m`: it is of low rank as well.
    ///
    /// # Errors
    /// [`Error::NoConvergence`](crate::Error::NoConvergence).
    pub(super) fn of_low_rank(
        loadings: ArrayView2<'_, f64>,
        noise: ArrayView1<'_, f64>,
        pattern: &Pattern,
    ) -> Result<Option<Self>> {
        let (observed, missing) = pattern.columns(noise.len());
        let part = |rows: &[usize]| (loadings.select(Axis(0), rows), noise.select(Axis(0), rows));
        let (of_missing, noise) = part(&missing);
        if observed.is_empty() {
            return Ok(Some(Self {
                whitener: Whitener::Scales(Vec::new()),
                log_constant: 0.0,
                regression: None,
                covariance: Spread::LowRank { loadings: of_missing, noise },
            }));
        }
        let (of_observed, noise_of_observed) = part(&observed);
        let found = Component::new(of_observed.view(), noise_of_observed.view())?;
        Ok(found.map(|(component, Factors { regression, root, .. })| Self {
            log_constant: component.log_constant,
            whitener: Whitener::LowRank(component),
            covariance: Spread::LowRank {
                loadings: linalg::product(of_missing.view(), root.view()),
                noise,
            },
            regression: Some(Coefficients::Factors { loadings: of_missing, regression }),
        }))
    }

    /// The conditional of independent numbers with these variances.
    pub(in crate::mixture) fn of_variances(
        variances: ArrayView1<'_, f64>,
        pattern: &Pattern,
    ) -> Self {
        let (observed, missing) = pattern.columns(variances.len());
        let seen = variances.select(Axis(0), &observed);
        let half_log_2pi = 0.5 * seen.len() as f64 * LN_2PI;
        Self {
            log_constant: -0.5 * seen.iter().map(|v| v.ln()).sum::<f64>() - half_log_2pi,
            whitener: Whitener::Scales(seen.iter().map(|v| 1.0 / v.sqrt()).collect()),
            regression: None,
            covariance: Spread::Diagonal(variances.select(Axis(0), &missing)),
        }
    }

    /// Writes `|L⁻¹ (x - center)|²` of the observed numbers to `out`; `features` holds them feature by feature.
    pub(crate) fn squared_lengths(
        &self,
        features: &[f64],
        center: &[f64],
        out: &mut [f64],
        Panels { panel, sums }: &mut Panels,
    ) {
        if center.is_empty() {
            return out.fill(0.0);
        }
        match &self.whitener {
            Whitener::Lower(lower) => {
                simd::run(SquaredLengths { lower, center, features, out, panel });
            }
            Whitener::LowRank(component) => {
                component.squared_lengths(center, features, out, (panel, sums));
            }
            Whitener::Scales(scales) => simd::run(Distances {
                features,
                n: out.len(),
                means: center,
                scales: Some(scales),
                out,
                panel,
            }),
        }
    }

    /// L⁻¹ x of the observed numbers.
    pub(crate) fn whiten(&self, x: &[f64]) -> Vec<f64> {
        match &self.whitener {
            Whitener::Lower(lower) => lower.unpack().dot(&ArrayView1::from(x)).to_vec(),
            Whitener::LowRank(component) => component.whiten(x),
            Whitener::Scales(scales) => x.iter().zip(scales).map(|(x, scale)| x * scale).collect(),
        }
    }

    /// Approximate memory use in bytes.
    fn size(&self) -> usize {
        let of_regression = self.regression.as_ref().map_or(0, Coefficients::n_numbers);
        let of_covariance = self.covariance.n_numbers();
        let of_whitener = match &self.whitener {
            Whitener::Lower(lower) => lower.len(),
            Whitener::LowRank(component) => component.n_numbers(),
            Whitener::Scales(scales) => scales.len(),
        };
        size_of::<Self>() + 8 * (of_regression + of_covariance + of_whitener)
    }
}

/// The conditionals of all components for a pattern of missing numbers.
#[derive(Debug)]
pub(crate) struct Conditionals {
    /// Observed columns, ascending.
    pub(crate) observed: Vec<usize>,
    /// Missing columns, ascending.
    pub(crate) missing: Vec<usize>,
    pub(crate) components: Vec<Conditional>,
    /// Means of the observed columns of each component, (k, observed).
    pub(crate) means: Array2<f64>,
}

impl Conditionals {
    /// The conditionals of components with these `means` (k, d).
    ///
    /// # Errors
    /// Errors of `of_component`.
    pub(in crate::mixture) fn new(
        pattern: &Pattern,
        means: ArrayView2<'_, f64>,
        of_component: impl FnMut(usize) -> Result<Conditional>,
    ) -> Result<Self> {
        let (observed, missing) = pattern.columns(means.ncols());
        let components = (0..means.nrows()).map(of_component).collect::<Result<_>>()?;
        let means = means.select(Axis(1), &observed).as_standard_layout().into_owned();
        Ok(Self { observed, missing, components, means })
    }

    /// Means of the observed columns of a component.
    pub(crate) fn mean(&self, component: usize) -> &[f64] {
        self.means.row(component).to_slice().expect("row-major")
    }
}

/// The conditionals of all components for the patterns that rows have had. It is a derived quantity of a mixture, like the
/// factors of its covariances: clones start empty, and all are equal.
#[derive(Debug, Default)]
pub(crate) struct ConditionalCache(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    of_pattern: HashMap<Pattern, Arc<Conditionals>>,
    n_bytes: usize,
}

/// Maximum memory of the conditionals of a mixture in bytes. Those of further patterns are computed whenever they are needed.
const MOST_BYTES: usize = 32 << 20;

impl ConditionalCache {
    /// Returns the conditionals of all components for a pattern, and computes them if they are not known.
    ///
    /// # Errors
    /// Errors of `compute`.
    pub(crate) fn get(
        &self,
        pattern: &Pattern,
        compute: impl FnOnce() -> Result<Conditionals>,
    ) -> Result<Arc<Conditionals>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.of_pattern.get(pattern) {
            return Ok(found.clone());
        }
        drop(known);
        let computed = Arc::new(compute()?);
        let n_bytes: usize = computed.components.iter().map(Conditional::size).sum();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.n_bytes + n_bytes <= MOST_BYTES {
            // another thread may have computed the same
            if known.of_pattern.insert(pattern.clone(), computed.clone()).is_none() {
                known.n_bytes += n_bytes;
            }
        }
        Ok(computed)
    }
}

impl Clone for ConditionalCache {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for ConditionalCache {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
