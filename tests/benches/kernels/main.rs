//! Benchmarks of mixlab's kernels, compared with the rate of a matrix product on the same machine.
//!
//! `cargo bench` measures each kernel with criterion and prints a table at the end. Arguments filter by name, as usual
//! with criterion: `cargo bench -- em/full`.

mod data;
mod summary;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use faer::{Accum, Mat, Par};
use mixlab::prelude::*;
use ndarray::{Array1, Array2};

use crate::data::Blobs;
use crate::summary::Work;

/// EM iterations of a measurement; the fit makes one additional pass, which evaluates the model.
const ITERATIONS: usize = 9;

/// Number of rows and columns of the matrices in the matrix product.
const SIDE: usize = 2048;

fn main() {
    let folder = std::env::temp_dir().join(format!("mixlab-benches-{}", std::process::id()));
    let mut criterion = Criterion::default()
        .output_directory(&folder)
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    let mut done = Vec::new();
    matrix_product(&mut criterion, &mut done);
    expectation_maximisation(&mut criterion, &mut done);
    mixed_tables(&mut criterion, &mut done);
    inference(&mut criterion, &mut done);
    preprocessors(&mut criterion, &mut done);
    criterion.final_summary();
    summary::print(&folder, &done);
    // criterion's files are not needed after this run
    let _ = std::fs::remove_dir_all(&folder);
}

/// Measures `run`, which performs `flops` useful floating-point operations in `steps` equal steps.
fn measure<T>(
    criterion: &mut Criterion,
    done: &mut Vec<Work>,
    name: &str,
    (flops, steps): (f64, usize),
    mut run: impl FnMut() -> T,
) {
    let (group, function) = name.split_once('/').expect("group/function");
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Elements(flops as u64));
    group.bench_function(function, |bencher| bencher.iter(|| black_box(run())));
    group.finish();
    done.push(Work { name: name.to_owned(), flops, steps });
}

/// Measures the matrix product on all cores, the reference for the other benchmarks.
fn matrix_product(criterion: &mut Criterion, done: &mut Vec<Work>) {
    let left = Mat::from_fn(SIDE, SIDE, |i, j| ((i * 7 + j) % 13) as f64);
    let right = Mat::from_fn(SIDE, SIDE, |i, j| ((i + j * 5) % 11) as f64);
    let mut out = Mat::zeros(SIDE, SIDE);
    let flops = 2.0 * (SIDE as f64).powi(3);
    measure(criterion, done, summary::PRODUCT, (flops, 1), || {
        let threads = Par::rayon(0);
        faer::linalg::matmul::matmul(&mut out, Accum::Replace, &left, &right, 1.0, threads);
    });
}

/// Measures a fixed number of EM iterations from given models. Useful operations are those of the formulas, with matrices
/// counted as triangles and without exponentials.
fn expectation_maximisation(criterion: &mut Criterion, done: &mut Vec<Work>) {
    let settings = [
        (100_000, 2, 10, CovarianceType::Full),
        (200_000, 10, 16, CovarianceType::Full),
        (100_000, 64, 16, CovarianceType::Full),
        (20_000, 199, 16, CovarianceType::Full),
        (200_000, 10, 16, CovarianceType::Tied),
        (200_000, 10, 16, CovarianceType::Diag),
        (100_000, 64, 64, CovarianceType::Diag),
        (100_000, 64, 64, CovarianceType::Spherical),
    ];
    for (n, d, k, family) in settings {
        for (spread, overlap) in [(2.0, "apart"), (0.0, "overlapping")] {
            let blobs = Blobs { n, d, k, spread };
            let rows = blobs.rows();
            let start = blobs.start(&rows, family);
            let params = GaussianMixture::params(k)
                .covariance_type(family)
                .init(Init::Model(Box::new(start)))
                .max_iter(ITERATIONS)
                .tol(0.0);
            let passes = ITERATIONS + 1;
            let flops = passes as f64 * per_pass(n, d, k, family);
            let name = format!("em/{family} {n} x {d}, K={k}, {overlap}");
            measure(criterion, done, &name, (flops, passes), || params.fit_with_report(&rows));
        }
    }
}

