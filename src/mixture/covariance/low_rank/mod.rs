//! Low-rank covariances: loadings times their transpose, plus the variances of independent noise.
//!
//! ```text
//! Σ = W Wᵀ + D          x = m + W z + e,   z ~ N(0, I) of q factors,   e ~ N(0, D)
//! ```
//! A mixture of them is one of factor analysers (Ghahramani & Hinton 1996), or with spherical noise one of probabilistic PCA (Tipping &
//! Bishop 1999). Neither statistics nor parameters have d × d numbers: an iteration takes O(n d q) operations for each component.
//!
//! # M-step
//! With the regression B of the factors on a row and their covariance C given a row, both by the previous parameters, the statistics are
//! sums over rows along the directions B, and S is the covariance of the rows of the component:
//! ```text
//! A = B S,   E = C + A Bᵀ = L Lᵀ,   W = Aᵀ L⁻ᵀ,   D = diag(S - W Wᵀ)
//! ```
//! This is a step of EM with expanded parameters (Liu, Rubin & Wu 1998): it does not decrease the log-likelihood of the rows. Noise
//! variances are at least the regularisation, without which they can fall to 0 (Heywood cases). Without previous parameters, B is
//! random, in units of the standard deviations of the columns, and C is 0: `W Wᵀ` is the Nyström approximation of S, plus the
//! regularisation, along random directions.

mod inertia;
mod noise;
mod spreads;
mod statistics;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ndarray::{
    Array1, Array2, Array3, ArrayD, ArrayView1, ArrayView2, Axis, IxDyn, concatenate, stack,
};

use super::family::{Lookup, NO_REGULARISATION, NamedArrays, find_shaped};
use super::full::Full;
use super::log_densities::by_squared_lengths;
use super::low_rank_component::{Component, Factors};
use super::moments::Directions;
use super::{
    Conditional, CovarianceSpec, Factor, Family, MStep, Moments, Previous, Regularisation, Scratch,
    Spread,
};
use crate::compute::linalg;
use crate::compute::random::{BatchedRng, fill_normal};
use crate::compute::ties::first_largest;
use crate::error::{Error, Result};
use crate::rows::Block;
use crate::rows::pattern::Pattern;

pub use noise::Noise;
pub(super) use spreads::low_rank_arrays;

/// The names of the arrays.
const LOADINGS: &str = "loadings";
const NOISE: &str = "noise";

/// Share of a noise variance that an accelerated step keeps.
const LEAST_SHARE: f64 = 0.1;

/// The seed of the random directions of a start.
const SEED: u64 = 0;

/// Loadings and noise variances of each component.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LowRank {
    kind: Noise,
    /// W, (k, d, q).
    loadings: Array3<f64>,
    /// The diagonal of D of each component, (k, d).
    noise: Array2<f64>,
    components: Vec<Component>,
    /// The factors of each component given a row, for the statistics of the next step.
    directions: Arc<Directions>,
}

impl LowRank {
    /// # Errors
    /// [`Error::SingularCovariance`] and [`Error::NoConvergence`].
    fn new(kind: Noise, loadings: Array3<f64>, noise: Array2<f64>, reg_covar: f64) -> Result<Self> {
        let of_components = loadings.outer_iter().zip(noise.rows()).enumerate();
        let components = of_components.map(|(component, (loadings, noise))| {
            let singular = Error::SingularCovariance { component, reg_covar };
            Component::new(loadings, noise)?.ok_or(singular)
        });
        let (components, factors): (_, Vec<_>) =
            components.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        let all = |part: fn(&Factors) -> ArrayView2<'_, f64>| {
            let parts: Vec<_> = factors.iter().map(part).collect();
            concatenate(Axis(0), &parts).expect("equal shapes")
        };
        let directions = Arc::new(Directions {
            regressions: all(|factors| factors.regression.view()),
            spreads: Some(all(|factors| factors.spread.view())),
        });
        Ok(Self { kind, loadings, noise, components, directions })
    }

    /// The diagonal of D of a component, (d).
    fn noise(&self, component: usize) -> ArrayView1<'_, f64> {
        self.noise.row(component)
    }

    /// W of a component, (d, q).
    fn loadings(&self, component: usize) -> ArrayView2<'_, f64> {
        self.loadings.index_axis(Axis(0), component)
    }
}

impl Family for LowRank {
    type Settings = (usize, Noise);

    const NAME: &'static str = "low-rank";

    const SCIKIT_LEARN: &'static str = Full::NAME;

    fn check((rank, noise): (usize, Noise), n_features: usize) -> Result<()> {
        if rank <= n_features || n_features == 0 {
            return Ok(());
        }
        let spec = CovarianceSpec::LowRank { rank, noise };
        let given = format!("{spec} for {n_features} columns");
        Err(Error::param("covariance_type", given, "a rank of at most the number of columns"))
    }

    fn n_parameters((rank, noise): (usize, Noise), k: usize, d: usize) -> usize {
        // a rotation of the factors changes nothing
        let of_loadings = (d * rank).saturating_sub(rank * (rank - 1) / 2);
        k * of_loadings + noise.len(k, d)
    }

