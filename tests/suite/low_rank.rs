//! Low-rank covariances: factor analysers, probabilistic PCA, and mixtures of them.

use mixlab::prelude::*;
use mixlab::{CovarianceType, Error, GmmParams, Init, ModelFile, Noise};
use ndarray::{Array2, Array3, Axis, Slice};

const EVERY_NOISE: [Noise; 4] =
    [Noise::Diag, Noise::Spherical, Noise::TiedDiag, Noise::TiedSpherical];

/// The 52 pixels of the digits with a variance above 0.3, (1797, 52).
fn digits() -> Array2<f64> {
    let digits = datasets::digits().records;
    let varies = |&pixel: &usize| digits.column(pixel).var(0.0) > 0.3;
    let pixels: Vec<usize> = (0..digits.ncols()).filter(varies).collect();
    digits.select(Axis(1), &pixels).as_standard_layout().into_owned()
}

fn low_rank(n_components: usize, rank: usize, noise: Noise) -> GmmParams {
    GaussianMixture::params(n_components).covariance_type(CovarianceType::LowRank { rank, noise })
}

fn log_likelihood(model: &GaussianMixture, rows: &Array2<f64>) -> f64 {
    model.score(rows).unwrap() * rows.nrows() as f64
}

#[test]
fn one_component_is_the_factor_analysis_of_scikit_learn() {
    let rows = digits();
    // FactorAnalysis(5, tol=1e-12, svd_method="lapack").score(rows) * 1797 of scikit-learn 1.9.1
    let expected = -244_255.217_415_008_4;
    let params = low_rank(1, 5, Noise::Diag).reg_covar(0.0).tol(0.0).max_iter(1000).n_init(1);
    let found = log_likelihood(&params.fit(&DatasetBase::from(rows.clone())).unwrap(), &rows);
    assert!((found - expected).abs() < 1e-6, "{found}");
}

#[test]
fn one_component_with_spherical_noise_is_probabilistic_pca() {
    let rows = digits();
    let (n, d) = rows.dim();
    let pca =
        Pca::params(mixlab::PcaComponents::All).fit(&DatasetBase::from(rows.clone())).unwrap();
    // of maximum likelihood: divided by n
    let variances = pca.explained_variance().mapv(|variance| variance * (n - 1) as f64 / n as f64);
    for rank in [1, 5, 20] {
        // Tipping & Bishop 1999, eqs. 8 and 11
        let noise = variances.iter().skip(rank).sum::<f64>() / (d - rank) as f64;
        let of_factors: f64 = variances.iter().take(rank).map(|variance| variance.ln()).sum();
        let log_det = of_factors + (d - rank) as f64 * noise.ln();
        let ln_2pi = (2.0 * std::f64::consts::PI).ln();
        let expected = -0.5 * n as f64 * (d as f64 * ln_2pi + log_det + d as f64);
        let params = low_rank(1, rank, Noise::Spherical).reg_covar(0.0).remaining_gain(1e-7);
        let model = params.n_init(1).fit(&DatasetBase::from(rows.clone())).unwrap();
        let found = log_likelihood(&model, &rows);
        approx::assert_relative_eq!(found, expected, max_relative = 1e-10);
        approx::assert_relative_eq!(
            model.covariances().arrays()[1].1[[0]],
            noise,
            max_relative = 1e-6
        );
    }
}

#[test]
fn all_factors_but_one_are_the_full_family() {
    let rows = datasets::digits().records.select(Axis(1), &[20, 26, 27, 36, 43]);
    let rows = rows.as_standard_layout().into_owned();
    let full = GaussianMixture::params(2).reg_covar(0.0).remaining_gain(1e-8);
    let full = full.fit(&DatasetBase::from(rows.clone())).unwrap();
    // the noise of a column falls to 0 where the factors explain all of it
    let params = low_rank(2, 4, Noise::Diag).reg_covar(1e-9).remaining_gain(1e-7);
    let params = params.init(Init::Model(Box::new(full.clone()))).max_iter(200_000);
    let model = params.fit(&DatasetBase::from(rows.clone())).unwrap();
    let (found, expected) = (log_likelihood(&model, &rows), log_likelihood(&full, &rows));
    assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    for component in 0..2 {
        let (found, expected) = (model.covariance(component), full.covariance(component));
        approx::assert_abs_diff_eq!(found, expected, epsilon = 1e-2);
    }
}

