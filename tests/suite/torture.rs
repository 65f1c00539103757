//! Degenerate and extreme data: every fit gives a finite model, or an error with a remedy.

use approx::assert_abs_diff_eq;
use mixlab::Error;
use mixlab::prelude::*;
use ndarray::{Array2, Axis, array, concatenate};

const INITS: [Init; 5] = [Init::Auto, Init::KMeans, Init::KMeansPlusPlus, Init::Rows, Init::Random];

/// Rows in `d` dimensions around three centres whose clusters overlap slightly.
fn rows(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let centers = Array2::from_shape_fn((3, d), |(k, j)| 2.5 * ((k * 7 + j * 3) % 5) as f64);
    let counts = [n / 2, n / 3, n - n / 2 - n / 3];
    datasets::make_blobs(&counts, centers.view(), &[1.0, 1.4, 0.7], seed).unwrap().records
}

/// Fits every family from every initialisation, with and without regularisation, and checks that all results of the models are finite.
fn torture(name: &str, data: &Array2<f64>, n_components: usize) {
    for family in CovarianceType::EVERY {
        for init in INITS {
            for reg_covar in [0.0, 1e-6] {
                let place = format!("{name}, {family}, {init}, reg_covar {reg_covar}");
                let params = GaussianMixture::params(n_components)
                    .covariance_type(family)
                    .init(init.clone())
                    .n_init(2)
                    .reg_covar(reg_covar);
                match params.fit_with_report(data) {
                    Ok((model, report)) => {
                        assert!(report.log_likelihood().is_finite(), "{place}");
                        results_are_finite(&place, &model, data);
                    }
                    Err(error) => {
                        // the error has a remedy, and no NaN went undetected
                        let text = error.to_string();
                        assert!(text.contains(';') || text.contains("at least"), "{place}: {text}");
                        assert!(!text.contains("NaN"), "{place}: {text}");
                    }
                }
            }
        }
    }
}

fn results_are_finite(place: &str, model: &GaussianMixture, data: &Array2<f64>) {
    assert_abs_diff_eq!(model.weights().sum(), 1.0, epsilon = 1e-12);
    assert!(model.means().iter().all(|value| value.is_finite()), "{place}");
    assert!(model.covariances().to_array().iter().all(|value| value.is_finite()), "{place}");
    for sum in model.predict_proba(data).unwrap().sum_axis(Axis(1)) {
        // sums of a few dozen posteriors
        assert_abs_diff_eq!(sum, 1.0, epsilon = 1e-12);
    }
    assert!(model.score_samples(data).unwrap().iter().all(|value| value.is_finite()), "{place}");
    assert!(model.sample(10, 0).0.iter().all(|value| value.is_finite()), "{place}");
}

#[test]
fn degenerate_data_give_a_finite_model_or_an_error() {
    let normal = rows(40, 2, 12);
    let outlier = concatenate![Axis(0), normal, array![[1e6, -1e6]]];
    let mut constant = normal.clone();
    constant.column_mut(1).fill(7.0);
    let hard = [
        ("tiny", &normal * 1e-8),
        ("denormal", &normal * 1e-310),
        ("huge", &normal * 1e100),
        ("far away", &normal + 1e12),
        ("an outlier at a million deviations", outlier),
        ("an outlier at 1e12", concatenate![Axis(0), normal, array![[1e12, -1e12]]]),
        ("repeated rows", concatenate![Axis(0), normal, normal, normal]),
        ("all rows equal", Array2::from_elem((30, 2), 3.25)),
        ("two rows, many times", Array2::from_shape_fn((30, 2), |(i, _)| (i % 2) as f64)),
        ("a constant column", constant),
        ("on a line", Array2::from_shape_fn((30, 3), |(i, j)| (i * (j + 1)) as f64)),
        ("wider than long", rows(6, 40, 13)),
        ("one column", rows(40, 1, 14)),
        ("one row", rows(40, 2, 15).slice(ndarray::s![..1, ..]).to_owned()),
        ("whole numbers", normal.mapv(f64::round)),
        ("both zeros", normal.mapv(|v| if v > 2.0 { 0.0 } else { -0.0 })),
    ];
    for (name, data) in &hard {
        for n_components in [1, 3] {
            torture(name, data, n_components);
        }
    }
}

#[test]
fn as_many_components_as_rows_give_a_model_or_an_error() {
    let data = rows(12, 3, 16);
    torture("n = K", &data, 12);
    // with regularisation, every row is a component
    let params = GaussianMixture::params(12).like_scikit_learn().init(Init::KMeans);
    let (model, _) = params.fit_with_report(&data).unwrap();
    assert_eq!(model.n_degenerate(1e-6).unwrap(), 12);
    let error = GaussianMixture::params(13).fit_with_report(&data).unwrap_err();
    assert!(matches!(error, Error::TooFewSamples { n_samples: 12, needed: 13, .. }), "{error}");
}