    fn second_moment_len((rank, _): (usize, Noise), k: usize, d: usize) -> usize {
        k * (rank + 1) * d
    }

    fn directions(
        (rank, _): (usize, Noise),
        previous: Option<&Self>,
        variances: &dyn Fn() -> Array1<f64>,
        n_components: usize,
        n_features: usize,
    ) -> Option<Arc<Directions>> {
        let Some(previous) = previous else {
            let mut regressions = Array2::zeros((n_components * rank, n_features));
            let numbers = regressions.as_slice_mut().expect("row-major");
            fill_normal(&mut BatchedRng::new(SEED, 0), numbers);
            // so that the units of columns do not matter
            regressions /= &variances().mapv(f64::sqrt);
            return Some(Arc::new(Directions { regressions, spreads: None }));
        };
        Some(previous.directions.clone())
    }

    fn accumulate_component(
        (q, _): (usize, Noise),
        moments: &mut Moments,
        component: usize,
        (block, weights): (&Block, &[f64]),
        scratch: &mut Scratch,
    ) {
        statistics::add(q, moments, component, (block, weights), scratch);
    }

    fn add_spread(
        (q, _): (usize, Noise),
        moments: &mut Moments,
        component: usize,
        missing: &[usize],
        (spread, count): (&Spread, f64),
    ) {
        statistics::add_spread(q, moments, component, missing, (spread, count));
    }

    fn maximise(
        (rank, kind): (usize, Noise),
        moments: &Moments,
        MStep { regularisation, threads }: MStep<'_>,
        _previous: Previous<'_, Self>,
    ) -> Result<Self> {
        let (k, d) = (moments.n_components(), moments.n_features());
        let found = threads
            .map(k, |component| statistics::loadings_of(moments, component, rank, regularisation));
        let mut loadings = Array3::zeros((k, d, rank));
        let mut noise = vec![0.0; kind.len(k, d)];
        for (component, (rows, variances)) in found.into_iter().enumerate() {
            let share =
                if kind.is_tied() { moments.count(component) / moments.total() } else { 1.0 };
            let share = if kind.is_spherical() { share / d as f64 } else { share };
            let explained = rows.map_axis(Axis(0), |column| column.dot(&column));
            for (column, (variance, explained)) in variances.iter().zip(explained).enumerate() {
                noise[kind.index(component, column, d)] += share * (variance - explained);
            }
            loadings.index_axis_mut(Axis(0), component).assign(&rows.t());
        }
        for (at, variance) in noise.iter_mut().enumerate() {
            *variance = variance.max(kind.least(at, regularisation));
        }
        Self::new(kind, loadings, kind.of_all(&noise, (k, d)), regularisation.setting)
    }

    fn from_arrays(
        (rank, kind): (usize, Noise),
        lookup: &mut Lookup<'_>,
        k: usize,
        d: usize,
    ) -> Result<Self> {
        let loadings = find_shaped(lookup, LOADINGS, (k, d, rank))?;
        let noise = find_shaped(lookup, NOISE, IxDyn(&kind.shape(k, d)))?;
        let noise = kind.of_all(noise.as_slice().expect("row-major"), (k, d));
        Self::new(kind, loadings, noise, NO_REGULARISATION)
    }

    fn settings(&self) -> (usize, Noise) {
        (self.loadings.dim().2, self.kind)
    }

    fn arrays(&self) -> NamedArrays {
        vec![(LOADINGS, self.loadings.clone().into_dyn()), (NOISE, self.kind.array(&self.noise))]
    }

    fn permuted(&self, order: &[usize]) -> Self {
        let q = self.loadings.dim().2;
        let rows: Vec<usize> = order.iter().flat_map(|at| at * q..(at + 1) * q).collect();
        let Directions { regressions, spreads } = &*self.directions;
        let directions = Arc::new(Directions {
            regressions: regressions.select(Axis(0), &rows),
            spreads: spreads.as_ref().map(|spreads| spreads.select(Axis(0), &rows)),
        });
        Self {
            directions,
            kind: self.kind,
            loadings: self.loadings.select(Axis(0), order),
            noise: self.noise.select(Axis(0), order),
            components: order.iter().map(|&from| self.components[from].clone()).collect(),
        }
    }

    /// Rotates the factors to principal axes: `Wᵀ D⁻¹ W` becomes diagonal with decreasing entries, and the entry of largest magnitude of
    /// each column of W positive.
    fn canonical(self) -> Result<Self> {
        let rotated = (0..self.components.len()).map(|component| {
            let loadings = self.loadings(component);
            let scaled = &loadings / &self.noise(component).insert_axis(Axis(1));
            let (_, vectors) = linalg::symmetric_eigen(&linalg::product(scaled.t(), loadings))?;
            let mut rows = linalg::product(vectors.view(), loadings.t());
            for mut row in rows.rows_mut() {
                let largest = first_largest(row.iter().map(|entry| entry.abs()));
                if largest.is_some_and(|largest| row[largest] < 0.0) {
                    row.mapv_inplace(|entry| -entry);
                }
            }
            Ok(rows.reversed_axes())
        });
        let rotated = rotated.collect::<Result<Vec<_>>>()?;
        let rotated: Vec<_> = rotated.iter().map(Array2::view).collect();
        let loadings = stack(Axis(0), &rotated).expect("equal shapes");
        let loadings = loadings.as_standard_layout().into_owned();
        Self::new(self.kind, loadings, self.noise, NO_REGULARISATION)
    }

