//! Distances of synthetic rows to the nearest original rows.

use ndarray::{Array1, ArrayView2};

use crate::compute::ties::coarse;
use crate::error::Result;
use crate::metrics::quality::{nearest_distances, nearest_others};

/// Distances of the compared rows to the nearest original row.
///
/// All original rows are searched, or a random sample if a search of all would take minutes. Distances are in standard
/// deviations of the original columns or, if these were not standardised, in their units.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Nearest {
    /// Median distance of original rows to the nearest other original row.
    pub original: f64,
    /// Median distance of synthetic rows to the nearest original row.
    pub synthetic: f64,
    /// Share of the original rows that are duplicates of another original row.
    pub original_twins: f64,
    /// Share of the synthetic rows that are duplicates of an original row.
    pub synthetic_twins: f64,
}

impl Nearest {
    /// Whether the synthetic rows look like copies: their median distance to the nearest original row is less than half that
    /// of original rows, or their share of duplicates exceeds that of original rows by more than 0.1.
    pub fn copies(&self) -> bool {
        // rounding must not turn an equality into a strict inequality
        coarse(self.synthetic) < coarse(0.5 * self.original)
            || coarse(self.synthetic_twins) > coarse(self.original_twins + 0.1)
    }
}

/// Measures the distances of the first `n_compared` of the `originals`, and of the synthetic rows, to the nearest original.
pub(super) fn nearest(
    originals: ArrayView2<'_, f64>,
    n_compared: usize,
    synthetic: ArrayView2<'_, f64>,
) -> Result<Nearest> {
    let median = |distances: &Array1<f64>| {
        let mut sorted = distances.to_vec();
        sorted.sort_by(f64::total_cmp);
        0.5 * (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2])
    };
    let duplicates = |distances: &Array1<f64>| {
        let equal = distances.iter().filter(|&&distance| distance < 1e-9).count();
        equal as f64 / distances.len() as f64
    };
    let among = nearest_others(originals, n_compared)?;
    let to_original = nearest_distances(synthetic, originals)?;
    Ok(Nearest {
        original: median(&among),
        synthetic: median(&to_original),
        original_twins: duplicates(&among),
        synthetic_twins: duplicates(&to_original),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_does_not_turn_rows_into_copies() {
        // 0.7 + 0.1 is less than 0.8 by rounding
        let nearest =
            Nearest { original: 1.0, synthetic: 0.5, original_twins: 0.7, synthetic_twins: 0.8 };
        assert!(!nearest.copies());
        assert!(!Nearest { synthetic: 0.5 - 1e-16, ..nearest }.copies());
        assert!(Nearest { synthetic: 0.499, ..nearest }.copies());
        assert!(Nearest { synthetic_twins: 0.801, ..nearest }.copies());
    }
}
