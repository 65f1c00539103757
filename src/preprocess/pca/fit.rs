//! Parameters of a PCA, and what a fit keeps of a decomposition.

use linfa::dataset::{DatasetBase, Records};
use linfa::prelude::{Fit, ParamGuard};
use ndarray::{Array1, ArrayBase, Axis, Data, Ix2, Slice};

use super::decomposition::{Decomposition, decompose, fewest};
use super::{Pca, PcaComponents, order};
use crate::error::{Error, Result};
use crate::rows::RowSource;
use crate::rows::backend::Backend;

/// Parameters of [`Pca`].
///
/// | parameter | default | meaning |
/// | --- | --- | --- |
/// | `n_components` | | a number, a share of the variance such as 0.99, or all |
/// | `whiten` | false | scale every component to variance 1 |
#[derive(Debug, Clone, PartialEq)]
pub struct PcaParams(PcaValidParams);

/// Validated parameters; see [`PcaParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct PcaValidParams {
    n_components: PcaComponents,
    whiten: bool,
}

impl PcaParams {
    pub(super) fn new(n_components: PcaComponents) -> Self {
        Self(PcaValidParams { n_components, whiten: false })
    }

    /// Sets whether every component is scaled to variance 1.
    pub fn whiten(mut self, whiten: bool) -> Self {
        self.0.whiten = whiten;
        self
    }
}

/// The parameters, one by one.
impl PcaValidParams {
    /// Number of components, or their share of the variance.
    pub fn n_components(&self) -> PcaComponents {
        self.n_components
    }

    /// Whether every component is scaled to variance 1.
    pub fn whiten(&self) -> bool {
        self.whiten
    }
}

impl ParamGuard for PcaParams {
    type Checked = PcaValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&PcaValidParams> {
        match self.0.n_components {
            PcaComponents::Count(0) => Err(Error::param("PCA components", 0, "at least 1")),
            PcaComponents::Variance(share) if !(share > 0.0 && share <= 1.0) => Err(Error::param(
                "PCA variance share",
                share,
                "above 0 and at most 1 (write a count without a decimal point)",
            )),
            _ => Ok(&self.0),
        }
    }

    fn check(self) -> Result<PcaValidParams> {
        self.check_ref()?;
        Ok(self.0)
    }
}

impl PcaValidParams {
    /// Fits to the rows of any backend.
    ///
    /// # Errors
    /// Same as [`Fit::fit`], and any error from reading the rows.
    pub(crate) fn fit_backend(&self, backend: &mut dyn Backend) -> Result<Pca> {
        let (n, d) = (backend.n_samples(), backend.n_features());
        self.check_shape(n, d)?;
        let (mean, decomposition) = decompose(backend, self.n_components)?;
        self.keep(mean, decomposition)
    }

    /// Returns an error if more components are requested than there are rows or columns.
    fn check_shape(&self, n: usize, d: usize) -> Result<()> {
        if n < 2 {
            return Err(Error::TooFewSamples {
                n_samples: n,
                needed: 2,
                wanted: "principal components".into(),
            });
        }
        match self.n_components {
            PcaComponents::Count(count) if count > n.min(d) => Err(Error::param(
                "PCA components",
                format!("{count} of {n} rows x {d} columns"),
                "at most the number of rows and at most the number of columns",
            )),
            _ => Ok(()),
        }
    }

    /// Keeps the requested components.
    fn keep(&self, mean: Array1<f64>, decomposition: Decomposition) -> Result<Pca> {
        let Decomposition { mut variances, mut axes, further, rounding } = decomposition;
        let d = mean.len();
        variances.mapv_inplace(|variance| variance.max(0.0));
        order::fix_signs(&mut axes);
        order::order_equals(&variances, &mut axes);

        let total_variance = variances.sum() + further;
        let rank = numerical_rank(&variances, rounding);
        let kept = match self.n_components {
            PcaComponents::All => rank.max(1),
            PcaComponents::Count(count) => count,
            PcaComponents::Variance(share) => {
                fewest(&variances, share * total_variance).min(rank.max(1))
            }
        };
        if self.whiten && kept > rank {
            return Err(Error::CannotWhiten { component: rank, rank });
        }
        let dropped = variances.slice_axis(Axis(0), Slice::from(kept..));
        let noise_variance = match d - kept {
            0 => 0.0,
            n_dropped => (dropped.sum() + further) / n_dropped as f64,
        };
        Ok(Pca {
            mean,
            axes: axes.slice_axis(Axis(0), Slice::from(..kept)).to_owned(),
            variances: variances.slice_axis(Axis(0), Slice::from(..kept)).to_owned(),
            total_variance,
            noise_variance,
            whiten: self.whiten,
        })
    }
}

/// Number of variances above the share `rounding` of the largest.
fn numerical_rank(variances: &Array1<f64>, rounding: f64) -> usize {
    let floor = variances.first().copied().unwrap_or(0.0) * rounding;
    variances.iter().take_while(|&&variance| variance > floor).count()
}

impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, Error> for PcaValidParams
where
    ArrayBase<D, Ix2>: Records,
{
    type Object = Pca;

    /// Fits to the records by their sample weights; targets are ignored.
    ///
    /// # Errors
    /// Errors of the data ([`Error::NonFinite`], [`Error::TooFewSamples`], ...), [`Error::InvalidParam`] for more components
    /// than rows or columns, [`Error::CannotWhiten`].
    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<Pca> {
        self.fit_backend(&mut *dataset.backend()?)
    }
}
