//! Fits, searches and samples of every family, dimension and initialisation.

use std::sync::Mutex;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use mixlab::prelude::*;
use mixlab::{Error, StopReason};
use ndarray::{Array1, Array2, Axis, array, concatenate};

fn blobs() -> Dataset<f64, usize, ndarray::Ix1> {
    datasets::stretched_blobs()
}

/// Rows in `d` dimensions around three centres whose clusters overlap slightly.
fn rows(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let centers = Array2::from_shape_fn((3, d), |(k, j)| 2.5 * ((k * 7 + j * 3) % 5) as f64);
    let counts = [n / 2, n / 3, n - n / 2 - n / 3];
    datasets::make_blobs(&counts, centers.view(), &[1.0, 1.4, 0.7], seed).unwrap().records
}

const STARTS: [Init; 4] = [Init::KMeans, Init::KMeansPlusPlus, Init::Rows, Init::Random];

#[test]
fn log_likelihood_never_decreases_for_any_family_start_and_dimension() {
    for family in CovarianceType::EVERY {
        for init in STARTS {
            for d in [1, 2, 5, 20] {
                let params = GaussianMixture::params(3).covariance_type(family).init(init.clone());
                let params = params.reg_covar(0.0).tol(0.0).max_iter(60).n_init(2).seed(d as u64);
                let (_, report) = params.fit_with_report(&rows(400, d, 1)).unwrap();
                for restart in &report.restarts {
                    // the sum over 400 rows of log-densities of some tens: rounding below 1e-10
                    let fall = restart.largest_fall();
                    assert!(fall < 1e-9, "{family} {init} {d}: decreased by {fall:e}");
                }
            }
        }
    }
}

#[test]
fn reported_log_likelihood_is_the_score_of_the_returned_model() {
    for family in CovarianceType::EVERY {
        let params = GaussianMixture::params(3).covariance_type(family).n_init(3);
        let data = rows(700, 4, 2);
        let (model, report) = params.fit_with_report(&data).unwrap();
        let total = model.score(&data).unwrap() * 700.0;
        assert_relative_eq!(report.log_likelihood(), total, max_relative = 1e-12);
        let sum = model.score_samples(&data).unwrap().sum();
        assert_relative_eq!(report.log_likelihood(), sum, max_relative = 1e-12);
    }
}

#[test]
fn posteriors_sum_to_one_and_labels_are_the_most_probable() {
    let model = GaussianMixture::params(4).fit(&blobs()).unwrap();
    let far = array![[1e6, -1e6], [0.0, 0.0], [-3e8, 2.0]];
    let everything = concatenate![Axis(0), blobs().records, far];
    let posterior = model.predict_proba(&everything).unwrap();
    assert!(posterior.iter().all(|p| (0.0..=1.0).contains(p)));
    for sum in posterior.sum_axis(Axis(1)) {
        assert_abs_diff_eq!(sum, 1.0, epsilon = 1e-14);
    }
    let labels = model.predict(&everything);
    for (row, &label) in posterior.rows().into_iter().zip(&labels) {
        assert!(row.iter().all(|&p| p <= row[label]));
    }
    assert!(model.score_samples(&everything).unwrap().iter().all(|p| p.is_finite()));
}

#[test]
fn drawn_labels_follow_the_posterior() {
    // one row, halfway between two equal components, many times
    let model = GaussianMixture::new(
        array![0.5, 0.5],
        array![[-1.0], [1.0]],
        CovarianceType::Spherical,
        array![1.0, 1.0].into_dyn(),
    );
    let model = model.unwrap();
    let middle = Array2::zeros((10_000, 1));
    let drawn = model.draw_labels(&middle, 3).unwrap();
    // five standard deviations of a fair coin
    assert!((drawn.sum() as f64 - 5000.0).abs() < 250.0);
    assert_eq!(drawn, model.draw_labels(&middle, 3).unwrap());
}