#[test]
fn four_hundred_columns_give_a_model_or_an_error() {
    // more rows than columns, and fewer
    for n in [500, 100] {
        let data = rows(n, 400, 17);
        for family in CovarianceType::EVERY {
            let params = GaussianMixture::params(3).covariance_type(family).max_iter(5);
            let (model, report) = params.fit_with_report(&data).unwrap();
            assert!(report.log_likelihood().is_finite());
            results_are_finite("400 columns", &model, &data);
        }
    }
}

#[test]
fn infinite_values_are_reported_by_position() {
    for value in [f64::INFINITY, f64::NEG_INFINITY] {
        for row in 0..5 {
            for column in 0..3 {
                let mut data = rows(5, 3, 18);
                data[[row, column]] = value;
                match GaussianMixture::params(2).fit_with_report(&data).unwrap_err() {
                    Error::NonFinite { row: r, column: c, .. } => {
                        assert_eq!((r, c), (row, column));
                    }
                    other => panic!("{other}"),
                }
            }
        }
    }
    let model = GaussianMixture::params(2).fit_with_report(&rows(50, 3, 18)).unwrap().0;
    let bad = array![[0.0, f64::INFINITY, f64::NAN]];
    assert!(matches!(model.score_samples(&bad), Err(Error::NonFinite { row: 0, column: 1, .. })));
}

#[test]
fn a_component_without_rows_is_reported() {
    let data = rows(60, 2, 19);
    let far = GaussianMixture::new(
        array![0.5, 0.5],
        array![[1.0, 1.0], [1e9, 1e9]],
        CovarianceType::Spherical,
        array![1.0, 1.0].into_dyn(),
    );
    let params = GaussianMixture::params(2)
        .covariance_type(CovarianceType::Spherical)
        .init(Init::Model(Box::new(far.unwrap())));
    let error = params.fit_with_report(&data).unwrap_err();
    assert!(error.to_string().contains("component 1 has no rows left"), "{error}");
}

#[test]
fn points_a_million_deviations_away_have_finite_densities_and_posteriors() {
    for family in CovarianceType::EVERY {
        let params = GaussianMixture::params(3).covariance_type(family);
        let model = params.fit_with_report(&rows(300, 2, 20)).unwrap().0;
        let far = array![[1e6, -1e6], [-1e8, 1e8], [1e150, 0.0]];
        results_are_finite("far points", &model, &far);
    }
}

#[test]
fn fits_that_exceed_the_memory_are_refused_in_advance() {
    // 4000 covariances of 1000 x 1000 numbers, in sixteen parts of a pass
    let data =
        Array2::from_shape_fn((4000, 1000), |(i, j)| ((i * 7919 + j * 104_729) % 997) as f64);
    let params = GaussianMixture::params(4000).init(Init::Rows);
    if cfg!(target_os = "linux") {
        let error = params.fit_with_report(&data).unwrap_err();
        assert!(matches!(error, Error::TooLarge { .. }), "{error}");
        assert!(error.to_string().contains("the fit needs"), "{error}");
    }
}

#[test]
fn covariances_are_accurate_far_from_the_origin() {
    // at 1e9 a coordinate is accurate to 1e-7; the covariances must keep about the same accuracy
    let data = rows(300, 3, 6);
    let shifted = &data + 1e9;
    let data = &shifted - 1e9;
    for family in CovarianceType::EVERY {
        let params = GaussianMixture::params(3).covariance_type(family);
        let (near, _) = params.fit_with_report(&data).unwrap();
        let (far, _) = params.fit_with_report(&shifted).unwrap();
        for k in 0..3 {
            assert_abs_diff_eq!(near.covariance(k), far.covariance(k), epsilon = 1e-6);
        }
    }
}

#[test]
fn variances_of_single_distant_rows_are_the_regularisation() {
    // formulas of the form E[x²] - mean² give 112.1 here
    let data = array![[9999.0], [0.0]];
    for family in CovarianceType::EVERY {
        let params = GaussianMixture::params(2).covariance_type(family).reg_covar(0.1);
        let (model, _) = params.fit_with_report(&data).unwrap();
        for k in 0..2 {
            // a geometric mean of one number is rounded
            assert_abs_diff_eq!(model.covariance(k), array![[0.1]], epsilon = 1e-15);
        }
    }
}

#[test]
fn the_error_of_failed_restarts_has_the_first_reason() {
    // three rows on a line and no regularisation: every full covariance is singular
    let data = array![[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [5.0, 5.0]];
    let params = GaussianMixture::params(2).reg_covar(0.0).n_init(4);
    match params.fit_with_report(&data).unwrap_err() {
        Error::AllRestartsFailed { n_init: 4, first } => {
            assert!(matches!(*first, Error::SingularCovariance { .. }));
            assert!(first.to_string().contains("raise reg_covar (now 0e0)"));
        }
        other => panic!("{other}"),
    }
}
