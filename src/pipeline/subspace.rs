//! The numbers that are kept of a density behind a PCA, in a basis of their own.
//!
//! In the scaled space a component has the covariance and its inverse
//! ```text
//! Σ = V Λ Vᵀ + σ² (I - V Vᵀ),   Σ⁻¹ = V Λ⁻¹ Vᵀ + σ⁻² (I - V Vᵀ)
//! ```
//! with orthonormal axes V (d, q), the component's covariance Λ (q, q) along them, and the residual variance σ². With V_m = U R for
//! the kept numbers m, U of orthonormal columns (m, q') and R (q', q), their marginal and their conditional covariances are
//! ```text
//! U (R Λ Rᵀ + σ² (I - R Rᵀ)) Uᵀ + σ² (I - U Uᵀ),   U K⁻¹ Uᵀ + σ² (I - U Uᵀ),   K = R Λ⁻¹ Rᵀ + σ⁻² (I - R Rᵀ)
//! ```
//! Both have the form of Σ, with at most q directions, so no matrix has d rows and columns. K is a sum of matrices that are positive
//! semi-definite, whether or not Λ exceeds σ². If the kept numbers are no more than q, U is the identity.

use ndarray::{Array1, Array2, Array3, ArrayView1, ArrayView3, Axis};

use crate::compute::linalg::{self, LN_2PI};
use crate::error::{Error, Result};
use crate::mixture::given::Numbers;
use crate::mixture::{COVARIANCES, CovarianceType, GaussianMixture};
use crate::preprocess::pca::Pca;

/// A part of the numbers: their axes (q, n) and their means.
struct Part {
    axes: Array2<f64>,
    mean: Array1<f64>,
}

impl Part {
    fn of(pca: &Pca, numbers: &[usize]) -> Self {
        let axes = pca.components().select(Axis(1), numbers);
        Self {
            axes: axes.as_standard_layout().into_owned(),
            mean: pca.mean().select(Axis(0), numbers),
        }
    }
}

/// The basis of the numbers that are kept.
pub(super) struct Basis {
    kept: Part,
    /// Uᵀ, (q', m); none for the identity.
    directions: Option<Array2<f64>>,
    /// R, (q', q).
    rotation: Array2<f64>,
    variance: f64,
}

/// A component along the axes of the PCA.
struct Component {
    /// Its mean a, (q).
    center: Array1<f64>,
    /// Λ⁻¹.
    precision: Array2<f64>,
    log_determinant: f64,
}

/// The components of a mixture along the axes of a PCA, with whitening undone.
fn components(pca: &Pca, mixture: &GaussianMixture) -> Result<Vec<Component>> {
    let scales = scales(pca);
    let component = |component: usize| {
        let mut covariance = mixture.covariance(component);
        scale(&mut covariance, &scales);
        let singular = Error::SingularCovariance { component, reg_covar: 0.0 };
        let (precision, log_determinant) = inverse(covariance).ok_or(singular)?;
        let center = &mixture.means().row(component) * &scales;
        Ok(Component { center, precision, log_determinant })
    };
    (0..mixture.n_components()).map(component).collect()
}

/// Standard deviations by which whitening divides.
fn scales(pca: &Pca) -> Array1<f64> {
    if pca.whiten() {
        pca.explained_variance().mapv(f64::sqrt)
    } else {
        Array1::ones(pca.n_components())
    }
}

/// Multiplies rows and columns.
fn scale(matrix: &mut Array2<f64>, scales: &Array1<f64>) {
    *matrix *= scales;
    *matrix *= &scales.view().insert_axis(Axis(1));
}

/// The inverse of a positive definite matrix, and the logarithm of its determinant.
fn inverse(matrix: Array2<f64>) -> Option<(Array2<f64>, f64)> {
    let factor = linalg::inverse_cholesky(matrix)?;
    let log_determinant = -2.0 * factor.diag().iter().map(|entry| entry.ln()).sum::<f64>();
    Some((linalg::product(factor.t(), factor.view()), log_determinant))
}

