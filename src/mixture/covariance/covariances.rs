//! The covariances of a mixture, of any family.

use ndarray::{Array1, Array2, ArrayD, ArrayView1, ArrayView2};

use super::family::COVARIANCES;
use super::{
    Conditional, CovarianceSpec, Factor, Family, Listed, Members, NamedArrays, Regularisation,
    Scratch, Spread,
};
use crate::error::{Error, Result};
use crate::rows::Block;
use crate::rows::pattern::Pattern;

/// The covariances of a mixture, of one of the families of [`CovarianceSpec`].
#[derive(Debug, Clone, PartialEq)]
pub struct Covariances(Members);

impl Covariances {
    /// Creates covariances from an array of the shape that [`CovarianceSpec`] lists.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`], [`Error::NonFinite`] or [`Error::SingularCovariance`];
    /// [`Error::InvalidParam`] if the family has other arrays.
    pub fn from_array(
        covariance_type: CovarianceSpec,
        covariances: ArrayD<f64>,
        n_components: usize,
        n_features: usize,
    ) -> Result<Self> {
        let mut given = Some(covariances);
        let lookup = |name| {
            let known = given.take().filter(|_| name == COVARIANCES);
            known.ok_or_else(|| Error::param("covariances", "one array", "the family's by name"))
        };
        Self::from_arrays(covariance_type, lookup, n_components, n_features)
    }

    /// Creates covariances from their arrays, which `lookup` returns by the names in [`arrays`](Self::arrays).
    ///
    /// # Errors
    /// Errors of `lookup`; [`Error::ShapeMismatch`], [`Error::NonFinite`] or [`Error::SingularCovariance`].
    pub fn from_arrays(
        covariance_type: CovarianceSpec,
        mut lookup: impl FnMut(&'static str) -> Result<ArrayD<f64>>,
        n_components: usize,
        n_features: usize,
    ) -> Result<Self> {
        for_spec!(covariance_type, F, settings => {
            Ok(Self::of(F::from_arrays(settings, &mut lookup, n_components, n_features)?))
        })
    }

    /// Covariances of one family.
    pub(super) fn of<F: Listed>(family: F) -> Self {
        Self(family.into_members())
    }

    /// The covariances, if they are of the family `F`.
    pub(super) fn as_family<F: Listed>(&self) -> Option<&F> {
        F::of_members(&self.0)
    }

    /// The covariances, if they are of the family `F`.
    pub(super) fn into_family<F: Listed>(self) -> Option<F> {
        F::from_members(self.0)
    }

    /// The family, with its settings.
    pub fn covariance_type(&self) -> CovarianceSpec {
        for_members!(&self.0, family => spec_of(family))
    }

    /// Returns the arrays of the covariances by name, in a fixed order.
    ///
    /// Low-rank covariances have the arrays `loadings` and `noise`, the others one array, named `covariances`, of the shape that
    /// [`CovarianceSpec`] lists.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let model = GaussianMixture::params(3).fit(&datasets::moons())?;
    /// let arrays = model.covariances().arrays();
    /// assert_eq!((arrays.len(), arrays[0].0, arrays[0].1.shape()), (1, "covariances", &[3, 2, 2][..]));
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn arrays(&self) -> Vec<(&'static str, ArrayD<f64>)> {
        for_members!(&self.0, family => family.arrays())
    }

    /// Returns the first of [`arrays`](Self::arrays): the covariances in the shape that [`CovarianceSpec`] lists, for a
    /// family without other arrays.
    pub fn to_array(&self) -> ArrayD<f64> {
        self.arrays().swap_remove(0).1
    }

    /// The covariances in the shape of scikit-learn's family.
    pub(crate) fn scikit_learn_covariances(&self) -> ArrayD<f64> {
        for_members!(&self.0, family => family.scikit_learn_covariances())
    }

    /// The factor `P` of the precisions, `covariance⁻¹ = P Pᵀ`: upper triangular (k, d, d) or (d, d), or
    /// the inverse standard deviations (k, d) or (k).
    pub fn precisions_cholesky(&self) -> ArrayD<f64> {
        for_members!(&self.0, family => family.precisions_cholesky())
    }

    /// Reorders the components: component `order[i]` becomes component `i`.
    pub(crate) fn permuted(&self, order: &[usize]) -> Self {
        for_members!(&self.0, family => Self::of(family.permuted(order)))
    }

    /// The d × d covariance matrix of one component.
    pub(crate) fn covariance(&self, component: usize, n_features: usize) -> Array2<f64> {
        for_members!(&self.0, family => family.covariance(component, n_features))
    }

    /// The numbers in which EM steps of the covariances have a length.
    pub(crate) fn coordinates(&self) -> Vec<f64> {
        for_members!(&self.0, family => family.coordinates())
    }

    /// Shortens an accelerated step that begins near these covariances where `arrays` would be outside of the family.
    pub(crate) fn shorten(
        &self,
        arrays: &mut Vec<(&'static str, ArrayD<f64>)>,
        regularisation: &Regularisation,
    ) {
        for_members!(&self.0, family => family.shorten(arrays, regularisation));
    }

    /// The diagonal of the covariance matrix of one component.
    pub(crate) fn diagonal(&self, component: usize, n_features: usize) -> Array1<f64> {
        for_members!(&self.0, family => family.diagonal(component, n_features))
    }

    /// The same covariances with arrays that they determine.
    ///
    /// # Errors
    /// [`Error::NoConvergence`].
    pub(crate) fn canonical(self) -> Result<Self> {
        for_members!(self.0, family => Ok(Self::of(family.canonical()?)))
    }

    /// The smallest eigenvalue of the covariance matrix of each component.
    pub(crate) fn smallest_variances(&self, n_components: usize) -> Result<Array1<f64>> {
        for_members!(&self.0, family => family.smallest_variances(n_components))
    }

    /// Whether each component is degenerate: its likelihood is bounded by the regularisation alone.
    ///
    /// Its smallest variance is at most twice the regularisation in that direction, so at least half of it is
    /// regularisation; or it has fewer of the `counts` rows than a covariance that is not singular needs.
    pub(crate) fn are_degenerate(
        &self,
        regularisation: &Regularisation,
        counts: ArrayView1<'_, f64>,
    ) -> Vec<bool> {
        let floor = regularisation.floor();
        for_members!(&self.0, family => are_degenerate(family, &floor, counts))
    }

    /// The density of the observed numbers of `component` and the regression of the missing ones on them.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`].
    pub(crate) fn conditional(
        &self,
        component: usize,
        n_features: usize,
        pattern: &Pattern,
    ) -> Result<Conditional> {
        for_members!(&self.0, family => family.conditional(component, n_features, pattern))
    }

    /// The family and the arrays of the covariances of some numbers of each component, given others.
    ///
    /// # Errors
    /// [`Error::NoConvergence`].
    pub(crate) fn of_spreads(&self, spreads: &[Spread]) -> Result<(CovarianceSpec, NamedArrays)> {
        for_members!(&self.0, family => family.of_spreads(spreads))
    }

    /// L⁻¹ x, where the covariance of `component` is `L Lᵀ`.
    pub(crate) fn whiten(&self, component: usize, x: &[f64]) -> Vec<f64> {
        for_members!(&self.0, family => family.whiten(component, x))
    }

    /// The log-density of `component` at its mean.
    pub(crate) fn log_constant(&self, component: usize, n_features: usize) -> f64 {
        for_members!(&self.0, family => family.log_constant(component, n_features))
    }

    /// Writes ln N(x | mean, covariance) plus the component's `offset` of each row under each component to
    /// `out`, one contiguous run of rows for each component.
    pub(crate) fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        for_members!(&self.0, family => family.log_prob(means, offsets, block, out, scratch));
    }

    /// A factor that turns standard normal noise into noise with the covariance of `component`.
    pub(crate) fn factor(&self, component: usize, n_features: usize) -> Factor {
        for_members!(&self.0, family => family.factor(component, n_features))
    }
}

fn are_degenerate<F: Family>(family: &F, floor: &[f64], counts: ArrayView1<'_, f64>) -> Vec<bool> {
    let fewest_rows = F::fewest_rows(family.settings(), floor.len()) as f64;
    let are_below = family.are_below(floor, counts.len());
    // counts are sums of responsibilities, which are rounded
    are_below
        .into_iter()
        .zip(counts)
        .map(|(is_below, count)| is_below || *count < fewest_rows - 0.5)
        .collect()
}

/// The family of these covariances, with its settings.
fn spec_of<F: Listed>(family: &F) -> CovarianceSpec {
    F::spec(family.settings())
}

#[cfg(test)]
mod tests {
    use linfa::prelude::{Fit, ParamGuard};

