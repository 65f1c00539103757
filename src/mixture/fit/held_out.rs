//! Cross-validated log-likelihoods of the models of a search.
//!
//! The rows are split into parts of nearly equal size at random. For each part, all models are fitted to the other rows, and the
//! log-density of its rows under these fits is summed:
//! ```text
//! held-out = -2 Σᵢ wᵢ ln p(xᵢ | fit without the part of row i)
//! ```
//! Stone 1974; for the number of components of a mixture, Smyth 2000.

use rand::seq::SliceRandom;

use super::observer::Observer;
use super::selected_rows::SelectedRows;
use super::selection::SelectionCell;
use crate::compute::random::{child_seed, stream};
use crate::error::{Error, Result};
use crate::mixture::GaussianMixture;
use crate::rows::backend::Backend;
use crate::rows::{LocalBackend, MatrixRows};

/// The child seed for the split of the rows; restarts have small ones.
const SPLIT: u64 = u64::MAX - 1;

/// The cross-validated criterion of each of `n_models` models; none if a fit has failed. `fit` fits all models to some of the rows.
///
/// # Errors
/// [`Error::InvalidParam`] if the rows are not in memory, or fewer than parts; errors of `fit` that concern all models.
pub(super) fn held_out(
    backend: &dyn Backend,
    (n_models, n_folds, seed): (usize, usize, u64),
    observer: Option<&dyn Observer>,
    fit: impl Fn(&mut dyn Backend) -> Result<Vec<SelectionCell>>,
) -> Result<Vec<Option<f64>>> {
    let Some(rows) = backend.as_matrix() else {
        let expected = "bic, aic or icl for rows that are not in memory";
        return Err(Error::param("criterion", "held-out", expected));
    };
    let n_samples = rows.records().nrows();
    if n_folds > n_samples {
        return Err(Error::param("n_folds", n_folds, "at most the number of rows"));
    }
    let mut order: Vec<usize> = (0..n_samples).collect();
    order.shuffle(&mut stream(child_seed(seed, SPLIT), 0));
    let mut sums = vec![Some(0.0); n_models];
    for fold in 0..n_folds {
        if let Some(observer) = observer {
            observer.fold(fold, n_folds);
        }
        let part = fold * n_samples / n_folds..(fold + 1) * n_samples / n_folds;
        let mut others = [&order[..part.start], &order[part.end..]].concat();
        // in the order of the rows, which are read faster
        others.sort_unstable();
        let training = SelectedRows::of(rows, &others);
        let training = LocalBackend::new(training.rows(backend.may_be_missing()));
        let cells = fit(&mut training.memory_budget(backend.memory_budget()))?;
        let held_out = SelectedRows::of(rows, &order[part]);
        let held_out = held_out.rows(backend.may_be_missing());
        for (sum, cell) in sums.iter_mut().zip(&cells) {
            let fitted = cell.outcome.as_ref().ok().filter(|_| sum.is_some());
            *sum = match (fitted, *sum) {
                (Some(fitted), Some(sum)) => Some(sum + log_likelihood(&fitted.model, held_out)?),
                _ => None,
            };
        }
    }
    Ok(sums.into_iter().map(|sum| sum.map(|log_likelihood| -2.0 * log_likelihood)).collect())
}

fn log_likelihood(model: &GaussianMixture, rows: MatrixRows<'_>) -> Result<f64> {
    let scores = model.score_backend(&mut LocalBackend::new(rows))?;
    Ok(scores.dot(&rows.weights()))
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::{Array2, array};

    use crate::SelectionParams;
    use crate::compute::linalg::LN_2PI;
    use crate::prelude::*;
    use crate::rows::{Block, BlockRows, RowBlocks};

    fn params(n_components: impl IntoIterator<Item = usize>) -> SelectionParams {
        let mixture = GaussianMixture::params(1).reg_covar(0.0).n_init(1);
        Selection::params(n_components).criterion(Criterion::HeldOut).mixture(mixture)
    }

    #[test]
    fn one_component_without_each_row_is_the_normal_distribution_of_the_others() {
        let values: [f64; 6] = [0.3, 1.9, -0.4, 2.2, 5.0, 1.1];
        let density = |left_out: usize| {
            let others: Vec<f64> =
                (0..6).filter(|&row| row != left_out).map(|row| values[row]).collect();
            let mean = others.iter().sum::<f64>() / 5.0;
            let variance = others.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 5.0;
            -0.5 * (LN_2PI + variance.ln() + (values[left_out] - mean).powi(2) / variance)
        };
        let expected = -2.0 * (0..6).map(density).sum::<f64>();
        let rows = DatasetBase::from(Array2::from_shape_vec((6, 1), values.to_vec()).unwrap());
        let search = params([1]).n_folds(6).fit(&rows).unwrap();
        assert_abs_diff_eq!(search.best().criteria.held_out.unwrap(), expected, epsilon = 1e-10);
        // a row of weight 2 counts twice, and one of weight 0 not at all
        let weights = array![2.0, 2.0, 2.0, 2.0, 2.0, 2.0];
        let search = params([1]).n_folds(6).fit(&rows.clone().with_weights(weights)).unwrap();
        let twice = search.best().criteria.held_out.unwrap();
        assert_abs_diff_eq!(twice, 2.0 * expected, epsilon = 1e-10);
    }

    #[test]
    fn models_that_cannot_be_fitted_to_the_other_rows_are_not_chosen() {
        let rows = DatasetBase::from(array![[0.3], [1.9], [-0.4], [2.2], [5.0], [1.1]]);
        // four rows without a part
        let mixture = GaussianMixture::params(1).n_init(1);
        let selection = params([1, 5]).n_folds(3).skip_overparameterised(false).mixture(mixture);
        let search = selection.fit(&rows).unwrap();
        assert_eq!(search.best_model().n_components(), 1);
        let of_five = search.cell(5, CovarianceType::Full).unwrap().outcome.as_ref().unwrap();
        assert_eq!(of_five.criteria.held_out, None);
    }

    #[test]
    fn parts_are_at_most_as_many_as_rows_and_rows_are_in_memory() {
        let rows = array![[0.3], [1.9], [-0.4]];
        let error = params([1]).n_folds(4).fit(&DatasetBase::from(rows)).unwrap_err();
        assert!(error.to_string().contains("n_folds"), "{error}");
        assert!(params([1]).n_folds(1).check().is_err());

        struct Ramp;
        impl RowBlocks for Ramp {
            fn n_samples(&self) -> usize {
                100
            }
            fn n_features(&self) -> usize {
                1
            }
            fn read_rows(
                &self,
                rows: std::ops::Range<usize>,
                block: &mut Block,
            ) -> crate::Result<()> {
                block.fill(
                    rows.start,
                    Array2::from_shape_fn((rows.len(), 1), |(i, _)| i as f64).view(),
                );
                Ok(())
            }
        }
        let error = params([1]).fit_observed(&BlockRows(Ramp), |_| ()).unwrap_err();
        assert!(error.to_string().contains("not in memory"), "{error}");
    }
}