#[test]
fn weights_of_two_equal_repeated_rows_for_every_family() {
    let data = rows(200, 3, 3);
    let doubled = concatenate![Axis(0), data, data];
    let weighted = DatasetBase::from(data.clone()).with_weights(Array1::from_elem(200, 2.0));
    for family in CovarianceType::EVERY {
        let start =
            GaussianMixture::params(3).covariance_type(family).fit(&blobs_of(&data)).unwrap();
        let params = GaussianMixture::params(3)
            .covariance_type(family)
            .init(Init::Model(Box::new(start)))
            .tol(0.0)
            .max_iter(10);
        let (a, b) = (
            params.fit_with_report(&weighted).unwrap().0,
            params.fit_with_report(&doubled).unwrap().0,
        );
        assert_abs_diff_eq!(a.means().to_owned(), b.means().to_owned(), epsilon = 1e-10);
        let (bic_a, bic_b) = (a.bic(&weighted).unwrap(), b.bic(&doubled).unwrap());
        assert_relative_eq!(bic_a, bic_b, max_relative = 1e-11);
    }
}

fn blobs_of(data: &Array2<f64>) -> DatasetBase<Array2<f64>, Array1<()>> {
    DatasetBase::from(data.clone())
}

#[test]
fn rows_of_weight_zero_do_not_change_the_fit() {
    let data = rows(300, 2, 4);
    let with_outlier = concatenate![Axis(0), data, array![[1e3, 1e3]]];
    let mut weights = Array1::ones(301);
    weights[300] = 0.0;
    let weighted = DatasetBase::from(with_outlier).with_weights(weights);
    let start = GaussianMixture::params(3).fit(&blobs_of(&data)).unwrap();
    let params = GaussianMixture::params(3).init(Init::Model(Box::new(start)));
    let (a, _) = params.fit_with_report(&weighted).unwrap();
    let (b, _) = params.fit_with_report(&data).unwrap();
    assert_abs_diff_eq!(a.means().to_owned(), b.means().to_owned(), epsilon = 1e-12);
}

#[test]
fn rows_of_weight_zero_are_never_starts() {
    // most rows have no weight: any initialisation that drew them would fail or differ
    let data = rows(300, 2, 4);
    let weights = Array1::from_shape_fn(300, |row| if row % 10 == 0 { 1.0 } else { 0.0 });
    let weighted = DatasetBase::from(data).with_weights(weights);
    for init in STARTS {
        for seed in 0..10 {
            let params = GaussianMixture::params(3).init(init.clone()).seed(seed);
            let model = params.fit_with_report(&weighted);
            assert!(model.is_ok(), "{init} {seed}: {}", model.unwrap_err());
        }
    }
    let too_many = GaussianMixture::params(31).fit(&weighted);
    assert!(matches!(too_many, Err(Error::TooFewSamples { n_samples: 30, .. })));
}

#[test]
fn transforming_a_dataset_keeps_its_weights() {
    let weights = Array1::from_shape_fn(100, |row| 1.0 + row as f32);
    let dataset = DatasetBase::from(rows(100, 3, 8)).with_weights(weights.clone());
    let scaler = StandardScaler::params().fit(&dataset).unwrap();
    let scaled = scaler.transform(dataset);
    assert_eq!(scaled.weights, weights);
    let reduced = Pca::params(2).fit(&scaled).unwrap().transform(scaled);
    assert_eq!((reduced.weights, reduced.records.dim()), (weights, (100, 2)));
}

#[test]
fn full_diag_and_spherical_are_equal_in_one_dimension() {
    let data = rows(300, 1, 5);
    let fit = |family| {
        let params = GaussianMixture::params(3).covariance_type(family);
        params.fit_with_report(&data).unwrap().1.log_likelihood()
    };
    let full = fit(CovarianceType::Full);
    assert_relative_eq!(full, fit(CovarianceType::Diag), max_relative = 1e-12);
    assert_relative_eq!(full, fit(CovarianceType::Spherical), max_relative = 1e-12);
}

#[test]
fn more_restarts_are_never_worse() {
    for init in STARTS {
        let params = GaussianMixture::params(5).like_scikit_learn().init(init).seed(9);
        let moons = datasets::moons();
        let one = params.clone().n_init(1).fit_with_report(&moons).unwrap().1;
        let five = params.n_init(5).fit_with_report(&moons).unwrap().1;
        assert!(five.log_likelihood() >= one.log_likelihood());
        assert_eq!(five.restarts.len(), 5);
        assert_eq!(five.restarts[0].log_likelihoods, one.restarts[0].log_likelihoods);
    }
}

