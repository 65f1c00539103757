//! Fits on a cluster of processes, some of which are killed.

mod faults;
mod namespaces;
mod network;
mod processes;
mod tables;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use approx::assert_relative_eq;
use mixlab::cluster::{ClusterTable, Engine};
use mixlab::prelude::*;
use mixlab::{
    FitProgress, NoObserver, Observer, PreprocessedRows, Preprocessor, RowSource, SelectionParams,
    ShapeChoice,
};
use ndarray::{Array1, Array2, s};
use processes::Cluster;
use tables::write;
use tempfile::TempDir;

/// Rows of three Gaussians, far from the origin.
fn rows(n_rows: usize) -> Array2<f64> {
    let model = GaussianMixture::new(
        Array1::from(vec![0.5, 0.3, 0.2]),
        ndarray::array![[100.0, 0.0, -5.0], [104.0, 2.0, -5.0], [100.0, 6.0, -2.0]],
        CovarianceType::Diag,
        ndarray::array![[1.0, 0.5, 2.0], [0.3, 1.0, 1.0], [2.0, 0.7, 0.5]].into_dyn(),
    );
    model.unwrap().sample(n_rows, 5).0
}

/// Writes rows to a file in row groups of `n_group` rows; the file is removed with the returned folder.
fn stored(name: &str, rows: &Array2<f64>, n_group: usize) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    write(&path, rows, n_group);
    (folder, path)
}