    fn coordinates(&self) -> Vec<f64> {
        let of_component = |component: usize| {
            let variances = self.diagonal(component, 0);
            let deviations = variances.mapv(f64::sqrt).insert_axis(Axis(1));
            let noise = &self.noise(component) / &variances;
            let loadings = &self.loadings(component) / &deviations;
            loadings.into_iter().chain(noise).collect::<Vec<_>>()
        };
        (0..self.components.len()).flat_map(of_component).collect()
    }

    /// Noise variances that fall towards their bound would be negative.
    fn shorten(&self, arrays: &mut NamedArrays, regularisation: &Regularisation) {
        for (_, array) in arrays.iter_mut().filter(|(name, _)| *name == NOISE) {
            for (at, (to, noise)) in array.iter_mut().zip(&self.kind.array(&self.noise)).enumerate()
            {
                *to = to.max(LEAST_SHARE * noise).max(self.kind.least(at, regularisation));
            }
        }
    }

    fn scikit_learn_covariances(&self) -> ArrayD<f64> {
        let (k, d) = self.noise.dim();
        let matrices: Vec<_> = (0..k).map(|component| self.covariance(component, d)).collect();
        let matrices: Vec<_> = matrices.iter().map(Array2::view).collect();
        stack(Axis(0), &matrices).expect("equal shapes").into_dyn()
    }

    fn precisions_cholesky(&self) -> ArrayD<f64> {
        let matrices = (0..self.components.len()).map(|component| self.covariance(component, 0));
        match Full::of(matrices.collect(), NO_REGULARISATION) {
            Ok(full) => full.precisions_cholesky(),
            Err(_) => {
                let (k, d, _) = self.loadings.dim();
                ArrayD::from_elem(IxDyn(&[k, d, d]), f64::NAN)
            }
        }
    }

    fn covariance(&self, component: usize, _n_features: usize) -> Array2<f64> {
        let loadings = self.loadings(component);
        let mut covariance = linalg::product(loadings, loadings.t());
        covariance.diag_mut().scaled_add(1.0, &self.noise(component));
        covariance
    }

    fn diagonal(&self, component: usize, _n_features: usize) -> Array1<f64> {
        self.loadings(component).map_axis(Axis(1), |row| row.dot(&row)) + self.noise(component)
    }

    fn smallest_variances(&self, n_components: usize) -> Result<Array1<f64>> {
        let smallest =
            |component| inertia::smallest_variance(self.loadings(component), self.noise(component));
        (0..n_components).map(smallest).collect()
    }

    /// More rows than factors and the mean, so that the noise has rows.
    fn fewest_rows((rank, _): (usize, Noise), _n_features: usize) -> usize {
        rank + 2
    }

    fn are_below(&self, floor: &[f64], n_components: usize) -> Vec<bool> {
        let floor = ArrayView1::from(floor);
        let exceeds =
            |component| inertia::exceeds(self.loadings(component), self.noise(component), floor);
        (0..n_components).map(|component| !exceeds(component).unwrap_or(false)).collect()
    }

    fn conditional(
        &self,
        component: usize,
        _n_features: usize,
        pattern: &Pattern,
    ) -> Result<Conditional> {
        let (loadings, noise) = (self.loadings(component), self.noise(component));
        let singular = Error::SingularCovariance { component, reg_covar: NO_REGULARISATION };
        Conditional::of_low_rank(loadings, noise, pattern)?.ok_or(singular)
    }

    fn of_spreads(&self, spreads: &[Spread]) -> Result<(CovarianceSpec, NamedArrays)> {
        low_rank_arrays(self.settings(), spreads)
    }

    fn whiten(&self, component: usize, x: &[f64]) -> Vec<f64> {
        self.components[component].whiten(x)
    }

    fn log_constant(&self, component: usize, _n_features: usize) -> f64 {
        self.components[component].log_constant
    }

    fn log_prob(
        &self,
        means: ArrayView2<'_, f64>,
        offsets: &[f64],
        block: &Block,
        out: &mut [f64],
        scratch: &mut Scratch,
    ) {
        by_squared_lengths(means, offsets, (out, block.n_rows()), |component, mean, out| {
            let component = &self.components[component];
            let memory = (&mut scratch.rows, &mut scratch.by_row);
            component.squared_lengths(mean, block.feature_major(), out, memory);
            component.log_constant
        });
    }

    fn factor(&self, component: usize, _n_features: usize) -> Factor {
        Factor::LowRank {
            loadings: self.loadings(component).as_standard_layout().into_owned(),
            deviations: self.noise(component).mapv(f64::sqrt),
        }
    }
}