#[test]
fn log_likelihoods_never_fall_and_factors_are_principal_axes() {
    let rows = digits();
    for noise in EVERY_NOISE {
        let params = low_rank(12, 3, noise).n_init(2).accelerate(true).remaining_gain(1.0);
        let (model, report) = params.fit_with_report(&rows).unwrap();
        for restart in &report.restarts {
            for pair in restart.log_likelihoods.windows(2) {
                assert!(pair[1] > pair[0] - 1e-11 * pair[0].abs(), "{noise:?}: {pair:?}");
            }
        }
        let best = report.restarts[report.best].log_likelihood().unwrap();
        approx::assert_relative_eq!(log_likelihood(&model, &rows), best, max_relative = 1e-11);
        let arrays = model.covariances().arrays();
        assert_eq!((arrays[0].0, arrays[0].1.shape()), ("loadings", &[12, 52, 3][..]));
        for component in 0..12 {
            let loadings = arrays[0].1.index_axis(Axis(0), component);
            let loadings = loadings.into_dimensionality::<ndarray::Ix2>().unwrap();
            let variances = model.covariance(component).diag().to_owned();
            let noise: Vec<f64> = variances
                .iter()
                .zip(loadings.rows())
                .map(|(variance, row)| variance - row.dot(&row))
                .collect();
            let scaled = &loadings / &ndarray::Array1::from(noise).insert_axis(Axis(1));
            let strengths = scaled.t().dot(&loadings);
            for i in 0..3 {
                assert!(i == 0 || strengths[[i, i]] <= strengths[[i - 1, i - 1]] * 1.0001);
                for j in 0..i {
                    let size = (strengths[[i, i]] * strengths[[j, j]]).sqrt();
                    assert!(strengths[[i, j]].abs() < 1e-5 * size, "{strengths}");
                }
            }
        }
    }
}

#[test]
fn samples_have_the_covariances_of_the_model() {
    let rows = digits();
    let params = low_rank(2, 4, Noise::Diag).n_init(1).remaining_gain(1.0);
    let model = params.fit(&DatasetBase::from(rows)).unwrap();
    let (sample, labels) = model.sample(100_000, 3);
    assert_eq!(model.sample(1000, 3).0, sample.slice_axis(Axis(0), (..1000).into()));
    for component in 0..2 {
        let of_component: Vec<usize> =
            (0..labels.len()).filter(|&row| labels[row] == component).collect();
        let drawn = sample.select(Axis(0), &of_component);
        let offsets = &drawn - &model.means().row(component);
        let covariance = offsets.t().dot(&offsets) / of_component.len() as f64;
        let expected = model.covariance(component);
        let deviations = expected.diag().mapv(f64::sqrt);
        for ((i, j), value) in covariance.indexed_iter() {
            // the standard error of a correlation is at most 1.42 / sqrt(n)
            let error = (value - expected[[i, j]]).abs() / (deviations[i] * deviations[j]);
            assert!(error < 6.0 * 1.42 / (of_component.len() as f64).sqrt(), "{i} {j} {error}");
        }
    }
}

#[test]
fn thousands_of_columns_need_no_square_matrices() {
    let params = low_rank(10, 20, Noise::Diag);
    let bytes = params.check_ref().unwrap().working_bytes(400, 4096);
    assert!(bytes < 400 << 20, "{bytes}");
    // two groups of rows along a few directions each
    let rows = Array2::from_shape_fn((60, 4096), |(i, j)| {
        let (i, j) = (i as f64, j as f64);
        (i * 0.7).sin() * (j * 0.01).cos()
            + (i * 1.3).cos() * (j * 0.02).sin()
            + 3.0 * (i as usize % 2) as f64
            + 0.1 * ((i * 12.9898 + j * 78.233).sin() * 43758.5453).fract()
    });
    let params = low_rank(2, 2, Noise::Spherical).n_init(1);
    let model = params.fit(&DatasetBase::from(rows.clone())).unwrap();
    let labels = model.predict(&rows);
    assert!((2..60).all(|row| labels[row] == labels[row % 2]) && labels[0] != labels[1]);
    let smallest = model.smallest_variances().unwrap();
    let noise = &model.covariances().arrays()[1].1;
    for (smallest, noise) in smallest.iter().zip(noise) {
        approx::assert_relative_eq!(smallest, noise, max_relative = 1e-9);
    }
}