/// Waits until a fit has written its first checkpoint.
fn wait_for(checkpoint: &Path) {
    let start = Instant::now();
    while !checkpoint.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "no {}", checkpoint.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn open(engine: &Engine, path: &Path) -> ClusterTable {
    engine.open(&[path.into()], None, &[]).unwrap()
}

/// Runs a search over the rows without a preprocessor.
fn select(
    table: &dyn RowSource,
    search: &SelectionParams,
    observer: &dyn Observer,
) -> mixlab::Result<Selection> {
    PreprocessedRows::new(table, Preprocessor::default())?.select(search, observer)
}

/// Fits one model to the rows without a preprocessor.
fn fit(
    table: &ClusterTable,
    k: usize,
    covariance_type: CovarianceType,
    params: GmmParams,
) -> Selection {
    let search = Selection::params([k]).covariance_types([covariance_type]).mixture(params);
    select(table, &search, &NoObserver).unwrap()
}

fn assert_same(cluster: &GaussianMixture, in_memory: &GaussianMixture) {
    let near = |a: f64, b: f64| assert_relative_eq!(a, b, max_relative = 1e-10, epsilon = 1e-10);
    cluster.weights().iter().zip(in_memory.weights()).for_each(|(&a, &b)| near(a, b));
    cluster.means().iter().zip(in_memory.means()).for_each(|(&a, &b)| near(a, b));
    for component in 0..cluster.n_components() {
        let (a, b) = (cluster.covariance(component), in_memory.covariance(component));
        a.iter().zip(&b).for_each(|(&a, &b)| near(a, b));
    }
}

/// Checks for every covariance type that a fit on the cluster equals a fit in memory from the same start.
fn check_covariance_types(engine: &Engine, path: &Path, rows: &Array2<f64>) {
    let table = open(engine, path);
    assert_eq!(table.n_rows(), rows.nrows());
    for covariance_type in CovarianceType::EVERY {
        let start = GaussianMixture::params(3).covariance_type(covariance_type).max_iter(1);
        let start = start.fit_with_report(rows).unwrap().0;
        let params = GaussianMixture::params(3)
            .covariance_type(covariance_type)
            .init(Init::Model(Box::new(start)))
            .max_iter(8)
            .tol(0.0);
        let (expected, report) = params.fit_with_report(rows).unwrap();
        let selection = fit(&table, 3, covariance_type, params.clone());
        let best = selection.best();
        assert_same(&best.model, &expected);
        assert_eq!(best.report.best().log_likelihoods.len(), 9);
        let likelihoods = &report.best().log_likelihoods;
        for (a, b) in best.report.best().log_likelihoods.iter().zip(likelihoods) {
            assert_relative_eq!(a, b, max_relative = 1e-12);
        }
        let criteria = expected.criteria(rows).unwrap();
        assert_relative_eq!(best.criteria.icl, criteria.icl, max_relative = 1e-10);
        // the sums do not depend on the order in which partitions are merged, to the last bit
        let again = fit(&table, 3, covariance_type, params);
        assert_eq!(again.best_model(), selection.best_model());
    }
}

/// The same rows with a category behind the numbers, and one value in seven missing.
fn mixed_rows(n_rows: usize) -> Array2<f64> {
    let numbers = rows(n_rows);
    Array2::from_shape_fn((n_rows, 4), |(i, j)| match j {
        // every row has other missing values than its neighbours
        _ if (i * 4 + j * 5) % 7 == 3 && i > 3 => f64::NAN,
        3 => ((numbers[[i, 0]] - 99.0) / 2.0).clamp(0.0, 3.0).floor(),
        _ => numbers[[i, j]],
    })
}

#[test]
fn fits_to_categories_and_missing_values_equal_fits_in_memory() {
    let rows = mixed_rows(3000);
    let (_folder, path) = stored("mixed.parquet", &rows, 700);
    let engine = Engine::local(2).unwrap();
    let table = open(&engine, &path);
    for covariance_type in CovarianceType::EVERY {
        let params = GaussianMixture::params(3).covariance_type(covariance_type).categorical([3]);
        let start = params.clone().max_iter(1).fit_with_report(&rows).unwrap().0;
        let params = params.init(Init::Model(Box::new(start))).max_iter(8).tol(0.0);
        let (expected, _) = params.fit_with_report(&rows).unwrap();
        let selection = fit(&table, 3, covariance_type, params);
        let best = selection.best();
        assert_same(&best.model, &expected);
        let [a, b] = [&best.model, &expected].map(|model| model.categories().probabilities(0));
        for (&a, &b) in a.iter().zip(b) {
            assert_relative_eq!(a, b, max_relative = 1e-10, epsilon = 1e-10);
        }
        let criteria = expected.criteria(&rows).unwrap();
        assert_relative_eq!(best.criteria.bic, criteria.bic, max_relative = 1e-10);
    }
    // k-means among the sampled rows, in the observed coordinates
    let params = GaussianMixture::params(2).categorical([3]).n_init(2);
    assert_eq!(fit(&table, 2, CovarianceType::Full, params).best_model().n_features(), 4);
}

#[test]
fn fits_on_a_local_engine_equal_fits_in_memory() {
    let rows = rows(100_000);
    let (_folder, path) = stored("special [name]* 100%.parquet", &rows, 9000);
    check_covariance_types(&Engine::local(2).unwrap(), &path, &rows);
}

#[test]
fn fits_on_two_executors_equal_fits_in_memory() {
    let rows = rows(100_000);
    let (_folder, path) = stored("rows.parquet", &rows, 9000);
    let cluster = Cluster::start(2);
    let engine = Engine::connect(cluster.address()).unwrap();
    check_covariance_types(&engine, &path, &rows);
    // both executors do some of the work
    std::thread::scope(|scope| {
        let passes = scope.spawn(|| {
            let params = GaussianMixture::params(30).tol(0.0).max_iter(10);
            fit(&open(&engine, &path), 30, CovarianceType::Full, params)
        });
        let mut worked = [false; 2];
        while !passes.is_finished() {
            for (executor, worked) in worked.iter_mut().enumerate() {
                *worked |= cluster.has_worked(executor);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(worked, [true; 2]);
    });
}

#[test]
fn a_search_selects_the_same_model_as_in_memory() {
    let rows = rows(60_000);
    let (_folder, path) = stored("rows.parquet", &rows, 9000);
    let engine = Engine::local(2).unwrap();
    let table = open(&engine, &path);
    let search = Selection::params(1..=4)
        .covariance_types([CovarianceType::Diag, CovarianceType::Full])
        .mixture(GaussianMixture::params(1).n_init(3).tol(1e-6));
    let in_memory = search.fit_observed(&rows, |_| {}).unwrap();
    let shared = select(&table, &search, &NoObserver).unwrap();
    assert_eq!(shared.best_index(), in_memory.best_index());
    assert_eq!(shared.best_model().n_components(), 3);
    // both converge to the optimum of well separated groups, from different starts
    assert_relative_eq!(
        shared.best().criteria.bic,
        in_memory.best().criteria.bic,
        max_relative = 1e-6
    );
    let columns = table.columns().unwrap();
    let column = rows.column(1);
    let range = column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
        (low.min(value), high.max(value))
    });
    assert_eq!((columns[1].name.as_str(), columns[1].range), ("x2", Some(range)));
}

#[test]
fn the_same_seed_gives_the_same_model_on_any_engine() {
    let (_folder, path) = stored("rows.parquet", &rows(60_000), 9000);
    let params = GaussianMixture::params(5).n_init(5).max_iter(5).seed(3);
    let fitted =
        |engine: &Engine| fit(&open(engine, &path), 5, CovarianceType::Full, params.clone());
    let cluster = Cluster::start(2);
    let one = fitted(&Engine::connect(cluster.address()).unwrap());
    let other = fitted(&Engine::local(1).unwrap());
    assert_eq!(one.best_model(), other.best_model());
    assert_eq!(one.best().report.best, other.best().report.best);
}

#[test]
fn scaler_and_pca_equal_those_in_memory() {
    let rows = rows(50_000);
    let (_folder, path) = stored("rows.parquet", &rows, 9000);
    let table = open(&Engine::local(2).unwrap(), &path);
    let params = Pipeline::params().standardize(true).pca(Pca::params(2).whiten(true));
    let expected = params.fit_preprocessor(&rows).unwrap();
    let shared = params.fit_preprocessor(&table).unwrap();
    let reduced = |preprocessor: &Preprocessor| preprocessor.try_transform(rows.view()).unwrap();
    assert_relative_eq!(reduced(&shared), reduced(&expected), epsilon = 1e-9);
    let start = GaussianMixture::params(2).max_iter(1).fit_with_report(&reduced(&expected));
    let init = Init::Model(Box::new(start.unwrap().0));
    let search = Selection::params([2]).mixture(GaussianMixture::params(2).init(init));
    let select = |data: &dyn RowSource, preprocessor| {
        PreprocessedRows::new(data, preprocessor).unwrap().select(&search, &NoObserver).unwrap()
    };
    let in_memory = select(&rows, expected);
    let selection = select(&table, shared.clone());
    assert_relative_eq!(
        selection.best().criteria.bic,
        in_memory.best().criteria.bic,
        max_relative = 1e-10
    );
    let pipeline = Pipeline::new(shared, selection.best_model().clone()).unwrap();
    let of_data = pipeline.criteria(&table).unwrap();
    let expected = pipeline.criteria(&rows).unwrap();
    assert_relative_eq!(of_data.bic, expected.bic, max_relative = 1e-10);
    assert_relative_eq!(of_data.icl, expected.icl, max_relative = 1e-10);
}

#[test]
fn shapes_spikes_and_levels_equal_those_in_memory() {
    // not more than the rows on which shapes are chosen
    let mut rows = rows(4000);
    for (row, mut values) in rows.rows_mut().into_iter().enumerate() {
        values[0] = if row % 3 == 0 { 0.0 } else { (0.3 * (values[0] - 100.0)).exp() };
        values[2] = f64::from((row % 4) as u8);
    }
    let (_folder, path) = stored("rows.parquet", &rows, 900);
    let table = open(&Engine::local(2).unwrap(), &path);
    let params = Pipeline::params().shape(ShapeChoice::Auto).standardize(true);
    let expected = params.fit_preprocessor(&rows).unwrap();
    let shared = params.fit_preprocessor(&table).unwrap();
    assert_eq!((shared.shapes(), shared.layout()), (expected.shapes(), expected.layout()));
    assert_eq!(shared.layout().unwrap().spikes(0), [0.0]);
    assert!(shared.shapes().is_some());
    let reduced = expected.try_transform(rows.view()).unwrap();
    // two numbers, the category, and the indicator of the spike
    let mixture = GaussianMixture::params(2).categorical([2, 3]);
    let start = mixture.clone().max_iter(1).fit_with_report(&reduced).unwrap().0;
    let mixture = mixture.init(Init::Model(Box::new(start)));
    let search = Selection::params([2]).mixture(mixture);
    let select = |data: &dyn RowSource, preprocessor| {
        PreprocessedRows::new(data, preprocessor).unwrap().select(&search, &NoObserver).unwrap()
    };
    let (in_memory, selection) = (select(&rows, expected), select(&table, shared.clone()));
    let bic = |selection: &Selection| selection.best().criteria.bic;
    assert_relative_eq!(bic(&selection), bic(&in_memory), max_relative = 1e-9);
    let pipeline = Pipeline::new(shared, selection.best_model().clone()).unwrap();
    let of_data = pipeline.criteria(&table).unwrap();
    assert_relative_eq!(of_data.bic, pipeline.criteria(&rows).unwrap().bic, max_relative = 1e-9);
}

#[test]
fn answers_come_in_the_order_of_the_rows() {
    let rows = rows(50_000);
    let (folder, _) = stored("rows-2.parquet", &rows.slice(s![20_000.., ..]).to_owned(), 7000);
    write(&folder.path().join("rows-1.parquet"), &rows.slice(s![..20_000, ..]).to_owned(), 3000);
    let params = Pipeline::params().standardize(true).pca(Pca::params(2));
    let (pipeline, _) = params.mixture(GaussianMixture::params(3)).fit_with_report(&rows).unwrap();
    let cluster = Cluster::start(2);
    for engine in [Engine::local(2).unwrap(), Engine::connect(cluster.address()).unwrap()] {
        let table = open(&engine, folder.path());
        assert_relative_eq!(
            pipeline.score_samples(&table).unwrap(),
            pipeline.score_samples(&rows).unwrap(),
            max_relative = 1e-10
        );
        assert_eq!(pipeline.try_predict(&table).unwrap(), pipeline.try_predict(&rows).unwrap());
        assert_relative_eq!(
            pipeline.predict_proba(&table).unwrap(),
            pipeline.predict_proba(&rows).unwrap(),
            epsilon = 1e-10
        );
    }
}

/// Kills an executor in the middle of a pass.
struct Killer<'a> {
    cluster: &'a std::sync::Mutex<Cluster>,
    began: std::sync::Mutex<Instant>,
}