/// Measures EM on tables with missing values and categories beside the same tables without. Useful operations are those of complete
/// rows of numbers, so that rates compare.
fn mixed_tables(criterion: &mut Criterion, done: &mut Vec<Work>) {
    let family = CovarianceType::Full;
    let mut em = |name: &str, rows: Array2<f64>, d: usize, n_iter: usize| {
        let (n, k, columns) = (rows.nrows(), 10, rows.ncols());
        let params = GaussianMixture::params(k).categorical(d..columns).n_init(1);
        let params = params.init(Init::Rows).max_iter(n_iter).tol(0.0);
        let passes = n_iter + 1;
        let flops = passes as f64 * per_pass(n, d, k, family);
        let name = format!("mixed/{family} {n} x {d}, K={k}, {name}");
        measure(criterion, done, &name, (flops, passes), || params.fit_with_report(&rows));
    };
    let blobs = Blobs { n: 100_000, d: 10, k: 10, spread: 4.0 };
    em("complete", blobs.rows(), 10, 20);
    em("10 % missing in all patterns", blobs.with_missing(None), 10, 20);
    em("20 patterns of missing values", blobs.with_missing(Some(20)), 10, 20);
    let blobs = Blobs { n: 1_000_000, ..blobs };
    em("complete", blobs.rows(), 10, 5);
    em("and 5 categories of 10 levels", blobs.with_categories(5, 10), 10, 5);
}

/// Returns the useful operations of a pass over the rows (E-step and M-step).
fn per_pass(n: usize, d: usize, k: usize, family: CovarianceType) -> f64 {
    let [n, d, k] = [n, d, k].map(|size| size as f64);
    let triangle = |side: f64| side * (side + 1.0);
    match family {
        // whitened rows and their squares; weighted scatter
        CovarianceType::Full => 2.0 * n * k * triangle(d),
        // rows whitened once, distances; first moments, expected centres, scatter, co-responsibilities
        CovarianceType::Tied => n * (2.0 * triangle(d) + 7.0 * k * d + triangle(k)),
        // distances in deviations; first and second moments
        _ => 9.0 * n * k * d,
    }
}

fn inference(criterion: &mut Criterion, done: &mut Vec<Work>) {
    let (n, d, k) = (1_000_000, 10, 16);
    let blobs = Blobs { n, d, k, spread: 2.0 };
    let rows = blobs.rows();
    let model = blobs.start(&rows, CovarianceType::Full);
    let whitening = (n * k * d * (d + 1)) as f64;
    let name = |what: &str| format!("inference/{what} {n} x {d}, K={k}");
    measure(criterion, done, &name("score_samples"), (whitening, 1), || model.score_samples(&rows));
    measure(criterion, done, &name("predict_proba"), (whitening, 1), || model.predict_proba(&rows));
    measure(criterion, done, &name("predict"), (whitening, 1), || model.predict(&rows));
    let colouring = (n * d * (d + 1)) as f64;
    measure(criterion, done, &name("sample"), (colouring, 1), || model.sample(n, 0));
}

/// Measures PCA and k-means. Operations are those of the scatter matrix of the shorter side and of Lloyd's distances.
fn preprocessors(criterion: &mut Criterion, done: &mut Vec<Work>) {
    for (n, d) in [(280, 4096), (1_000_000, 100)] {
        let rows = DatasetBase::from(Blobs { n, d, k: 10, spread: 2.0 }.rows());
        let (short, long) = (n.min(d) as f64, n.max(d) as f64);
        let params = Pca::params(0.99);
        let name = format!("pca/{n} x {d} to 0.99");
        measure(criterion, done, &name, (short * short * long, 1), || params.fit(&rows));
    }
    let (n, d, k) = (100_000, 10, 16);
    let rows = DatasetBase::from(Blobs { n, d, k, spread: 2.0 }.rows());
    let params = KMeans::params(k);
    let fitted: KMeans = params.fit(&rows).expect("blobs can be clustered");
    let flops = (3 * n * d * k * fitted.n_iter()) as f64;
    let name = format!("kmeans/{n} x {d}, K={k}");
    measure(criterion, done, &name, (flops, 1), || params.fit(&rows));
}

/// Returns a model with equal weights and unit covariances.
fn unit_model(means: Array2<f64>, family: CovarianceType) -> GaussianMixture {
    let (k, d) = means.dim();
    let covariances = match family {
        CovarianceType::Full => {
            let eye = Array2::eye(d);
            ndarray::stack(ndarray::Axis(0), &vec![eye.view(); k]).expect("equal shapes").into_dyn()
        }
        CovarianceType::Tied => Array2::eye(d).into_dyn(),
        CovarianceType::Diag => Array2::ones((k, d)).into_dyn(),
        CovarianceType::Spherical => Array1::ones(k).into_dyn(),
        other => unimplemented!("unit covariances of {other}"),
    };
    let weights = Array1::from_elem(k, 1.0 / k as f64);
    GaussianMixture::new(weights, means, family, covariances).expect("a valid model")
}
