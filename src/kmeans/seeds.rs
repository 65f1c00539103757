//! Rows to start from.

use ndarray::{Array1, Array2, Axis};
use rand::Rng;
use rand::seq::index;

use super::nearest::nearest;
use crate::error::Result;
use crate::rows::{Block, RowBlocks, fold, weights};

/// The seeds of greedy k-means++, shape `(n_clusters, n_features)`.
pub(crate) fn plus_plus<R: RowBlocks + ?Sized>(
    rows: &R,
    n_clusters: usize,
    rng: &mut impl Rng,
) -> Result<Array2<f64>> {
    let n_trials = 2 + (n_clusters as f64).ln() as usize;
    let mut seeds = Array2::zeros((n_clusters, rows.n_features()));
    let weights = weights(rows)?;
    let mut potentials = vec![f64::INFINITY; rows.n_samples()];
    for cluster in 0..n_clusters {
        let trials = if cluster == 0 { 1 } else { n_trials };
        // the first seed, or one more than there are distinct rows: by weight alone
        let by_distance: f64 = if cluster == 0 { 0.0 } else { potentials.iter().sum() };
        let shares = if by_distance > 0.0 { &potentials } else { &weights };
        let total: f64 = shares.iter().sum();
        let mut best: Option<(f64, Array1<f64>, Vec<f64>)> = None;
        for _ in 0..trials {
            let chosen = draw_by_share(shares, rng.gen_range(0.0..total));
            let candidate = rows.row(chosen)?;
            let reduced = potentials_with(rows, &candidate, &potentials)?;
            let sum = reduced.iter().sum();
            if best.as_ref().is_none_or(|(lowest, ..)| sum < *lowest) {
                best = Some((sum, candidate, reduced));
            }
        }
        let (_, seed, reduced) = best.expect("at least one trial");
        seeds.row_mut(cluster).assign(&seed);
        potentials = reduced;
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

/// `w |x - nearest seed|²` of each row, once `candidate` is a seed too.
fn potentials_with<R: RowBlocks + ?Sized>(
    rows: &R,
    candidate: &Array1<f64>,
    potentials: &[f64],
) -> Result<Vec<f64>> {
    let center = candidate.view().insert_axis(Axis(0));
    let visit = |out: &mut Vec<f64>, block: &Block| {
        let found = nearest(center, block);
        let old = &potentials[block.first_row()..];
        let new = found.squared_distances.iter().zip(block.weights()).zip(old);
        out.extend(new.map(|((distance, weight), old)| old.min(distance * weight)));
        Ok(())
    };
    fold(rows, Vec::new, visit, |all, part| all.extend(part))
}

/// Distinct random rows of those with a weight, shape `(n_rows, n_features)`.
pub(crate) fn random_rows<R: RowBlocks + ?Sized>(
    rows: &R,
    n_rows: usize,
    rng: &mut impl Rng,
) -> Result<Array2<f64>> {
    let mut chosen = Array2::zeros((n_rows, rows.n_features()));
    let weights = weights(rows)?;
    let weighty: Vec<usize> = (0..weights.len()).filter(|&row| weights[row] > 0.0).collect();
    for (to, from) in index::sample(rng, weighty.len(), n_rows).into_iter().enumerate() {
        chosen.row_mut(to).assign(&rows.row(weighty[from])?);
    }
    Ok(chosen)
}