impl Observer for Killer<'_> {
    fn pass(&self, pass: &FitProgress<'_>) {
        let mut began = self.began.lock().unwrap();
        let lasted = began.elapsed();
        *began = Instant::now();
        if pass.index == 4 {
            let id = self.cluster.lock().unwrap().executor_id(0);
            std::thread::spawn(move || {
                std::thread::sleep(lasted / 2);
                processes::kill(id);
            });
        }
    }
}

#[test]
fn a_killed_executor_does_not_change_the_fit() {
    let (_folder, path) = stored("rows.parquet", &rows(400_000), 30_000);
    let cluster = std::sync::Mutex::new(Cluster::start(2));
    let address = cluster.lock().unwrap().address().to_owned();
    let table = open(&Engine::connect(&address).unwrap(), &path);
    let search = Selection::params([12]).mixture(GaussianMixture::params(1).tol(0.0).max_iter(8));
    let start = Instant::now();
    let undisturbed = select(&table, &search, &NoObserver).unwrap();
    let undisturbed_time = start.elapsed();
    let start = Instant::now();
    let killer = Killer { cluster: &cluster, began: std::sync::Mutex::new(start) };
    let disturbed = select(&table, &search, &killer).unwrap();
    let disturbed_time = start.elapsed();
    eprintln!("{undisturbed_time:?}, and {disturbed_time:?} with an executor killed");
    assert!(!cluster.lock().unwrap().is_running(0), "the executor is still running");
    assert_eq!(disturbed.best_model(), undisturbed.best_model());
    assert_eq!(disturbed.best().report.n_iter(), 8);
    assert!(disturbed_time < undisturbed_time * 3 + Duration::from_secs(60));
}

