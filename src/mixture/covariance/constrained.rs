//! Families of covariances that are those of another family under a constraint.
//!
//! A constraint determines the M-step and the number of parameters. All else is that of the family without it.

use std::fmt::Debug;

use ndarray::{Array1, Array2, ArrayD, ArrayView2};

use super::family::{Lookup, NamedArrays};
use super::settings::Settings;
use super::{
    Conditional, CovarianceSpec, Factor, Family, MStep, Moments, Previous, Scratch, Spread,
};
use crate::error::Result;
use crate::rows::Block;
use crate::rows::pattern::Pattern;

/// A constraint on the covariances of a family.
pub(crate) trait Constraint: Copy + Debug + PartialEq + 'static {
    /// The family without the constraint.
    type Base: Family<Settings = ()>;

    /// All constraints of this kind.
    const ALL: &'static [Self];

    /// The names of all constraints, for error messages.
    const NAMES: &'static str;

    /// The name, in mclust's letters.
    fn name(self) -> &'static str;

    /// Number of free parameters in the covariances.
    fn n_parameters(self, n_components: usize, n_features: usize) -> usize;

    /// Minimum number of rows from which a component has a covariance that is not singular; 0 if components share it.
    fn fewest_rows(self, n_features: usize) -> usize;

    /// Whether components have equal volumes and shapes of their own: one that has collapsed is scaled to the volume of the others.
    fn scales_shapes(self) -> bool;

    /// The M-step. Where it has no closed form, it begins at `start`, the covariances of the previous step, and improves them.
    ///
    /// # Errors
    /// [`Error::SingularCovariance`](crate::Error::SingularCovariance).
    fn maximise(
        self,
        moments: &Moments,
        step: MStep<'_>,
        start: Option<&Self::Base>,
    ) -> Result<Self::Base>;
}

impl<C: Constraint> Settings for C {
    fn name(self, _names: &'static str) -> &'static str {
        Constraint::name(self)
    }

    fn parse(_names: &'static str, name: &str, text: Option<&str>) -> Option<Self> {
        let found = C::ALL.iter().find(|constraint| Constraint::name(**constraint) == name);
        found.copied().filter(|_| text.is_none())
    }
}

/// Covariances of a family under a constraint.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Constrained<C: Constraint> {
    constraint: C,
    covariances: C::Base,
}

impl<C: Constraint> Family for Constrained<C> {
    type Settings = C;

    const NAME: &'static str = C::NAMES;

    const SCIKIT_LEARN: &'static str = C::Base::NAME;

    const IS_AFFINE: bool = false;

    fn n_parameters(constraint: C, n_components: usize, n_features: usize) -> usize {
        constraint.n_parameters(n_components, n_features)
    }

    fn second_moment_len(_: C, n_components: usize, n_features: usize) -> usize {
        C::Base::second_moment_len((), n_components, n_features)
    }

    fn packed_indices(
        _: C,
        n_components: usize,
        n_features: usize,
    ) -> Box<dyn Iterator<Item = usize>> {
        C::Base::packed_indices((), n_components, n_features)
    }

    fn accumulate_component(
        _: C,
        moments: &mut Moments,
        component: usize,
        rows: (&Block, &[f64]),
        scratch: &mut Scratch,
    ) {
        C::Base::accumulate_component((), moments, component, rows, scratch);
    }

    fn add_spread(
        _: C,
        moments: &mut Moments,
        component: usize,
        missing: &[usize],
        spread: (&Spread, f64),
    ) {
        C::Base::add_spread((), moments, component, missing, spread);
    }

    fn maximise(
        constraint: C,
        moments: &Moments,
        step: MStep<'_>,
        previous: Previous<'_, Self>,
    ) -> Result<Self> {
        let start = match &previous {
            Previous::Kept(previous) => Some(&previous.covariances),
            Previous::Owned(previous) => Some(&previous.covariances),
            Previous::Nothing | Previous::Memory(_) => None,
        };
        Ok(Self { constraint, covariances: constraint.maximise(moments, step, start)? })
    }

    fn from_arrays(
        constraint: C,
        lookup: &mut Lookup<'_>,
        n_components: usize,
        n_features: usize,
    ) -> Result<Self> {
        let covariances = C::Base::from_arrays((), lookup, n_components, n_features)?;
        Ok(Self { constraint, covariances })
    }

    fn settings(&self) -> C {
        self.constraint
    }

    fn arrays(&self) -> NamedArrays {
        self.covariances.arrays()
    }

    fn permuted(&self, order: &[usize]) -> Self {
        Self { constraint: self.constraint, covariances: self.covariances.permuted(order) }
    }

    fn precisions_cholesky(&self) -> ArrayD<f64> {
        self.covariances.precisions_cholesky()
    }

    fn covariance(&self, component: usize, n_features: usize) -> Array2<f64> {
        self.covariances.covariance(component, n_features)
    }

    fn smallest_variances(&self, n_components: usize) -> Result<Array1<f64>> {
        self.covariances.smallest_variances(n_components)
    }

    fn fewest_rows(constraint: C, n_features: usize) -> usize {
        constraint.fewest_rows(n_features)
    }

    fn are_below(&self, floor: &[f64], n_components: usize) -> Vec<bool> {
        self.covariances.are_below(floor, n_components)
    }

    fn are_collapsed(
        constraint: C,
        moments: &Moments,
        step: MStep<'_>,
        floor: &[f64],
    ) -> Vec<bool> {
        if !constraint.scales_shapes() {
            return Vec::new();
        }
        let unscaled = C::Base::maximise((), moments, step, Previous::Nothing);
        let n_components = moments.counts().len();
        unscaled.map_or_else(|_| Vec::new(), |unscaled| unscaled.are_below(floor, n_components))
    }

    fn conditional(
        &self,
        component: usize,
        n_features: usize,
        pattern: &Pattern,
    ) -> Result<Conditional> {
        self.covariances.conditional(component, n_features, pattern)
    }

    fn of_spreads(&self, spreads: &[Spread]) -> Result<(CovarianceSpec, NamedArrays)> {
        self.covariances.of_spreads(spreads)
    }

    fn whiten(&self, component: usize, x: &[f64]) -> Vec<f64> {
        self.covariances.whiten(component, x)
    }

    fn log_constant(&self, component: usize, n_features: usize) -> f64 {
        self.covariances.log_constant(component, n_features)
    }

    fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        self.covariances.log_prob(means, offsets, block, out, scratch);
    }

    fn factor(&self, component: usize, n_features: usize) -> Factor {
        self.covariances.factor(component, n_features)
    }
}
