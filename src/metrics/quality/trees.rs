//! Boosted regression trees.

use forust_ml::objective::ObjectiveType;
use forust_ml::{GradientBooster, Matrix};
use ndarray::ArrayView2;

/// Gradient-boosted regression trees of squared error (Friedman 2001) on histograms of the features; missing values go to the side
/// that fits better. For a target of 0 and 1 their predictions rank rows by its probability.
pub(super) struct Trees(GradientBooster);

const N_TREES: usize = 100;
const LEARNING_RATE: f32 = 0.1;
const DEPTH: usize = 5;
/// Minimum number of rows of a leaf.
const LEAST_ROWS: f32 = 5.0;
/// Expected number of features of a tree at most.
const MOST_FEATURES: f64 = 200.0;

impl Trees {
    /// Fits finite targets, one for each row of the features.
    pub(super) fn fit(features: ArrayView2<'_, f64>, targets: &[f64], seed: u64) -> Self {
        let by_tree = (MOST_FEATURES / features.ncols().max(1) as f64).min(1.0);
        // squared error takes sums, products and comparisons only, so that the trees are the same on every processor
        let mut trees = GradientBooster::default()
            .set_objective_type(ObjectiveType::SquaredLoss)
            .set_iterations(N_TREES)
            .set_learning_rate(LEARNING_RATE)
            .set_max_depth(DEPTH)
            .set_min_leaf_weight(LEAST_ROWS)
            .set_colsample_bytree(by_tree)
            .set_seed(seed)
            .set_parallel(false);
        let values = by_column(features);
        let features = Matrix::new(&values, features.nrows(), features.ncols());
        trees.fit_unweighted(&features, targets, None).expect("valid parameters, finite targets");
        Self(trees)
    }

    /// Predicts the target of each row.
    pub(super) fn predict(&self, features: ArrayView2<'_, f64>) -> Vec<f64> {
        let values = by_column(features);
        self.0.predict(&Matrix::new(&values, features.nrows(), features.ncols()), false)
    }
}

fn by_column(features: ArrayView2<'_, f64>) -> Vec<f64> {
    features.t().iter().copied().collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn a_threshold_and_missing_values_are_learned() {
        let features = Array2::from_shape_fn((200, 3), |(row, column)| match column {
            0 => (row * 37 % 200) as f64,
            1 if row.is_multiple_of(3) => f64::NAN,
            1 => 1.0,
            // a feature without values
            _ => f64::NAN,
        });
        let target = |row: usize| {
            f64::from(u8::from(row * 37 % 200 > 120)) + f64::from(u8::from(row.is_multiple_of(3)))
        };
        let targets: Vec<f64> = (0..200).map(target).collect();
        let predicted = Trees::fit(features.view(), &targets, 0).predict(features.view());
        for (found, expected) in predicted.iter().zip(&targets) {
            approx::assert_abs_diff_eq!(found, expected, epsilon = 0.05);
        }
    }
}
