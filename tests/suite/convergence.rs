//! The rule by which EM stops, degenerate models, and searches by default.

use mixlab::prelude::*;
use mixlab::report::Advice;
use mixlab::{Error, Preprocessor, StopReason};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// Rows of standard normal numbers, each turned into a row by `row(index, numbers)`.
fn normal_rows<const D: usize>(
    n: usize,
    seed: u64,
    row: impl Fn(usize, [f64; D]) -> [f64; D],
) -> Array2<f64> {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let rows =
        (0..n).flat_map(|index| row(index, std::array::from_fn(|_| rng.sample(StandardNormal))));
    Array2::from_shape_vec((n, D), rows.collect()).unwrap()
}

/// Three parallel stripes, which k-means cuts across.
fn stripes() -> Array2<f64> {
    normal_rows(3000, 3, |index, [x, y]| [5.0 * x, 2.2 * (index % 3) as f64 + 0.4 * y])
}

/// A wide cloud with a small dense core away from its centre.
fn dense_core() -> Array2<f64> {
    normal_rows(
        4000,
        4,
        |index, [x, y]| {
            if index % 25 == 0 { [1.0 + 0.1 * x, 1.0 + 0.1 * y] } else { [x, y] }
        },
    )
}

fn log_likelihood(params: &GmmParams, rows: &Array2<f64>) -> f64 {
    params.fit_with_report(rows).unwrap().1.log_likelihood()
}

#[test]
fn a_plateau_is_no_convergence() {
    let (rows, params) = (stripes(), GaussianMixture::params(3));
    let params = params.covariance_type(CovarianceType::Tied);
    let (model, report) = params.fit_with_report(&rows).unwrap();
    assert!(report.converged());
    // each stripe is a component, with its small variance across
    assert!(model.weights().iter().all(|weight| (weight - 1.0 / 3.0).abs() < 0.03));
    assert!((model.covariance(0)[[1, 1]] - 0.16).abs() < 0.02);
    // the change of the mean alone stops hundreds of nats below
    let by_change = params.like_scikit_learn();
    let shortfall = report.log_likelihood() - log_likelihood(&by_change, &rows);
    assert!(shortfall > 100.0, "{shortfall}");
}

#[test]
fn a_small_dense_core_is_found() {
    let rows = dense_core();
    let (model, report) = GaussianMixture::params(2).fit_with_report(&rows).unwrap();
    assert!(report.converged());
    assert!((model.weights()[1] - 0.04).abs() < 0.01, "{}", model.weights());
    assert!(model.covariance(1)[[0, 0]] < 0.02);
    let by_change = GaussianMixture::params(2).like_scikit_learn().n_init(10);
    assert!(log_likelihood(&by_change, &rows) < report.log_likelihood() - 50.0);
    let search = Selection::params(1..=4)
        .covariance_types(CovarianceType::ALL)
        .fit_observed(&rows, |_| {})
        .unwrap();
    assert_eq!(search.best_model().n_components(), 2);
    assert_eq!(search.best_model().covariance_type(), CovarianceType::Spherical);
}

#[test]
fn a_converged_fit_has_less_than_the_requested_gain_left() {
    // with more components than clusters the factor tends to 1, and the estimate is too small
    let tables = [
        (stripes(), 3),
        (dense_core(), 2),
        (datasets::moons().records, 4),
        (datasets::survey().records, 4),
    ];
    for (index, (rows, n_components)) in tables.iter().enumerate() {
        for family in CovarianceType::EVERY {
            let params = GaussianMixture::params(*n_components).covariance_type(family);
            let (model, report) = params.fit_with_report(rows).unwrap();
            assert!(report.converged(), "{index} {family}");
            // plain EM continues from the model, far beyond
            let on = params.init(Init::Model(Box::new(model))).accelerate(false);
            let on = on.remaining_gain(1e-9).max_iter(100_000);
            let gain = log_likelihood(&on, rows) - report.log_likelihood();
            // the factor of linear convergence still grows at the end of some paths, most of all where loadings turn slowly
            let most = if family.name() == "low-rank" { 0.5 } else { 0.02 };
            assert!(gain < most, "{index} {family}: {gain}");
        }
    }
}

#[test]
fn only_the_best_restarts_are_continued_to_convergence() {
    let (_, report) = GaussianMixture::params(7).fit_with_report(&datasets::moons()).unwrap();
    let outperformed =
        report.restarts.iter().filter(|one| matches!(one.stop, StopReason::Outperformed)).count();
    assert!(report.converged());
    assert!((8..10).contains(&outperformed), "{outperformed}");
    let best = report.log_likelihood();
    assert!(report.restarts.iter().all(|one| one.log_likelihood().unwrap() <= best));
}

#[test]
fn an_unfinished_fit_is_reported_as_not_converged() {
    let params = GaussianMixture::params(3).covariance_type(CovarianceType::Tied);
    let params = params.n_init(1).max_iter(5);
    let (_, report) = params.fit_with_report(&stripes()).unwrap();
    assert!(!report.converged());
    assert!(matches!(report.best().stop, StopReason::MaxIter));
}

