//! How near synthetic rows are to original ones.

use ndarray::{Array1, ArrayView2};

use crate::compute::ties::coarse;
use crate::error::Result;
use crate::metrics::quality::{nearest_distances, nearest_others};

/// Distances of the rows that were compared to the nearest original row, of all original rows unless these are so many that
/// it would take minutes; in standard deviations of the original columns or, if these were not standardised, in their
/// units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// Median distance of original rows to the nearest other original row.
    pub original: f64,
    /// Median distance of synthetic rows to the nearest original row.
    pub synthetic: f64,
    /// Share of the original rows that another one equals.
    pub original_twins: f64,
    /// Share of the synthetic rows that an original one equals.
    pub synthetic_twins: f64,
}

impl Nearest {
    /// Whether synthetic rows look copied: if half of them lie less than half as far from the nearest original row as
    /// original rows from each other, or if twins of original rows are more frequent by a tenth of all rows.
    pub fn copies(&self) -> bool {
        // half as far, and a tenth more, are not less than half and more than a tenth by rounding
        coarse(self.synthetic) < coarse(0.5 * self.original)
            || coarse(self.synthetic_twins) > coarse(self.original_twins + 0.1)
    }
}

/// Distances of the first `n_compared` of the `originals`, and of the synthetic rows, to the nearest original.
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
    let twins = |distances: &Array1<f64>| {
        let equal = distances.iter().filter(|&&distance| distance < 1e-9).count();
        equal as f64 / distances.len() as f64
    };
    let among = nearest_others(originals, n_compared)?;
    let to_original = nearest_distances(synthetic, originals)?;
    Ok(Nearest {
        original: median(&among),
        synthetic: median(&to_original),
        original_twins: twins(&among),
        synthetic_twins: twins(&to_original),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_makes_no_copies() {
        // 0.7 + 0.1 is less than 0.8 by rounding
        let nearest =
            Nearest { original: 1.0, synthetic: 0.5, original_twins: 0.7, synthetic_twins: 0.8 };
        assert!(!nearest.copies());
        assert!(!Nearest { synthetic: 0.5 - 1e-16, ..nearest }.copies());
        assert!(Nearest { synthetic: 0.499, ..nearest }.copies());
        assert!(Nearest { synthetic_twins: 0.801, ..nearest }.copies());
    }
}