#[test]
fn scikit_learn_gets_full_matrices() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sklearn.npz");
    let rows = datasets::stretched_blobs();
    let model = low_rank(2, 1, Noise::Diag).fit(&rows).unwrap();
    ModelFile::from(model.clone()).save_for_sklearn(&path).unwrap();
    let mut arrays = ndarray_npy::NpzReader::new(std::fs::File::open(&path).unwrap()).unwrap();
    let family: ndarray::Array1<u8> = arrays.by_name("covariance_type").unwrap();
    assert_eq!(family.to_vec(), b"full");
    let names = arrays.names().unwrap();
    assert!(!names.iter().any(|name| name.contains("loadings") || name.contains("noise")));
    let covariances: Array3<f64> = arrays.by_name("covariances_").unwrap();
    let factors: Array3<f64> = arrays.by_name("precisions_cholesky_").unwrap();
    for component in 0..2 {
        let covariance = covariances.index_axis(Axis(0), component);
        assert_eq!(covariance, model.covariance(component));
        let factor = factors.index_axis(Axis(0), component);
        let identity = covariance.dot(&factor).dot(&factor.t());
        approx::assert_abs_diff_eq!(identity, Array2::eye(2), epsilon = 1e-9);
    }
}

#[test]
fn a_rank_that_is_too_large_is_refused() {
    let rows = datasets::moons();
    let error = low_rank(2, 3, Noise::Diag).fit(&rows).unwrap_err();
    assert!(matches!(error, Error::InvalidParam { name: "covariance_type", .. }), "{error}");
    let search = Selection::params([1, 2])
        .covariance_types(["low-rank:1".parse().unwrap(), "low-rank:5".parse().unwrap()]);
    let search = search.fit(&rows).unwrap();
    assert_eq!(search.best_model().covariance_type().to_string(), "low-rank:1");
}

#[test]
fn conditionals_and_marginals_are_of_low_rank_and_equal_those_of_full_matrices() {
    let rows = digits();
    for noise in EVERY_NOISE {
        let model = low_rank(3, 4, noise).n_init(1).fit(&DatasetBase::from(rows.clone())).unwrap();
        let full = as_full(&model);
        for n_missing in [1, 3, 4, 5, 30] {
            let mut row = rows.row(7).to_owned();
            row.iter_mut().step_by(52 / n_missing).take(n_missing).for_each(|x| *x = f64::NAN);
            let kept: Vec<usize> = (0..52).filter(|&column| row[column].is_nan()).collect();
            for (found, expected) in [
                (model.given(row.view()).unwrap(), full.given(row.view()).unwrap()),
                (model.keep(&kept).unwrap(), full.keep(&kept).unwrap()),
            ] {
                let rank = 4.min(n_missing);
                assert_eq!(found.covariance_type(), CovarianceType::LowRank { rank, noise });
                approx::assert_abs_diff_eq!(found.weights(), expected.weights(), epsilon = 1e-9);
                approx::assert_abs_diff_eq!(found.means(), expected.means(), epsilon = 1e-9);
                for component in 0..3 {
                    let (found, expected) =
                        (found.covariance(component), expected.covariance(component));
                    approx::assert_abs_diff_eq!(found, expected, epsilon = 1e-9);
                }
            }
        }
    }
}