#[test]
fn the_units_of_columns_do_not_matter() {
    let survey = datasets::survey().records;
    // powers of two, so that only the regularisation could make a difference
    let units = array![2.0_f64.powi(-30), 1.0, 2.0_f64.powi(20), 2.0_f64.powi(-8)];
    let scaled = &survey * &units;
    for family in [CovarianceType::Full, CovarianceType::Tied, CovarianceType::Diag] {
        let params =
            GaussianMixture::params(4).covariance_type(family).init(Init::Random).n_init(2);
        let (model, report) = params.fit_with_report(&survey).unwrap();
        let (other, other_report) = params.fit_with_report(&scaled).unwrap();
        // densities are per unit
        let expected = report.log_likelihood() - 400.0 * units.mapv(f64::ln).sum();
        assert!((other_report.log_likelihood() - expected).abs() < 2e-3, "{family}");
        let means = &model.means() * &units;
        let error = (&other.means() - &means) / &units;
        assert!(error.iter().all(|error| error.abs() < 1e-2), "{family}: {error}");
    }
}

/// K-means in the units of the data sees the largest column alone; restarts by default see all of them.
#[test]
fn clusters_in_a_column_of_a_large_unit_and_a_small_one_are_found() {
    let rows = normal_rows(300, 9, |index, [x, y]| {
        let small = [0.0, 1.0, 0.0, 1.0][index % 4] * 1e-3;
        let large = [0.0, 0.0, 1.0, 1.0][index % 4] * 1e4;
        [small + 1e-4 * x, large + 1e3 * y]
    });
    for family in CovarianceType::ALL {
        let params = GaussianMixture::params(4).covariance_type(family);
        let units = array![1e3, 1e-4];
        let in_units = log_likelihood(&params, &(&rows * &units));
        let found = log_likelihood(&params, &rows) - 300.0 * units.mapv(f64::ln).sum();
        if family != CovarianceType::Spherical {
            assert!((found - in_units).abs() < 2e-3, "{family}: {found} {in_units}");
        }
    }
}

/// Two clouds, and two rows far away from each other and from the clouds.
fn clouds_and_strays() -> Array2<f64> {
    normal_rows(80, 5, |index, [x, y]| match index {
        0 => [60.0, 10.0],
        1 => [-50.0, 40.0],
        _ => [x + 8.0 * (index % 2) as f64, y],
    })
}

#[test]
fn degenerate_models_are_chosen_only_if_there_are_no_others() {
    let rows = clouds_and_strays();
    let all = [CovarianceType::Full, CovarianceType::Diag, CovarianceType::Spherical];
    let mixture = GaussianMixture::params(1).init(Init::Rows);
    let search = Selection::params(1..=6).covariance_types(all).mixture(mixture);
    let search = search.fit_observed(&rows, |_| {}).unwrap();
    let best = search.best();
    assert_eq!(best.report.n_degenerate, 0);
    // otherwise BIC would choose a model with a component on a single row
    let lowest = search.cells().iter().min_by(|a, b| {
        let value = |cell: &mixlab::SelectionCell| cell.value(Criterion::Bic).unwrap();
        value(a).total_cmp(&value(b))
    });
    assert!(lowest.unwrap().is_degenerate());
    let advice = Advice::on_fit(&search, 80, &Preprocessor::default(), false);
    assert!(
        advice.iter().any(|advice| matches!(advice, Advice::DegenerateNotChosen { .. })),
        "{advice:?}"
    );

    // rows on a line: no full covariance is regular
    let line = normal_rows(60, 6, |_, [x, _]| [x, 2.0 * x]);
    let search = Selection::params(1..=3).fit_observed(&line, |_| {}).unwrap();
    assert!(search.cells().iter().all(|cell| cell.is_degenerate()));
    assert_eq!(search.best().report.n_degenerate, search.best_model().n_components());
    let advice = Advice::on_fit(&search, 60, &Preprocessor::default(), false);
    assert!(matches!(advice[0], Advice::DegenerateComponents { in_all: true, .. }), "{advice:?}");
    // diagonal covariances are
    let search = Selection::params(1..=3)
        .covariance_types([CovarianceType::Full, CovarianceType::Diag])
        .fit_observed(&line, |_| {})
        .unwrap();
    assert_eq!(search.best_model().covariance_type(), CovarianceType::Diag);
}

#[test]
fn a_restart_without_degenerate_components_is_preferred() {
    let rows = clouds_and_strays();
    let (_, report) = GaussianMixture::params(2).n_init(20).fit_with_report(&rows).unwrap();
    assert_eq!(report.n_degenerate, 0);
}

#[test]
fn a_search_skips_models_with_more_parameters_than_values() {
    let rows = normal_rows(12, 7, |_, numbers: [f64; 20]| numbers);
    let params = Selection::params([1, 2]).covariance_types(CovarianceType::ALL);
    let search = params.clone().fit_observed(&rows, |_| {}).unwrap();
    let skipped: Vec<_> = search
        .cells()
        .iter()
        .filter(|cell| matches!(cell.outcome, Err(Error::TooManyParameters { .. })))
        .map(|cell| (cell.covariance_type, cell.n_components))
        .collect();
    // 240 values; 210 parameters in a covariance, 20 in a mean
    let (full, tied) = (CovarianceType::Full, CovarianceType::Tied);
    assert_eq!(skipped, [(full, 2), (tied, 2)]);
    let search = params.skip_overparameterised(false).fit_observed(&rows, |_| {}).unwrap();
    assert!(search.cells().iter().all(|cell| cell.outcome.is_ok()));
    // a search that has no other models fits them
    let search = Selection::params([2]).fit_observed(&rows, |_| {}).unwrap();
    assert_eq!(search.best_model().n_components(), 2);
}
