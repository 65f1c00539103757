//! The trait of covariance families, and the types of its methods.

use std::fmt::Debug;
use std::sync::Arc;

use ndarray::{Array, Array1, Array2, ArrayD, ArrayView2, CowArray, Dimension, IntoDimension, Ix2};

use super::moments::Directions;
use super::{
    Conditional, CovarianceSpec, Factor, Members, Moments, Previous, Regularisation, Settings,
    Spread,
};
use crate::compute::linalg;
use crate::compute::simd::AlignedBuffer;
use crate::compute::threads::Threads;
use crate::error::{Error, Result};
use crate::rows::Block;
use crate::rows::pattern::Pattern;
use crate::rows::scatter::Panels;

/// The `reg_covar` of covariances that are given, not estimated: they are not regularised.
pub(super) const NO_REGULARISATION: f64 = 0.0;

/// The name of the array of a family with a single array.
pub(crate) const COVARIANCES: &str = "covariances";

/// Arrays with their names, in a fixed order.
pub(crate) type NamedArrays = Vec<(&'static str, ArrayD<f64>)>;

/// Removes the array with this name and returns it.
pub(crate) fn take_array(arrays: &mut NamedArrays, name: &str) -> ArrayD<f64> {
    let at = arrays.iter().position(|(known, _)| *known == name);
    arrays.swap_remove(at.expect("families look up the names of their own arrays")).1
}

/// Returns an array by its name.
pub(super) type Lookup<'a> = dyn FnMut(&'static str) -> Result<ArrayD<f64>> + 'a;

/// Settings of an M-step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MStep<'a> {
    /// Added to the diagonal of every covariance.
    pub(crate) regularisation: &'a Regularisation,
    /// The threads that it may use.
    pub(crate) threads: Threads,
}

/// A covariance family.
///
/// In the formulas, n runs over rows, k over components; r is the responsibility times the sample weight, and c the centre
/// about which moments are taken.
pub(crate) trait Family: Sized + Clone + Debug + PartialEq {
    /// Settings of the family in addition to its name: `()`, or for instance a rank.
    type Settings: Settings;

    /// Name of the family in lower case; scikit-learn's if it has the family. All names, for a family of several.
    const NAME: &'static str;

    /// scikit-learn's name of the family that has covariances of these shapes.
    const SCIKIT_LEARN: &'static str = Self::NAME;

    /// Whether an affine combination of covariances of the family is one, if it is positive definite.
    const IS_AFFINE: bool = true;

    /// Checks that covariances with these settings exist in `n_features` dimensions.
    ///
    /// # Errors
    /// [`Error::InvalidParam`].
    fn check(_settings: Self::Settings, _n_features: usize) -> Result<()> {
        Ok(())
    }

    /// Number of free parameters in the covariances.
    fn n_parameters(settings: Self::Settings, n_components: usize, n_features: usize) -> usize;

    /// Length of the second moments that the M-step needs.
    fn second_moment_len(settings: Self::Settings, n_components: usize, n_features: usize)
    -> usize;

    /// The directions along which the second moments are taken, by the model of the posteriors if it is of this family with these
    /// settings, or by the variances of the columns; none if they are not taken along directions.
    fn directions(
        _settings: Self::Settings,
        _previous: Option<&Self>,
        _variances: &dyn Fn() -> Array1<f64>,
        _n_components: usize,
        _n_features: usize,
    ) -> Option<Arc<Directions>> {
        None
    }

    /// Indices of the second moments that are used, ascending; the others need not be sent or stored.
    fn packed_indices(
        settings: Self::Settings,
        n_components: usize,
        n_features: usize,
    ) -> Box<dyn Iterator<Item = usize>> {
        Box::new(0..Self::second_moment_len(settings, n_components, n_features))
    }

    /// Adds a block with weights of its rows to the first and second moments of one component.
    fn accumulate_component(
        settings: Self::Settings,
        moments: &mut Moments,
        component: usize,
        rows: (&Block, &[f64]),
        scratch: &mut Scratch,
    );

    /// Adds a block to the first and second moments.
    fn accumulate(
        settings: Self::Settings,
        moments: &mut Moments,
        block: &Block,
        responsibilities: &Responsibilities<'_>,
        scratch: &mut Scratch,
    ) {
        let weighted = responsibilities.weighted.chunks_exact(block.n_rows());
        for (component, weights) in weighted.enumerate() {
            Self::accumulate_component(settings, moments, component, (block, weights), scratch);
        }
    }

