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

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::compute::linalg::{self, LN_2PI};
use crate::compute::simd;
use crate::compute::simd::AlignedBuffer;
use crate::compute::simd::distances::Distances;
use crate::compute::simd::whiten::{PackedLower, SquaredLengths};
use crate::error::Result;
use crate::rows::pattern::Pattern;

/// The density of the observed numbers of a component, and the regression of the missing ones on them.
#[derive(Debug, Clone)]
pub(crate) struct Conditional {
    whitener: Whitener,
    /// The log-density of the observed numbers at their mean.
    pub(crate) log_constant: f64,
    /// B, (missing, observed); none if numbers are independent.
    pub(crate) regression: Option<Array2<f64>>,
    pub(crate) covariance: Spread,
}

/// `L⁻¹` of the observed numbers.
#[derive(Debug, Clone)]
enum Whitener {
    Lower(PackedLower),
    /// Inverse standard deviations.
    Scales(Vec<f64>),
}

/// C, the covariance of the missing numbers given the observed ones.
#[derive(Debug, Clone)]
pub(crate) enum Spread {
    Full(Array2<f64>),
    Diagonal(Array1<f64>),
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
            regression: Some(whitened.t().dot(&inverse)),
        })
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
        panel: &mut AlignedBuffer,
    ) {
        if center.is_empty() {
            return out.fill(0.0);
        }
        match &self.whitener {
            Whitener::Lower(lower) => {
                simd::run(SquaredLengths { lower, center, features, out, panel });
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
            Whitener::Scales(scales) => x.iter().zip(scales).map(|(x, scale)| x * scale).collect(),
        }
    }

    /// Approximate memory use in bytes.
    fn size(&self) -> usize {
        let of_regression = self.regression.as_ref().map_or(0, Array2::len);
        let of_covariance = match &self.covariance {
            Spread::Full(covariance) => covariance.len(),
            Spread::Diagonal(variances) => variances.len(),
        };
        let of_whitener = match &self.whitener {
            Whitener::Lower(lower) => lower.len(),
            Whitener::Scales(scales) => scales.len(),
        };
        size_of::<Self>() + 8 * (of_regression + of_covariance + of_whitener)
    }
}

impl Spread {
    /// Adds `factor` times the covariance to the lower triangle of a matrix of rows of `stride` numbers, at the `missing`
    /// columns.
    pub(super) fn add_to_lower(
        &self,
        factor: f64,
        missing: &[usize],
        (matrix, stride): (&mut [f64], usize),
    ) {
        match self {
            Self::Full(covariance) => {
                for (&i, row) in missing.iter().zip(covariance.rows()) {
                    let to = &mut matrix[i * stride..][..i + 1];
                    for (&j, value) in missing.iter().zip(row).take_while(|&(&j, _)| j <= i) {
                        to[j] += factor * value;
                    }
                }
            }
            Self::Diagonal(variances) => {
                for (&i, variance) in missing.iter().zip(variances) {
                    matrix[i * stride + i] += factor * variance;
                }
            }
        }
    }

    /// The covariance of some of the numbers, by their positions among the missing ones.
    pub(in crate::mixture) fn select(&self, positions: &[usize]) -> Self {
        match self {
            Self::Full(covariance) => {
                Self::Full(covariance.select(Axis(0), positions).select(Axis(1), positions))
            }
            Self::Diagonal(variances) => Self::Diagonal(variances.select(Axis(0), positions)),
        }
    }

    /// The products of `rows` (q, missing) and the covariance, (q, missing).
    pub(super) fn products(&self, rows: &Array2<f64>) -> Array2<f64> {
        match self {
            Self::Full(covariance) => rows.dot(covariance),
            Self::Diagonal(variances) => rows * variances,
        }
    }

    /// The matrix.
    pub(super) fn matrix(&self) -> Array2<f64> {
        match self {
            Self::Full(covariance) => (covariance + &covariance.t()) * 0.5,
            Self::Diagonal(variances) => Array2::from_diag(variances),
        }
    }

    /// The diagonal.
    pub(crate) fn variances(&self) -> ArrayView1<'_, f64> {
        match self {
            Self::Full(covariance) => covariance.diag(),
            Self::Diagonal(variances) => variances.view(),
        }
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
