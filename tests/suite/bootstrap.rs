//! The bootstrap against mclust's standard errors and statistics, and against simulations.

use std::path::Path;

use mixlab::prelude::*;
use mixlab::table::{KindChoice, TableReader};
use mixlab::{BootstrapParams, Error, Resampling};
use ndarray::{Array2, Axis, array};

use super::tables::{OF_HEART, numbers};

fn model(rows: &Array2<f64>, n_components: usize, family: CovarianceType) -> Pipeline {
    let params = GaussianMixture::params(n_components).covariance_type(family).n_init(5);
    Pipeline::from(params.fit_with_report(rows).unwrap().0)
}

#[test]
fn standard_errors_are_those_of_mclust() {
    let rows = numbers("faithful");
    let model = model(&rows, 3, CovarianceType::Tied);
    let found =
        model.bootstrap(rows.view(), &BootstrapParams::default().n_replicates(499)).unwrap();
    assert_eq!(found.n_failed, 0);
    // mclust 6.1.3, MclustBootstrap of its three components EEE, whose order is 2, 1, 0 here (by mean: 1, 2, 0)
    let by_mean = |component: usize| found.means.estimate[[component, 0]];
    let mut order = [0, 1, 2];
    order.sort_by(|a, b| by_mean(*a).total_cmp(&by_mean(*b)));
    let expected =
        [(0.0287, 0.02736, 0.6017), (0.0531, 0.11655, 2.26302), (0.0466, 0.04627, 0.5753)];
    for (component, (weight, eruptions, waiting)) in order.into_iter().zip(expected) {
        let means = found.means.standard_error.row(component);
        let weights = &found.weights.standard_error;
        for (found, expected) in
            [(weights[component], weight), (means[0], eruptions), (means[1], waiting)]
        {
            // both are of a few hundred samples, of parameters with heavy tails
            assert!((found / expected - 1.0).abs() < 0.35, "{component}: {found} {expected}");
        }
    }
    // those of variances, by the derivative of the square
    let deviations = &found.standard_deviations;
    for (column, expected) in [0.009_641, 2.945_227].into_iter().enumerate() {
        let error = 2.0 * deviations.estimate[[0, column]] * deviations.standard_error[[0, column]];
        assert!((error / expected - 1.0).abs() < 0.15, "{error} {expected}");
    }
    assert!(found.stability.iter().all(|similarity| (0.6..=1.0).contains(similarity)));
}

#[test]
fn likelihood_ratios_are_those_of_mclust() {
    let rows = numbers("faithful");
    let params = BootstrapParams::default().n_replicates(19);
    for (n_components, expected) in [(1, 299.219_97), (2, 27.721_05)] {
        let model = model(&rows, n_components, CovarianceType::Tied);
        let test = model.likelihood_ratio(rows.view(), &params).unwrap();
        assert!((test.statistic - expected).abs() < 0.05, "{}", test.statistic);
        assert_eq!((test.p_value, test.n_failed), (0.05, 0));
    }
    // a true number of components is rejected as often as the level says
    let truth = model(&rows, 2, CovarianceType::Tied);
    let is_rejected = |seed: &u64| {
        let (rows, _) = truth.sample(200, *seed);
        let model = model(&rows, 2, CovarianceType::Tied);
        model.likelihood_ratio(rows.view(), &params.clone().seed(*seed)).unwrap().p_value <= 0.05
    };
    let n_rejected = (0..20).filter(is_rejected).count();
    // one of twenty on average; more than four with a probability of 0.003
    assert!(n_rejected <= 4, "{n_rejected}");
}

