//! Initial centroids.

use ndarray::{Array2, ArrayView2, Axis};
use rand::Rng;
use rand::seq::index;

use super::nearest::Nearest;
use crate::compute::random::index_at;
use crate::compute::ties::first_smallest;
use crate::error::{Error, Result};
use crate::rows::backend::Backend;
use crate::rows::pass::{Pass, PassRequest};
use crate::rows::{Block, MatrixRows, RowBlocks};

/// Draws the seeds of greedy k-means++, shape `(n_clusters, n_features)`.
///
/// A row's potential is `w |x - nearest seed|²`. Each next seed is one of several rows drawn with probability proportional to
/// their potential: the one that leaves the smallest sum of potentials.
pub(crate) fn plus_plus(
    backend: &mut dyn Backend,
    n_clusters: usize,
    rng: &mut impl Rng,
) -> Result<Array2<f64>> {
    let n_trials = 2 + (n_clusters as f64).ln() as usize;
    let (n_samples, n_features) = (backend.n_samples(), backend.n_features());
    let mut seeds = Array2::zeros((n_clusters, n_features));
    let weights = backend.sample_weights().unwrap_or_else(|| vec![1.0; n_samples]);
    let mut potentials = vec![f64::INFINITY; n_samples];
    for (cluster, mut seed) in seeds.rows_mut().into_iter().enumerate() {
        // the first seed, or one more than there are distinct rows: drawn by weight alone
        let by_distance: f64 = if cluster == 0 { 0.0 } else { potentials.iter().sum() };
        let shares = if by_distance > 0.0 { &potentials } else { &weights };
        let total: f64 = shares.iter().sum();
        let mut trials = Array2::zeros((if cluster == 0 { 1 } else { n_trials }, n_features));
        for mut trial in trials.rows_mut() {
            let chosen = index_at(shares.iter(), rng.gen_range(0.0..total));
            let row = backend.row(chosen)?;
            trial.assign(&row.ok_or_else(|| {
                Error::param("k-means++", "rows without an order", "rows in memory or in a file")
            })?);
        }
        let mut best = 0;
        if trials.nrows() > 1 {
            let request = TrialsRequest { trials: trials.view(), potentials: &potentials };
            let (sums, _) = Pass::new(request).over(backend)?;
            best = first_smallest(sums).unwrap_or(0);
        }
        seed.assign(&trials.row(best));
        let request =
            PotentialsRequest { seed: seed.view().insert_axis(Axis(0)), potentials: &potentials };
        potentials = Pass::new(request).over(backend)?.0;
    }
    Ok(seeds)
}

/// Requests the sum of potentials that each of `trials` would leave as the next seed.
struct TrialsRequest<'a> {
    trials: ArrayView2<'a, f64>,
    potentials: &'a [f64],
}

impl PassRequest for TrialsRequest<'_> {
    type Accumulator = (Vec<f64>, Nearest);

    fn begin(&self, _: usize, (sums, _): &mut (Vec<f64>, Nearest)) {
        sums.clear();
        sums.resize(self.trials.nrows(), 0.0);
    }

    fn add(&self, block: &Block, (sums, nearest): &mut (Vec<f64>, Nearest)) -> Result<()> {
        let n = block.n_rows();
        let old = &self.potentials[block.first_row()..][..n];
        let distances = nearest.distances(self.trials, block).chunks_exact(n);
        for (sum, distances) in sums.iter_mut().zip(distances) {
            let new = distances.iter().zip(block.weights()).zip(old);
            *sum += new.map(|((distance, weight), old)| old.min(distance * weight)).sum::<f64>();
        }
        Ok(())
    }

    fn merge(&self, (all, _): &mut (Vec<f64>, Nearest), (part, _): &(Vec<f64>, Nearest)) {
        all.iter_mut().zip(part).for_each(|(total, sum)| *total += sum);
    }
}

/// Requests the potential of every row, in order, with `seed` (1, d) as the next seed.
struct PotentialsRequest<'a> {
    seed: ArrayView2<'a, f64>,
    potentials: &'a [f64],
}

impl PassRequest for PotentialsRequest<'_> {
    type Accumulator = (Vec<f64>, Nearest);

    fn begin(&self, _: usize, (new, _): &mut (Vec<f64>, Nearest)) {
        new.clear();
    }

    fn add(&self, block: &Block, (new, nearest): &mut (Vec<f64>, Nearest)) -> Result<()> {
        let old = &self.potentials[block.first_row()..][..block.n_rows()];
        let distances = nearest.distances(self.seed, block).iter().zip(block.weights());
        new.extend(distances.zip(old).map(|((distance, weight), old)| old.min(distance * weight)));
        Ok(())
    }

    fn merge(&self, (all, _): &mut (Vec<f64>, Nearest), (part, _): &(Vec<f64>, Nearest)) {
        all.extend(part);
    }
}

/// Draws distinct random rows with nonzero weight, shape `(n_rows, n_features)`.
pub(crate) fn random_rows(rows: &MatrixRows<'_>, n_rows: usize, rng: &mut impl Rng) -> Array2<f64> {
    let records = rows.records();
    let chosen = match rows.sample_weights() {
        None => index::sample(rng, records.nrows(), n_rows).into_vec(),
        Some(weights) => {
            let with_weight = |&row: &usize| weights[row] > 0.0;
            let weighty: Vec<usize> = (0..weights.len()).filter(with_weight).collect();
            let chosen = index::sample(rng, weighty.len(), n_rows);
            chosen.into_iter().map(|from| weighty[from]).collect()
        }
    };
    records.select(Axis(0), &chosen)
}