#[test]
fn statistics_larger_than_the_default_message_limit_are_sent() {
    // a model of 32 MB, and statistics of 16 MB from every partition; the default limit is 16 MiB
    let (k, d) = (100, 200);
    let noise = GaussianMixture::new(
        ndarray::array![1.0],
        Array2::zeros((1, d)),
        CovarianceType::Spherical,
        ndarray::array![1.0].into_dyn(),
    );
    let rows = noise.unwrap().sample(1200, 3).0;
    let (_folder, path) = stored("wide.parquet", &rows, 600);
    let cluster = Cluster::start(2);
    let engine = Engine::connect(cluster.address()).unwrap();
    let table = open(&engine, &path);
    let means = rows.select(ndarray::Axis(0), &(0..k).collect::<Vec<_>>());
    let mut covariances = Array2::eye(d).into_shape_with_order((1, d, d)).unwrap();
    covariances *= 2.0;
    let covariances = covariances.broadcast((k, d, d)).unwrap().to_owned().into_dyn();
    let weights = Array1::from_elem(k, 1.0 / k as f64);
    let model = GaussianMixture::new(weights, means, CovarianceType::Full, covariances).unwrap();
    let init = Init::Model(Box::new(model));
    let params = GaussianMixture::params(k).init(init).max_iter(1).tol(0.0).reg_covar(1.0);
    let expected = params.fit_with_report(&rows).unwrap().0;
    let selection = fit(&table, k, CovarianceType::Full, params);
    assert_same(selection.best_model(), &expected);
}