#[test]
fn intervals_cover_the_truth_as_often_as_they_say() {
    let truth = GaussianMixture::new(
        array![0.6, 0.4],
        array![[0.0], [4.0]],
        CovarianceType::Diag,
        array![[1.0], [0.5]].into_dyn(),
    );
    let truth = truth.unwrap();
    let deviations = [1.0, 0.5_f64.sqrt()];
    let params = BootstrapParams::default().n_replicates(199).level(0.95);
    for resampling in [Resampling::Rows, Resampling::Model] {
        let params = params.clone().resampling(resampling);
        let (mut n_covered, mut n_intervals) = (0, 0);
        for seed in 0..60 {
            let (rows, _) = truth.sample(300, 1000 + seed);
            let model = model(&rows, 2, CovarianceType::Diag);
            let found = model.bootstrap(rows.view(), &params.clone().seed(seed)).unwrap();
            for (component, deviation) in deviations.into_iter().enumerate() {
                let parameters = [
                    (
                        found.weights.low[component],
                        truth.weights()[component],
                        found.weights.high[component],
                    ),
                    (
                        found.means.low[[component, 0]],
                        truth.means()[[component, 0]],
                        found.means.high[[component, 0]],
                    ),
                    (
                        found.standard_deviations.low[[component, 0]],
                        deviation,
                        found.standard_deviations.high[[component, 0]],
                    ),
                ];
                for (low, value, high) in parameters {
                    n_covered += usize::from((low..=high).contains(&value));
                    n_intervals += 1;
                }
            }
        }
        let coverage = f64::from(n_covered as u32) / f64::from(n_intervals);
        eprintln!("{resampling:?}: {coverage}");
        assert!((0.92..=0.98).contains(&coverage), "{resampling:?}: {coverage}");
    }
}

#[test]
fn bootstraps_are_the_same_on_any_number_of_threads() {
    let rows = datasets::survey().records;
    let params = Pipeline::params().standardize(true).mixture(GaussianMixture::params(4));
    let model = params.fit(&DatasetBase::from(rows.clone())).unwrap();
    let of = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let params = BootstrapParams::default().n_replicates(19).seed(3);
        pool.install(|| model.bootstrap(rows.view(), &params).unwrap())
    };
    assert_eq!(of(1), of(2));
}

#[test]
fn parameters_and_rows_are_checked() {
    let rows = numbers("faithful");
    let model = model(&rows, 2, CovarianceType::Full);
    let error = |params: BootstrapParams| model.bootstrap(rows.view(), &params).unwrap_err();
    for params in [
        BootstrapParams::default().n_replicates(18),
        BootstrapParams::default().level(1.0),
        BootstrapParams::default().level(f64::NAN),
    ] {
        assert!(matches!(error(params), Error::InvalidParam { .. }));
    }
    // no sample of a single row can be fitted
    let one = rows.select(Axis(0), &[0]);
    let found = model.bootstrap(one.view(), &BootstrapParams::default()).unwrap_err();
    assert!(matches!(found, Error::TooFewSamples { .. }), "{found}");
    let wider = Array2::zeros((3, 3));
    let found = model.bootstrap(wider.view(), &BootstrapParams::default()).unwrap_err();
    assert!(matches!(found, Error::ShapeMismatch { .. }), "{found}");
}

#[test]
fn tables_with_categories_and_missing_values_are_drawn_again() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/mixed/heart-gaps.csv");
    let kinds = KindChoice::detect().categorical(OF_HEART);
    let sheet = TableReader::new().kinds(kinds).read(&path).unwrap();
    let rows = sheet.table.records.clone();
    let columns = sheet.schema.columns().into_iter().enumerate();
    let categorical = columns.filter(|(_, column)| column.kind.is_categorical()).map(|(at, _)| at);
    let params = Pipeline::params().categorical(categorical).standardize(true);
    let model = params.mixture(GaussianMixture::params(2)).fit_with_report(&rows).unwrap().0;
    for resampling in [Resampling::Rows, Resampling::Model] {
        let params = BootstrapParams::default().n_replicates(19).resampling(resampling);
        let found = model.bootstrap(rows.view(), &params).unwrap();
        assert!(found.n_failed < 5, "{found:?}");
        let errors = &found.means.standard_error;
        assert!(errors.iter().all(|error| error.is_finite() && *error > 0.0), "{found:?}");
    }
}