    use super::*;
    use crate::datasets;
    use crate::mixture::GaussianMixture;

    /// Three components, all different, with covariances of a family.
    fn three(family: CovarianceSpec) -> GaussianMixture {
        let params = GaussianMixture::params(3).covariance_type(family);
        params.check().unwrap().fit(&datasets::stretched_blobs()).unwrap()
    }

    #[test]
    fn covariances_are_rebuilt_from_their_named_arrays() {
        for family in CovarianceSpec::EVERY {
            let covariances = three(family).covariances().clone();
            let arrays = covariances.arrays();
            let lookup = |name| {
                let found = arrays.iter().find(|(known, _)| *known == name);
                Ok(found.expect("a known name").1.clone())
            };
            let again = Covariances::from_arrays(family, lookup, 3, 2).unwrap();
            assert_eq!(again.covariance_type(), family);
            for ((name, array), (_, expected)) in again.arrays().iter().zip(&arrays) {
                assert_eq!(array, expected, "{family}: {name}");
            }
        }
    }

    #[test]
    fn reordered_components_keep_every_bit() {
        for family in CovarianceSpec::EVERY {
            let (model, order) = (three(family), [2, 0, 1]);
            let permuted = model.permuted(&order);
            for (to, from) in order.into_iter().enumerate() {
                assert_eq!(permuted.weights()[to], model.weights()[from]);
                assert_eq!(permuted.means().row(to), model.means().row(from));
                assert_eq!(permuted.covariance(to), model.covariance(from), "{family}");
            }
            assert_eq!(permuted.permuted(&[1, 2, 0]), model, "{family}");
        }
    }
}