    /// Adds the covariance of the `missing` numbers of rows whose weights sum to `count` to the second moments of one
    /// component, whose rows have been added with the missing numbers at their means.
    fn add_spread(
        settings: Self::Settings,
        moments: &mut Moments,
        component: usize,
        missing: &[usize],
        spread: (&Spread, f64),
    );

    /// The M-step: the covariances that maximise the expected log-likelihood, with the regularisation of the step added to the
    /// diagonal. The covariances of `previous` may have other settings and another shape.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`].
    fn maximise(
        settings: Self::Settings,
        moments: &Moments,
        step: MStep<'_>,
        previous: Previous<'_, Self>,
    ) -> Result<Self>;

    /// Checks and factorises covariances, whose arrays `lookup` returns by name.
    ///
    /// # Errors
    /// Errors of `lookup`, [`Error::ShapeMismatch`], [`Error::NonFinite`], [`Error::SingularCovariance`].
    fn from_arrays(
        settings: Self::Settings,
        lookup: &mut Lookup<'_>,
        n_components: usize,
        n_features: usize,
    ) -> Result<Self>;

    /// The settings.
    fn settings(&self) -> Self::Settings;

    /// The arrays of the covariances, in the shapes of the family.
    fn arrays(&self) -> NamedArrays;

    /// Reorders the components: component `order[i]` becomes component `i`. No value is recomputed.
    fn permuted(&self, order: &[usize]) -> Self;

    /// The same covariances with arrays that they determine, where several arrays are the same covariances.
    ///
    /// # Errors
    /// [`Error::NoConvergence`].
    fn canonical(self) -> Result<Self> {
        Ok(self)
    }

    /// The covariances in the shape of scikit-learn's family.
    fn scikit_learn_covariances(&self) -> ArrayD<f64> {
        self.arrays().swap_remove(0).1
    }

    /// The upper Cholesky factor of the precisions, in scikit-learn's shape for the family. It is NaN if a matrix is singular to
    /// rounding that is not factorised otherwise.
    fn precisions_cholesky(&self) -> ArrayD<f64>;

    /// The d × d covariance matrix of one component.
    fn covariance(&self, component: usize, n_features: usize) -> Array2<f64>;

    /// The numbers in which EM steps of the covariances have a length, in units of the standard deviations; none if the posteriors
    /// determine the covariances, and weights and means say how far a step is.
    fn coordinates(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Shortens an accelerated step that begins near these covariances where `arrays` would be outside of the family.
    fn shorten(&self, _arrays: &mut NamedArrays, _regularisation: &Regularisation) {}

    /// The diagonal of the covariance matrix of one component.
    fn diagonal(&self, component: usize, n_features: usize) -> Array1<f64> {
        self.covariance(component, n_features).diag().to_owned()
    }

    /// The smallest eigenvalue of the covariance matrix of each component.
    fn smallest_variances(&self, n_components: usize) -> Result<Array1<f64>>;

    /// Minimum number of rows from which a component has a covariance that is not singular; 0 if components share it.
    fn fewest_rows(settings: Self::Settings, n_features: usize) -> usize;

    /// Whether the smallest variance of each component, relative to that of `floor` in the same direction, is at most 1:
    /// whether Σ - diag(floor) is not positive definite.
    fn are_below(&self, floor: &[f64], n_components: usize) -> Vec<bool> {
        let is_below = |component: usize| {
            let mut excess = self.covariance(component, floor.len());
            excess
                .diag_mut()
                .iter_mut()
                .zip(floor)
                .for_each(|(variance, floor)| *variance -= floor);
            !linalg::cholesky_in_place(&mut excess)
        };
        (0..n_components).map(is_below).collect()
    }

    /// Whether the rows of each component, with these moments, have a smallest variance at most that of `floor`, where the covariances of
    /// the family do not show it; empty for families that do.
    fn are_collapsed(
        _settings: Self::Settings,
        _moments: &Moments,
        _step: MStep<'_>,
        _floor: &[f64],
    ) -> Vec<bool> {
        Vec::new()
    }

    /// The density of the observed numbers of `component` and the regression of the missing ones on them.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`] if the covariance of the observed numbers is singular to rounding.
    fn conditional(
        &self,
        component: usize,
        n_features: usize,
        pattern: &Pattern,
    ) -> Result<Conditional> {
        let singular = Error::SingularCovariance { component, reg_covar: NO_REGULARISATION };
        Conditional::of_matrix(&self.covariance(component, n_features), pattern).ok_or(singular)
    }

    /// The family and the arrays of the covariances of some numbers of each component, given others.
    ///
    /// # Errors
    /// [`Error::NoConvergence`].
    fn of_spreads(&self, spreads: &[Spread]) -> Result<(CovarianceSpec, NamedArrays)>;

    /// L⁻¹ x, where the covariance of `component` is `L Lᵀ`.
    fn whiten(&self, component: usize, x: &[f64]) -> Vec<f64>;

    /// ln N(m | m, Σ), the log-density of `component` at its mean: -½ ln |Σ| - ½ d ln 2π.
    fn log_constant(&self, component: usize, n_features: usize) -> f64;

    /// Writes ln N(x | mean, covariance) plus the component's `offset` of each row under each component to
    /// `out`, one contiguous run of rows for each component.
    fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    );

