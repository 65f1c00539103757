use approx::assert_abs_diff_eq;
use ndarray::{Array2, Axis, Slice, array};
use rand::Rng;
use rand_distr::StandardNormal;

use crate::compute::random::stream;
use crate::prelude::*;

const NAN: f64 = f64::NAN;

/// Rows of `d` numbers about three centres, with falling variances in mixed directions.
fn rows(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let rng = &mut stream(seed, 0);
    let mut normal = |shape| Array2::from_shape_simple_fn(shape, || rng.sample(StandardNormal));
    let centres: Array2<f64> = normal((3, d));
    // the error grows with the ratio of the largest variance to the residual variance, which is about 1e3 here
    let mixing = normal((d, d)) * (0.3 / (d as f64).sqrt()) + Array2::<f64>::eye(d);
    let mut rows: Array2<f64> = normal((n, d));
    for (at, mut column) in rows.columns_mut().into_iter().enumerate() {
        column *= 0.92_f64.powi(at as i32);
    }
    let mut rows = rows.dot(&mixing);
    for (at, mut row) in rows.rows_mut().into_iter().enumerate() {
        row += &(&centres.row(at % 3) * 3.0);
    }
    rows
}

fn first(rows: &Array2<f64>, n: usize) -> Array2<f64> {
    rows.select(Axis(0), &(0..n).collect::<Vec<_>>())
}

fn fitted(rows: &Array2<f64>, q: usize, whiten: bool, family: CovarianceType) -> Pipeline {
    let mixture = GaussianMixture::params(3).covariance_type(family).n_init(1).seed(1);
    let params = Pipeline::params().standardize(true).pca(Pca::params(q).whiten(whiten));
    params.mixture(mixture).fit(&DatasetBase::from(rows.clone())).unwrap()
}

/// Hides numbers of rows, in five patterns; the last row has no observed number.
fn with_gaps(rows: &Array2<f64>) -> Array2<f64> {
    let mut rows = rows.clone();
    let last = rows.nrows() - 1;
    for ((row, column), value) in rows.indexed_iter_mut() {
        let is_missing = match row % 5 {
            0 => column % 2 == 0,
            1 => column == 1,
            2 => column != 3,
            3 => column * 2 > row % 7,
            _ => false,
        };
        if is_missing || row == last {
            *value = NAN;
        }
    }
    rows
}

#[test]
fn conditionals_behind_a_pca_are_those_of_the_dense_covariance() {
    let rows = rows(600, 30, 1);
    for (q, whiten) in [(5, true), (12, false), (29, true), (30, false), (30, true)] {
        for family in [CovarianceType::Full, CovarianceType::Diag] {
            let model = fitted(&rows, q, whiten, family);
            let columns: Vec<usize> = (0..30).collect();
            let dense = Pipeline::from(model.marginal(&columns).unwrap());
            let gaps = with_gaps(&first(&rows, 61));
            let (found, expected) =
                (model.impute(gaps.view()).unwrap(), dense.impute(gaps.view()).unwrap());
            let scale = rows.std(0.0);
            for (index, &value) in found.rows.indexed_iter() {
                let difference = (value - expected.rows[index]) / scale;
                assert!(difference.abs() < 1e-10, "{q} {whiten} {index:?}: {difference}");
                let (sd, other) = (found.deviations[index], expected.deviations[index]);
                assert_eq!(sd.is_nan(), gaps[index].is_finite());
                // variances are sums, of which their roots have half the digits
                assert!(
                    sd.is_nan() || ((sd - other) / scale).abs() < 1e-8,
                    "{q} {index:?}: {sd} {other}"
                );
            }
        }
    }
}

#[test]
fn draws_have_the_conditional_mean_and_deviation() {
    let rows = rows(400, 12, 2);
    // with more and with fewer missing numbers than principal components, and without a PCA
    let params = GaussianMixture::params(2).seed(1);
    let plain = Pipeline::from(params.fit(&DatasetBase::from(rows.clone())).unwrap());
    let models = [fitted(&rows, 4, true, CovarianceType::Full), plain];
    for model in models {
        let gaps = with_gaps(&first(&rows, 6));
        let expected = model.impute(gaps.view()).unwrap();
        let n = 4000;
        let draws = model.impute_draws(gaps.view(), n, 3).unwrap();
        for ((index, &mean), &sd) in expected.rows.indexed_iter().zip(&expected.deviations) {
            let values: Vec<f64> = draws.iter().map(|rows| rows[index]).collect();
            if sd.is_nan() {
                assert!(values.iter().all(|&value| value == gaps[index]));
                continue;
            }
            let found = values.iter().sum::<f64>() / n as f64;
            let spread =
                |power| values.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n as f64;
            // five standard errors of a mean of squares
            let error = 5.0 * ((spread(4) - spread(2).powi(2)) / n as f64).sqrt();
            assert!(
                (found - mean).abs() < 5.0 * sd / (n as f64).sqrt(),
                "{index:?}: {found} {mean}"
            );
            assert!((spread(2) - sd * sd).abs() < error, "{index:?}: {} {}", spread(2), sd * sd);
        }
    }
}