#[test]
fn missing_values_are_filled_as_by_full_matrices() {
    let mut rows = digits();
    let model =
        low_rank(3, 4, Noise::Diag).n_init(1).fit(&DatasetBase::from(rows.clone())).unwrap();
    rows = rows.slice_axis(Axis(0), Slice::from(..40)).to_owned();
    for (index, value) in rows.iter_mut().enumerate() {
        // half of a picture, and single pixels
        if index % 52 < 26 && index / 52 % 2 == 0 || index % 7 == 0 {
            *value = f64::NAN;
        }
    }
    let (full, model) = (Pipeline::from(as_full(&model)), Pipeline::from(model));
    let densities = |model: &Pipeline| model.score_samples(&rows).unwrap();
    approx::assert_abs_diff_eq!(densities(&model), densities(&full), epsilon = 1e-9);
    let (found, expected) = (model.impute(rows.view()).unwrap(), full.impute(rows.view()).unwrap());
    approx::assert_abs_diff_eq!(found.rows, expected.rows, epsilon = 1e-9);
    for (found, expected) in found.deviations.iter().zip(&expected.deviations) {
        assert!((found - expected).abs() < 1e-9 || found.is_nan() && expected.is_nan());
    }
    // draws have the mean and the deviation that are expected
    let (n, row) = (2000, rows.select(Axis(0), &[0]));
    let draws = model.impute_draws(row.view(), n, 1).unwrap();
    for column in 0..52 {
        let deviation = found.deviations[[0, column]];
        if deviation.is_nan() {
            continue;
        }
        let values: Vec<f64> = draws.iter().map(|draw| draw[[0, column]]).collect();
        let mean = values.iter().sum::<f64>() / n as f64;
        let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n as f64;
        assert!((mean - found.rows[[0, column]]).abs() < 0.1 * deviation + 1e-12, "{column}");
        assert!((square.sqrt() / deviation - 1.0).abs() < 0.15, "{column}");
    }
}

#[test]
fn log_likelihoods_of_rows_with_missing_values_never_fall() {
    let mut rows = digits();
    let model =
        low_rank(2, 3, Noise::Diag).n_init(1).fit(&DatasetBase::from(rows.clone())).unwrap();
    rows.iter_mut().step_by(11).for_each(|value| *value = f64::NAN);
    let params = low_rank(2, 3, Noise::Diag).max_iter(30).tol(0.0);
    let params = params.init(Init::Model(Box::new(model.clone())));
    let (_, report) = params.fit_with_report(&rows).unwrap();
    let history = &report.restarts[0].log_likelihoods;
    let full: f64 = as_full(&model).score_samples(&rows).unwrap().sum();
    let of_model: f64 = model.score_samples(&rows).unwrap().sum();
    approx::assert_relative_eq!(of_model, full, max_relative = 1e-12);
    for pair in history.windows(2) {
        assert!(pair[1] >= pair[0] - 1e-9 * pair[0].abs(), "{history:?}");
    }
}

#[test]
fn samples_on_the_subspace_have_no_noise() {
    let rows = digits();
    let model = low_rank(1, 3, Noise::Diag).fit(&DatasetBase::from(rows.clone())).unwrap();
    let model = Pipeline::from(model);
    let share = |samples: Array2<f64>| {
        let pca = Pca::params(3).fit(&DatasetBase::from(samples)).unwrap();
        pca.explained_variance_ratio().sum()
    };
    assert!(share(model.sample(60, 1).0) < 0.9);
    assert!(share(model.sample_on_subspace(60, 1).0) > 1.0 - 1e-12);
    let mut row = rows.slice_axis(Axis(0), Slice::from(..1)).to_owned();
    row.iter_mut().step_by(2).for_each(|value| *value = f64::NAN);
    let draws = |residual| {
        let draws = model.impute_draws_from(0, row.view(), 0..60, 1, residual).unwrap();
        let draws: Vec<_> = draws.iter().map(|draw| draw.view()).collect();
        ndarray::concatenate(Axis(0), &draws).unwrap()
    };
    assert!(share(draws(true)) < 0.9);
    assert!(share(draws(false)) > 1.0 - 1e-12);
}

/// The mixture with the same covariances as matrices.
fn as_full(model: &GaussianMixture) -> GaussianMixture {
    let matrices: Vec<_> = (0..model.n_components()).map(|at| model.covariance(at)).collect();
    let matrices: Vec<_> = matrices.iter().map(|matrix| matrix.view()).collect();
    let matrices = ndarray::stack(Axis(0), &matrices).unwrap().into_dyn();
    let (weights, means) = (model.weights().to_owned(), model.means().to_owned());
    GaussianMixture::new(weights, means, CovarianceType::Full, matrices).unwrap()
}