#[test]
fn a_fit_that_has_not_converged_is_reported_not_refused() {
    let params = GaussianMixture::params(7).tol(1e-12).max_iter(3);
    let (_, report) = params.fit_with_report(&datasets::moons()).unwrap();
    assert!(matches!(report.best().stop, StopReason::MaxIter));
    assert_eq!((report.n_iter(), report.converged()), (3, false));
}

#[test]
fn a_start_from_another_family_continues_from_its_posteriors() {
    let full = GaussianMixture::params(4).n_init(3).tol(1e-9).fit(&blobs()).unwrap();
    let params = GaussianMixture::params(4)
        .covariance_type(CovarianceType::Tied)
        .init(Init::Model(Box::new(full.clone())))
        .tol(1e-9);
    let (tied, report) = params.fit_with_report(&blobs()).unwrap();
    assert_eq!(tied.covariance_type(), CovarianceType::Tied);
    let score = full.score(&blobs()).unwrap() * 400.0;
    assert_relative_eq!(report.best().log_likelihoods[0], score, max_relative = 1e-12);
}

#[test]
fn the_observer_receives_every_step_of_every_restart() {
    let steps = Mutex::new(Vec::new());
    let params = GaussianMixture::params(3).n_init(4);
    let (_, report) = params
        .fit_observed(&datasets::moons(), |step| {
            assert_eq!(step.model.n_components(), 3);
            steps.lock().unwrap().push((step.restart, step.iteration, step.log_likelihood));
        })
        .unwrap();
    let mut seen = steps.into_inner().unwrap();
    seen.sort_by_key(|&(restart, iteration, _)| (restart, iteration));
    let reported = report.restarts.iter().enumerate().flat_map(|(restart, r)| {
        r.log_likelihoods.iter().enumerate().map(move |(iteration, &ll)| (restart, iteration, ll))
    });
    assert_eq!(seen, reported.collect::<Vec<_>>());
}

#[test]
fn samples_have_the_moments_of_the_model() {
    for family in CovarianceType::EVERY {
        let model = GaussianMixture::params(3).covariance_type(family).fit(&blobs()).unwrap();
        let n = 200_000;
        let (sample, labels) = model.sample(n, 11);
        for k in 0..3 {
            let of_k: Vec<usize> = (0..n).filter(|&i| labels[i] == k).collect();
            let share = of_k.len() as f64 / n as f64;
            // five standard errors of a share
            assert!((share - model.weights()[k]).abs() < 5.0 * (0.25 / n as f64).sqrt());
            let rows = sample.select(Axis(0), &of_k);
            let centred = &rows - &model.means().row(k);
            let covariance = centred.t().dot(&centred) / of_k.len() as f64;
            let expected = model.covariance(k);
            let largest = expected.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
            // an entry's standard error is below √2 largest / √n_k
            let error = 5.0 * 1.5 * largest / (of_k.len() as f64).sqrt();
            assert_abs_diff_eq!(covariance, expected, epsilon = error);
        }
    }
}

#[test]
fn threads_do_not_change_a_single_bit() {
    let data = DatasetBase::from(rows(20_000, 6, 7));
    let fit = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let families = CovarianceType::EVERY.map(|family| {
                let params = GaussianMixture::params(5).covariance_type(family).n_init(2);
                params.fit_with_report(&data).unwrap().0
            });
            let pca = Pca::params(3).fit(&data).unwrap();
            let sample = families[0].sample(5000, 1);
            (families, pca, sample)
        })
    };
    let one = fit(1);
    assert!(one == fit(2));
    assert!(one == fit(7));
}

#[test]
fn a_search_keeps_every_cell_and_reports_why_some_failed() {
    let few = blobs().records.slice(ndarray::s![..6, ..]).to_owned();
    let selection = Selection::params([1, 2, 9]).fit(&DatasetBase::from(few)).unwrap();
    assert_eq!(selection.cells().len(), 3);
    let error = selection.cells()[2].outcome.as_ref().unwrap_err();
    assert!(matches!(error, Error::TooFewSamples { n_samples: 6, needed: 9, .. }));
    assert_eq!(selection.curve(CovarianceType::Full, Criterion::Bic).len(), 2);
    assert!(selection.best_model().n_components() < 9);
}