/// A number that can be missing, and two categories, of which the second follows the first.
fn mixed() -> Pipeline {
    let mixture = GaussianMixture::new(
        array![0.4, 0.6],
        array![[0.0], [5.0]],
        CovarianceType::Diag,
        array![[1.0], [0.25]].into_dyn(),
    );
    let probabilities = vec![
        array![[0.9, 0.05, 0.05], [0.1, 0.2, 0.7]],
        array![[0.95, 0.05], [0.15, 0.85]],
        array![[0.8, 0.2], [0.5, 0.5]],
    ];
    let mixture = mixture.unwrap().with_categories(vec![1, 2, 3], probabilities).unwrap();
    let layout = crate::ColumnLayout::new(3, vec![0, 2], vec![1]).unwrap();
    let preprocessor = crate::Preprocessor::new(None, None).unwrap().with_layout(layout).unwrap();
    Pipeline::new(preprocessor, mixture).unwrap()
}

#[test]
fn categories_and_numbers_are_filled_from_each_other_as_if_they_were_observed() {
    let gaps = array![[NAN, 5.0, NAN], [0.0, NAN, NAN], [NAN, NAN, NAN], [1.0, 2.0, 1.0]];
    let filled = mixed().impute(gaps.view()).unwrap();
    assert_eq!(filled.rows.row(0), array![2.0, 5.0, 1.0]);
    // by hand: the first level, and the probability that the number is observed
    let joint = [0.4 * 0.9 * 0.8, 0.6 * 0.1 * 0.5];
    let r = joint[1] / (joint[0] + joint[1]);
    assert_abs_diff_eq!(filled.rows[[1, 1]], 5.0 * r, epsilon = 1e-12);
    let variance = (1.0 - r) * 1.0 + r * 0.25 + 25.0 * r * (1.0 - r);
    assert_abs_diff_eq!(filled.deviations[[1, 1]], variance.sqrt(), epsilon = 1e-12);
    let level_1 = (1.0 - r) * 0.05 + r * 0.85;
    assert_eq!(filled.rows[[1, 2]], 0.0);
    assert_abs_diff_eq!(filled.deviations[[1, 2]], level_1, epsilon = 1e-12);
    assert_eq!(filled.rows.row(3), gaps.row(3));
    assert!(filled.deviations.row(3).iter().all(|deviation| deviation.is_nan()));
    let draws = mixed().impute_draws(gaps.view(), 2000, 5).unwrap();
    let share = draws.iter().filter(|rows| rows[[1, 2]] == 1.0).count() as f64 / 2000.0;
    // five standard errors
    assert!((share - level_1).abs() < 5.0 * (level_1 * (1.0 - level_1) / 2000.0).sqrt(), "{share}");
}

#[test]
fn pieces_and_threads_do_not_change_bits() {
    let rows = rows(700, 8, 3);
    let (model, gaps) = (fitted(&rows, 3, false, CovarianceType::Tied), with_gaps(&rows));
    let draws = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| model.impute_draws(gaps.view(), 2, 9).unwrap())
    };
    let whole = draws(1);
    assert_eq!(draws(4), whole);
    let part = |rows: &Array2<f64>| rows.slice_axis(Axis(0), Slice::from(300..500)).to_owned();
    let piece = model.impute_draws_from(300, part(&gaps).view(), 0..2, 9, true).unwrap();
    for (piece, whole) in piece.iter().zip(&whole) {
        assert_abs_diff_eq!(piece, &part(whole), epsilon = 1e-12);
    }
    assert!(whole[0] != whole[1]);
}

#[test]
fn values_far_outside_are_completed_by_finite_numbers_and_bad_ones_are_refused() {
    let rows = rows(200, 6, 4);
    let model = fitted(&rows, 2, true, CovarianceType::Full);
    let far = array![[1e9, NAN, NAN, -1e9, NAN, 0.0]];
    let filled = model.impute(far.view()).unwrap();
    assert!(filled.rows.iter().all(|value| value.is_finite()));
    assert!(model.impute(array![[f64::INFINITY, 0.0, 0.0, 0.0, 0.0, NAN]].view()).is_err());
    assert!(model.impute(array![[NAN, 0.0]].view()).is_err());
    assert!(mixed().impute(array![[7.0, NAN, 0.0]].view()).is_err());
}

#[test]
fn draws_without_residual_noise_vary_in_the_span_of_the_axes_alone() {
    let rows = rows(300, 12, 5);
    let model = fitted(&rows, 3, true, CovarianceType::Full);
    let gaps = with_gaps(&first(&rows, 3));
    let draws = |residual| model.impute_draws_from(0, gaps.view(), 0..400, 1, residual).unwrap();
    let (with, without) = (draws(true), draws(false));
    // the third row misses eleven numbers: the difference of two draws is a combination of three axes
    let scale = model.preprocessor().scaler().unwrap().scale();
    let axes = model.preprocessor().pca().unwrap().components();
    let missing: Vec<usize> = (0..12).filter(|&column| column != 3).collect();
    let axes = axes.select(Axis(1), &missing).as_standard_layout().into_owned();
    let (_, span) = crate::compute::linalg::thin_svd(&axes).unwrap();
    let outside = |draws: &[Array2<f64>]| {
        let difference = ((&draws[0].row(2) - &draws[1].row(2)) / scale).select(Axis(0), &missing);
        let left = &difference - &span.dot(&difference).dot(&span);
        left.dot(&left) / difference.dot(&difference)
    };
    assert!(outside(&without) < 1e-20 && outside(&with) > 1e-6);
    let variance = |draws: &[Array2<f64>], at: [usize; 2]| {
        let values: ndarray::Array1<f64> = draws.iter().map(|rows| rows[at]).collect();
        values.var(0.0)
    };
    let total =
        |draws: &[Array2<f64>]| missing.iter().map(|&at| variance(draws, [2, at])).sum::<f64>();
    assert!(total(&without) < total(&with));
}
