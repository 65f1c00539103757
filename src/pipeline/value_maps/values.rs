//! Values that recur in samples: a monotone map of each column with such values, by quantiles.
//!
//! A mixture of Gaussians has no value of positive probability. The values of a sample between the quantiles of the model at the
//! cumulated shares of neighbouring values become a value of the data, so that each keeps its share:
//!
//! ```text
//! y = vᵢ    for    F(x) between p₁ + ... + pᵢ₋₁ and p₁ + ... + pᵢ
//! ```

use super::marginal::Marginal;

/// The map of a column.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ValueMap {
    values: Vec<f64>,
    /// Values from which the next one is the image, ascending.
    thresholds: Vec<f64>,
}

impl ValueMap {
    /// The map to values with these shares, whose total is not 0.
    pub(super) fn new(marginal: &Marginal, shares: &[(f64, f64)]) -> Self {
        let total: f64 = shares.iter().map(|(_, share)| share).sum();
        let mut below = 0.0;
        let mut thresholds = Vec::with_capacity(shares.len());
        for (_, share) in &shares[..shares.len() - 1] {
            below += share / total;
            thresholds.push(marginal.quantile(below));
        }
        Self { values: shares.iter().map(|(value, _)| *value).collect(), thresholds }
    }

    pub(super) fn apply(&self, x: f64) -> f64 {
        self.values[self.thresholds.partition_point(|&threshold| threshold <= x)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_shares() {
        let marginal = Marginal::gaussian(&[(0.6, 0.0, 0.5), (0.4, 6.0, 3.0)]);
        // of the values that are no spikes
        let shares = [(1.0, 0.1), (2.0, 0.4), (50.0, 0.3)];
        let map = ValueMap::new(&marginal, &shares);
        let mut below = 0.0;
        for (at, (value, share)) in shares.into_iter().enumerate() {
            let (low, high) = (below, below + share / 0.8);
            below = high;
            let inside = marginal.quantile(0.5 * (low + high));
            assert_eq!(map.apply(inside), value);
            if at + 1 < shares.len() {
                let edge = marginal.quantile(high);
                assert_eq!(
                    (map.apply(edge - 1e-9), map.apply(edge + 1e-9)),
                    (value, shares[at + 1].0)
                );
            }
        }
        assert_eq!((map.apply(-1e9), map.apply(1e9)), (1.0, 50.0));
    }
}