impl Basis {
    /// The basis of some of the numbers behind a PCA with residual variance `variance`.
    ///
    /// # Errors
    /// [`Error::NoConvergence`].
    pub(super) fn of(pca: &Pca, variance: f64, numbers: &[usize]) -> Result<Self> {
        let kept = Part::of(pca, numbers);
        // of a PCA that leaves out no direction, none has the residual variance
        let keeps_all = pca.n_components() == pca.n_features();
        let variance = if keeps_all { 1.0 } else { variance };
        if numbers.len() <= pca.n_components() {
            let rotation = kept.axes.t().to_owned();
            return Ok(Self { kept, directions: None, rotation, variance });
        }
        let (_, directions) = linalg::thin_svd(&kept.axes)?;
        let rotation = linalg::product(directions.view(), kept.axes.t());
        Ok(Self { kept, directions: Some(directions), rotation, variance })
    }

    /// Uᵀ, (q', m); none for the identity.
    pub(super) fn directions(&self) -> Option<&Array2<f64>> {
        self.directions.as_ref()
    }

    /// Means of the kept numbers.
    pub(super) fn mean(&self) -> ArrayView1<'_, f64> {
        self.kept.mean.view()
    }

    /// σ².
    pub(super) fn variance(&self) -> f64 {
        self.variance
    }

    /// I - R Rᵀ.
    fn outside(&self) -> Array2<f64> {
        let rotation = &self.rotation;
        Array2::eye(rotation.nrows()) - linalg::product(rotation.view(), rotation.t())
    }

    /// The PCA to the basis; none if it is the identity. Variances along its axes are those of a mixture of these numbers.
    ///
    /// # Errors
    /// None for a basis of orthonormal directions.
    pub(super) fn pca(&self, mixture: &GaussianMixture) -> Result<Option<Pca>> {
        let Some(directions) = &self.directions else { return Ok(None) };
        let (weights, means) = (mixture.weights(), mixture.means());
        let mean = weights.dot(&means);
        let mut variances = Array1::zeros(mean.len());
        for (component, &weight) in weights.iter().enumerate() {
            let shift = &means.row(component) - &mean;
            variances += &((&shift * &shift + mixture.covariance(component).diag()) * weight);
        }
        let center = self.kept.mean.clone();
        Pca::new(center, directions.clone(), variances, self.variance, false).map(Some)
    }

    /// The numbers of components with these means in the basis, from the mean of the PCA, and covariances.
    fn numbers(
        &self,
        means: Array2<f64>,
        covariances: Array3<f64>,
        family: CovarianceType,
    ) -> Numbers {
        let means = if self.directions.is_some() { means } else { means + &self.kept.mean };
        let (family, covariances) = match family {
            CovarianceType::Tied => (family, covariances.index_axis_move(Axis(0), 0).into_dyn()),
            _ => (CovarianceType::Full, covariances.into_dyn()),
        };
        Numbers::gaussian(means, family, vec![(COVARIANCES, covariances)])
    }

    /// K⁻¹, K⁻¹ R (σ⁻² I - Λ⁻¹) and ln |K| of a component; none if K is singular to rounding.
    fn regression(&self, of: &Component) -> Option<(Array2<f64>, Array2<f64>, f64)> {
        if self.rotation.is_empty() {
            // no number is kept
            return Some((Array2::zeros((0, 0)), self.rotation.clone(), 0.0));
        }
        let rotated = linalg::product(self.rotation.view(), of.precision.view());
        let precision = linalg::product(rotated.view(), self.rotation.t());
        let precision = precision + self.outside() / self.variance;
        let (covariance, log_determinant) = inverse((&precision + &precision.t()) * 0.5)?;
        let pulled = &self.rotation / self.variance - rotated;
        let gain = linalg::product(covariance.view(), pulled.view());
        Some((covariance, gain, log_determinant))
    }

    /// The numbers, whatever the others are.
    pub(super) fn marginal(&self, pca: &Pca, mixture: &GaussianMixture) -> Numbers {
        let scales = scales(pca);
        let rotation = &self.rotation;
        let outside = self.outside() * self.variance;
        let (k, n) = (mixture.n_components(), rotation.nrows());
        let mut covariances = Array3::zeros((k, n, n));
        for (component, mut to) in covariances.outer_iter_mut().enumerate() {
            let mut covariance = mixture.covariance(component);
            scale(&mut covariance, &scales);
            let rotated = linalg::product(rotation.view(), covariance.view());
            let rotated = linalg::product(rotated.view(), rotation.t()) + &outside;
            to.assign(&((&rotated + &rotated.t()) * 0.5));
        }
        let centers = &mixture.means() * &scales;
        let means = linalg::product(centers.view(), rotation.t());
        self.numbers(means, covariances, mixture.covariance_type())
    }
}