    /// A factor that turns standard normal noise into noise with the covariance of `component`.
    fn factor(&self, component: usize, n_features: usize) -> Factor;
}

/// A family that is in the list of families.
pub(super) trait Listed: Family {
    /// The family with its settings.
    fn spec(settings: Self::Settings) -> CovarianceSpec;

    /// Converts the covariances to those of any family.
    fn into_members(self) -> Members;

    /// The covariances, if they are of this family.
    fn from_members(members: Members) -> Option<Self>;

    /// The covariances, if they are of this family.
    fn of_members(members: &Members) -> Option<&Self>;
}

/// Working memory of kernels, kept between blocks.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Transformed rows: centred or whitened.
    pub(crate) rows: AlignedBuffer,
    pub(crate) panels: Panels,
    /// One value for each row.
    pub(crate) per_row: Vec<f64>,
    /// One value for each row and component, row by row.
    pub(crate) by_row: AlignedBuffer,
    /// Rows whose missing numbers are at their means.
    pub(crate) completed: Block,
    /// What the rows weigh in components with heavy tails.
    pub(crate) precisions: Precisions,
}

/// The expected factors u of the precisions of rows in components with heavy tails, one contiguous run of rows for each component.
#[derive(Debug, Default)]
pub(crate) struct Precisions {
    /// u, or times the responsibilities.
    pub(crate) values: Vec<f64>,
    /// ln u
    pub(crate) logs: Vec<f64>,
}

impl Precisions {
    /// Makes room for this many rows and components.
    pub(crate) fn resize(&mut self, len: usize) {
        self.values.resize(len, 1.0);
        self.logs.resize(len, 0.0);
    }
}

/// The responsibilities of a block of rows, one contiguous run for each component.
pub(crate) struct Responsibilities<'a> {
    /// Posteriors, which sum to 1 over the components.
    pub(crate) posterior: &'a [f64],
    /// Posteriors times the sample weight of the row.
    pub(crate) weighted: &'a [f64],
}

/// The contiguous values of a row-major matrix, for kernels.
pub(super) fn row_major<'a>(matrix: &'a CowArray<'_, f64, Ix2>) -> &'a [f64] {
    matrix.as_slice().expect("row-major")
}

/// Returns the array with this name after checking that it has the shape of the family and is finite.
pub(super) fn find_shaped<D: Dimension>(
    lookup: &mut Lookup<'_>,
    name: &'static str,
    shape: impl IntoDimension<Dim = D>,
) -> Result<Array<f64, D>> {
    let array = lookup(name)?;
    let shape = shape.into_dimension();
    let mismatch = Error::shape(
        name,
        format!("shape {:?}", shape.slice()),
        format!("shape {:?}", array.shape()),
    );
    if array.shape() != shape.slice() {
        return Err(mismatch);
    }
    if let Some((at, &value)) = array.indexed_iter().find(|(_, v)| !v.is_finite()) {
        let column = at.slice().last().copied().unwrap_or(0);
        return Err(Error::NonFinite { row: at[0], column, value });
    }
    array.as_standard_layout().into_owned().into_dimensionality().map_err(|_| mismatch)
}
