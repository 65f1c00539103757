//! Rows to start from.

use ndarray::{Array2, ArrayView2};
use rand::Rng;
use rand::seq::index;

use super::nearest::Nearest;
use crate::compute::ties::first_smallest;
use crate::error::Result;
use crate::rows::{Reader, RowBlocks, n_parts, select};

/// The seeds of greedy k-means++, shape `(n_clusters, n_features)`.
///
/// A row's potential is `w |x - nearest seed|²`. Each next seed is one of some rows drawn by potential: the one that
/// leaves the smallest sum of potentials.
pub(crate) fn plus_plus(
    rows: &mut Reader<'_>,
    n_clusters: usize,
    rng: &mut impl Rng,
) -> Result<Array2<f64>> {
    let n_trials = 2 + (n_clusters as f64).ln() as usize;
    let (n_samples, n_features) = (rows.rows().n_samples(), rows.rows().n_features());
    let mut seeds = Array2::zeros((n_clusters, n_features));
    let weights = rows.rows().sample_weights().unwrap_or_else(|| vec![1.0; n_samples]);
    let mut potentials = vec![f64::INFINITY; n_samples];
    let mut memory: Vec<Nearest> = Vec::new();
    memory.resize_with(n_parts(rows.rows().n_blocks()), Nearest::default);
    for (cluster, mut seed) in seeds.rows_mut().into_iter().enumerate() {
        // the first seed, or one more than there are distinct rows: by weight alone
        let by_distance: f64 = if cluster == 0 { 0.0 } else { potentials.iter().sum() };
        let shares = if by_distance > 0.0 { &potentials } else { &weights };
        let total: f64 = shares.iter().sum();
        let mut trials = Array2::zeros((if cluster == 0 { 1 } else { n_trials }, n_features));
        for mut trial in trials.rows_mut() {
            let chosen = draw_by_share(shares, rng.gen_range(0.0..total));
            trial.assign(&rows.rows().row(chosen)?);
        }
        let best = match trials.nrows() {
            1 => 0,
            _ => {
                let sums = sums_with(rows, &mut memory, trials.view(), &potentials)?;
                first_smallest(sums).unwrap_or(0)
            }
        };
        seed.assign(&trials.row(best));
        reduce(rows, &mut memory, seed.insert_axis(ndarray::Axis(0)).view(), &mut potentials)?;
    }
    Ok(seeds)
}

/// Index at which the running sum of `shares` passes `level`.
fn draw_by_share(shares: &[f64], mut level: f64) -> usize {
    for (index, share) in shares.iter().enumerate() {
        level -= share;
        if level < 0.0 {
            return index;
        }
    }
    shares.iter().rposition(|&share| share > 0.0).unwrap_or(0)
}

/// The sum of potentials that each of `trials` would leave as one more seed.
fn sums_with(
    rows: &mut Reader<'_>,
    memory: &mut [Nearest],
    trials: ArrayView2<'_, f64>,
    potentials: &[f64],
) -> Result<Vec<f64>> {
    let mut parts: Vec<_> =
        memory.iter_mut().map(|part| (part, vec![0.0; trials.nrows()])).collect();
    rows.visit(&mut parts, |(nearest, sums), block| {
        let n = block.n_rows();
        let old = &potentials[block.first_row()..][..n];
        let distances = nearest.distances(trials, block).chunks_exact(n);
        for (sum, distances) in sums.iter_mut().zip(distances) {
            let new = distances.iter().zip(block.weights()).zip(old);
            *sum += new.map(|((distance, weight), old)| old.min(distance * weight)).sum::<f64>();
        }
        Ok(())
    })?;
    let mut total = vec![0.0; trials.nrows()];
    for (_, sums) in parts {
        total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
    }
    Ok(total)
}

/// Lowers the potentials to what they are with `seed` (1, d) as one more seed.
fn reduce(
    rows: &mut Reader<'_>,
    memory: &mut [Nearest],
    seed: ArrayView2<'_, f64>,
    potentials: &mut [f64],
) -> Result<()> {
    let mut parts: Vec<_> = memory.iter_mut().map(|part| (part, Vec::new())).collect();
    let old = &*potentials;
    rows.visit(&mut parts, |(nearest, new), block| {
        let old = &old[block.first_row()..][..block.n_rows()];
        let distances = nearest.distances(seed, block).iter().zip(block.weights());
        new.extend(distances.zip(old).map(|((distance, weight), old)| old.min(distance * weight)));
        Ok(())
    })?;
    let new = parts.into_iter().flat_map(|(_, new)| new);
    potentials.iter_mut().zip(new).for_each(|(old, new)| *old = new);
    Ok(())
}

/// Distinct random rows of those with a weight, shape `(n_rows, n_features)`.
pub(crate) fn random_rows(
    rows: &dyn RowBlocks,
    n_rows: usize,
    rng: &mut impl Rng,
) -> Result<Array2<f64>> {
    let chosen = match rows.sample_weights() {
        None => index::sample(rng, rows.n_samples(), n_rows).into_vec(),
        Some(weights) => {
            let with_weight = |&row: &usize| weights[row] > 0.0;
            let weighty: Vec<usize> = (0..weights.len()).filter(with_weight).collect();
            let chosen = index::sample(rng, weighty.len(), n_rows);
            chosen.into_iter().map(|from| weighty[from]).collect()
        }
    };
    select(rows, &chosen)
}