/// The numbers that are kept, given all others; what depends on which they are, and not on their values.
pub(super) struct Given {
    pub(super) basis: Basis,
    family: CovarianceType,
    given: Part,
    components: Vec<Component>,
    /// K⁻¹ of each component, (k, q', q').
    covariances: Array3<f64>,
    /// K⁻¹ R (σ⁻² I - Λ⁻¹) of each component, (q', q).
    gains: Vec<Array2<f64>>,
    /// The log-density of the given numbers at their mean under each component.
    log_constants: Vec<f64>,
}

impl Given {
    /// # Errors
    /// [`Error::SingularCovariance`]; [`Error::NoConvergence`].
    pub(super) fn new(
        pca: &Pca,
        variance: f64,
        mixture: &GaussianMixture,
        (given, kept): (&[usize], &[usize]),
    ) -> Result<Self> {
        let basis = Basis::of(pca, variance, kept)?;
        let components = components(pca, mixture)?;
        let (n, q) = basis.rotation.dim();
        let mut covariances = Array3::zeros((components.len(), n, n));
        let (mut gains, mut log_constants) = (Vec::new(), Vec::new());
        for (component, of) in components.iter().enumerate() {
            let singular = Error::SingularCovariance { component, reg_covar: 0.0 };
            let (covariance, gain, log_determinant) = basis.regression(of).ok_or(singular)?;
            gains.push(gain);
            covariances.index_axis_mut(Axis(0), component).assign(&covariance);
            let variance = basis.variance;
            let n_residual = (given.len() + n) as f64 - q as f64;
            log_constants.push(
                -0.5 * given.len() as f64 * LN_2PI
                    - 0.5 * (of.log_determinant + log_determinant + n_residual * variance.ln()),
            );
        }
        let (given, family) = (Part::of(pca, given), mixture.covariance_type());
        Ok(Self { basis, family, given, components, covariances, gains, log_constants })
    }

    /// ln N of these values of the given numbers under each component, and the kept numbers.
    pub(super) fn at(&self, values: ArrayView1<'_, f64>) -> (Array1<f64>, Numbers) {
        let (log_densities, means) = self.means_at(values);
        (log_densities, self.basis.numbers(means, self.covariances.clone(), self.family))
    }

    /// Covariances of the kept numbers in the basis, (k, q', q'), whatever the values are.
    pub(super) fn covariances(&self) -> ArrayView3<'_, f64> {
        self.covariances.view()
    }

    /// ln N of these values of the given numbers under each component, and the means of the kept numbers in the basis, from the
    /// mean of the PCA, (k, q').
    pub(super) fn means_at(&self, values: ArrayView1<'_, f64>) -> (Array1<f64>, Array2<f64>) {
        let Self { basis, given, components, .. } = self;
        let (k, n) = (components.len(), basis.rotation.nrows());
        let from_mean = &values - &given.mean;
        let mut log_densities = Array1::zeros(k);
        let mut means = Array2::zeros((k, n));
        for (component, of) in components.iter().enumerate() {
            let shift = &from_mean - &of.center.dot(&given.axes);
            let along = given.axes.dot(&shift);
            // the kept numbers at their conditional mean, in the basis
            let kept = self.gains[component].dot(&along);
            // the row in and outside of the axes
            let inside = &along + &basis.rotation.t().dot(&kept);
            let outside_given = &shift - &inside.dot(&given.axes);
            let outside_kept = &kept - &basis.rotation.dot(&inside);
            let outside = outside_given.dot(&outside_given) + outside_kept.dot(&outside_kept);
            let square = inside.dot(&of.precision.dot(&inside)) + outside / basis.variance;
            log_densities[component] = self.log_constants[component] - 0.5 * square;
            means.row_mut(component).assign(&(basis.rotation.dot(&of.center) + kept));
        }
        (log_densities, means)
    }
}