#[test]
fn the_best_cell_has_the_lowest_criterion() {
    for criterion in Criterion::ALL {
        let params = Selection::params(1..=6).covariance_types(CovarianceType::ALL);
        let selection = params.criterion(criterion).fit(&blobs()).unwrap();
        let best = selection.best().criteria.get(criterion);
        assert!(selection.cells().iter().all(|cell| best <= cell.value(criterion).unwrap()));
    }
}

#[test]
fn data_that_cannot_be_fitted_are_refused_with_a_specific_error() {
    let fit = |data: Array2<f64>| GaussianMixture::params(2).fit(&DatasetBase::from(data));
    let error = fit(array![[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]]).unwrap_err();
    assert!(matches!(error, Error::ConstantColumns { columns } if columns == [1]));
    let error = fit(array![[1.0]]).unwrap_err();
    assert!(matches!(error, Error::TooFewSamples { n_samples: 1, needed: 2, .. }));
    let error = fit(array![[1.0], [f64::INFINITY]]).unwrap_err();
    assert!(matches!(error, Error::NonFinite { row: 1, column: 0, .. }));
}

#[test]
fn a_wrong_number_of_columns_is_an_error_not_a_panic() {
    let model = GaussianMixture::params(2).fit(&blobs()).unwrap();
    let wide = Array2::<f64>::zeros((3, 5));
    assert!(matches!(model.score_samples(&wide), Err(Error::ShapeMismatch { .. })));
    assert!(matches!(model.try_predict(&wide), Err(Error::ShapeMismatch { .. })));
}

#[test]
fn accelerated_steps_never_lower_the_log_likelihood_and_save_passes() {
    // two broad clusters that overlap: EM steps hardly shrink, and EM stops where they are small
    let truth = GaussianMixture::new(
        array![0.5, 0.5],
        array![[-0.8, 0.0], [0.8, 0.5]],
        CovarianceType::Diag,
        array![[1.0, 1.5], [1.2, 0.7]].into_dyn(),
    );
    let (rows, _) = truth.unwrap().sample(3000, 1);
    for family in CovarianceType::ALL {
        let params = GaussianMixture::params(2).covariance_type(family).tol(1e-9).max_iter(5000);
        let (plain_model, plain) = params.clone().fit_with_report(&rows).unwrap();
        let (model, accelerated) = params.accelerate(true).fit_with_report(&rows).unwrap();
        assert!(plain.converged() && accelerated.converged(), "{family}");
        let (plain, accelerated) = (&plain.restarts[0], &accelerated.restarts[0]);
        assert_eq!(plain.n_passes, plain.log_likelihoods.len());
        assert!(accelerated.n_passes >= accelerated.log_likelihoods.len());
        assert!(
            accelerated.n_passes < plain.n_passes / 2,
            "{family}: {} {}",
            accelerated.n_passes,
            plain.n_passes
        );
        // rounding of a sum of 3000 terms
        assert!(accelerated.largest_fall() < 1e-9, "{family}");
        // the same optimum: where steps are 1e-9, it is up to a hundred such steps away
        let (ours, theirs) = (model.score(&rows).unwrap(), plain_model.score(&rows).unwrap());
        assert!((ours - theirs).abs() < 1e-6, "{family}: {ours} {theirs}");
    }
}

#[test]
fn fits_do_not_depend_on_the_scale_of_sample_weights() {
    // twenty dimensions: wide rows, of which negligible responsibilities are left out
    let rows = Array2::from_shape_fn((300, 20), |(i, j)| ((i * 37 + j * 91) % 101) as f64 / 25.0);
    // others have axes, which rounding chooses where variances are equal as in these rows
    for family in CovarianceType::ALL {
        let fit = |weight: f32| {
            let params = GaussianMixture::params(3).covariance_type(family).max_iter(5).tol(0.0);
            let weights = Array1::from_elem(300, weight);
            let dataset = DatasetBase::from(rows.clone()).with_weights(weights);
            params.reg_covar(1e-2).fit(&dataset).unwrap()
        };
        let (one, tiny) = (fit(1.0), fit(1e-36));
        // sums of other numbers round differently, over five iterations
        assert_relative_eq!(one.means(), tiny.means(), max_relative = 1e-9);
        let covariances = [&one, &tiny].map(|model| model.covariances().to_array());
        assert_relative_eq!(covariances[0], covariances[1], epsilon = 1e-9);
    }
}
