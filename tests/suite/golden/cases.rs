//! Rows by a formula: 1 to 400 columns, tiny, huge, far from the origin, and with nearly singular covariances.

use approx::assert_relative_eq;
use mixlab::prelude::*;
use mixlab::{FitReport, GmmParams};
use ndarray::{Array1, Array2, ArrayD, Axis, Ix1, Ix2, Ix3};

use super::reader::{Golden, assert_close};

/// The `formula` of `generate.py`: n rows of d columns around k centres, every number exact in binary.
fn formula(n: usize, d: usize, k: usize) -> Array2<f64> {
    let mut state = 1_u64;
    let mut next = || {
        state = (1_103_515_245 * state + 12_345) % (1 << 31);
        state
    };
    let mut rows = Array2::zeros((n, d));
    for ((i, j), value) in rows.indexed_iter_mut() {
        let total: u64 = (0..4).map(|_| next()).sum();
        let centre = ((i % k * 7 + j * 3) % 5) as f64 - 2.0;
        *value = total as f64 / 2.0_f64.powi(31) - 2.0 + 1.5 * centre;
    }
    rows
}

/// A model with equal weights, the first rows as means, and spherical covariances of this variance.
fn start(rows: &Array2<f64>, k: usize, family: CovarianceType, variance: f64) -> GaussianMixture {
    let d = rows.ncols();
    let sphere = Array2::<f64>::eye(d) * variance;
    let covariances = match family {
        CovarianceType::Full => sphere.broadcast((k, d, d)).unwrap().to_owned().into_dyn(),
        CovarianceType::Tied => sphere.into_dyn(),
        CovarianceType::Diag => Array2::from_elem((k, d), variance).into_dyn(),
        _ => Array1::from_elem(k, variance).into_dyn(),
    };
    let first: Vec<usize> = (0..k).collect();
    let means = rows.select(Axis(0), &first);
    GaussianMixture::new(Array1::from_elem(k, 1.0 / k as f64), means, family, covariances).unwrap()
}

fn params(start: &GaussianMixture, reg_covar: f64) -> GmmParams {
    GaussianMixture::params(start.n_components())
        .covariance_type(start.covariance_type())
        .init(Init::Model(Box::new(start.clone())))
        .reg_covar(reg_covar)
}

/// Runs a fixed number of steps.
fn steps(
    start: &GaussianMixture,
    rows: &Array2<f64>,
    reg_covar: f64,
    n: usize,
) -> (GaussianMixture, FitReport) {
    params(start, reg_covar).tol(0.0).max_iter(n).fit_with_report(rows).unwrap()
}

/// Mean log-likelihoods after each step, without the initial one.
fn trace(report: &FitReport, n_samples: usize) -> Array1<f64> {
    report.best().log_likelihoods.iter().skip(1).map(|sum| sum / n_samples as f64).collect()
}

/// Tolerances of a case, relative to the largest entry.
struct Tolerance {
    /// Of all parameters after ten steps.
    steps: f64,
    /// Of the means after convergence.
    converged: f64,
}

fn agrees_with_scikit_learn(
    name: &str,
    rows: &Array2<f64>,
    k: usize,
    reg_covar: f64,
    tolerance: &Tolerance,
) {
    let mut golden = Golden::open(&format!("case-{name}"));
    let variance = rows.var_axis(Axis(0), 0.0).mean().unwrap() / 4.0;
    for family in CovarianceType::ALL {
        let start = start(rows, k, family, variance);
        let (model, report) = steps(&start, rows, reg_covar, 10);
        let key = |what: &str| format!("{family}_{what}");
        let near = tolerance.steps;
        assert_close(&trace(&report, rows.nrows()), &golden.get::<Ix1>(&key("trace")), near);
        assert_close(&model.weights().to_owned(), &golden.get::<Ix1>(&key("weights")), near);
        assert_close(&model.means().to_owned(), &golden.get::<Ix2>(&key("means")), near);
        let (log_prob, posterior) = (model.score_samples(rows), model.predict_proba(rows));
        assert_close(&log_prob.unwrap(), &golden.get::<Ix1>(&key("log_prob")), near);
        assert_close(&posterior.unwrap(), &golden.get::<Ix2>(&key("posterior")), near);
        let criteria = model.criteria(rows).unwrap();
        assert_relative_eq!(criteria.aic, golden.number(&key("aic")), max_relative = near);
        assert_relative_eq!(criteria.bic, golden.number(&key("bic")), max_relative = near);

        let converged = params(&start, reg_covar).tol(1e-13).max_iter(5000);
        let (model, _) = converged.fit_with_report(rows).unwrap();
        let score = golden.number(&key("converged_score"));
        assert_relative_eq!(model.score(rows).unwrap(), score, max_relative = near, epsilon = near);
        let means = golden.get::<Ix2>(&key("converged_means"));
        assert_close(&model.means().to_owned(), &means, tolerance.converged);
    }
}

#[test]
fn from_one_column_to_four_hundred() {
    // ten steps: some thousand rounding errors of 1e-16 each, amplified by posteriors that have not yet converged. EM stops
    // within a step of the optimum: the square root of its tolerance of 1e-13, and somewhat more where it converges slowly.
    let tolerance = Tolerance { steps: 1e-9, converged: 1e-6 };
    for (n, d, k) in [(200, 1, 3), (200, 2, 3), (300, 10, 3), (400, 64, 3), (1000, 400, 2)] {
        agrees_with_scikit_learn(&format!("{d}-columns"), &formula(n, d, k), k, 1e-6, &tolerance);
    }
}

#[test]
fn tiny_and_huge_scales() {
    let tolerance = Tolerance { steps: 1e-9, converged: 1e-6 };
    for (name, factor) in [("tiny", 1e-8), ("huge", 1e8)] {
        agrees_with_scikit_learn(name, &(formula(200, 3, 3) * factor), 3, 0.0, &tolerance);
    }
}

/// Compares five steps with those computed with 60 digits.
fn agrees_with_exact_arithmetic(name: &str, rows: &Array2<f64>, reg_covar: f64, tolerance: f64) {
    let mut golden = Golden::open(&format!("exact-{name}"));
    let variance = golden.number("variance");
    for family in CovarianceType::ALL {
        let (model, report) = steps(&start(rows, 2, family, variance), rows, reg_covar, 5);
        let key = |what: &str| format!("{family}_{what}");
        let trace = trace(&report, rows.nrows());
        assert_close(&trace, &golden.get::<Ix1>(&key("trace")), tolerance);
        assert_close(&model.weights().to_owned(), &golden.get::<Ix1>(&key("weights")), tolerance);
        assert_close(&model.means().to_owned(), &golden.get::<Ix2>(&key("means")), tolerance);
        let covariances: ArrayD<f64> = golden.get::<Ix3>(&key("covariances")).into_dyn();
        for (component, expected) in covariances.outer_iter().enumerate() {
            let expected = expected.into_dimensionality::<Ix2>().unwrap().to_owned();
            assert_close(&model.covariance(component), &expected, tolerance);
        }
        let log_prob = golden.get::<Ix1>(&key("log_prob"));
        assert_close(&model.score_samples(rows).unwrap(), &log_prob, tolerance);
        let posterior = golden.get::<Ix2>(&key("posterior"));
        assert_close(&model.predict_proba(rows).unwrap(), &posterior, tolerance);
    }
}

#[test]
fn a_thousand_million_away_from_the_origin() {
    // a mean of size 1e9 is itself rounded to 1e-7, which is 1e-7 of a standard deviation
    agrees_with_exact_arithmetic("far", &(formula(60, 3, 2) + 1e9), 1e-6, 1e-7);
}

#[test]
fn covariances_of_condition_1e12() {
    let mut rows = formula(60, 3, 2);
    for mut row in rows.rows_mut() {
        row[2] = row[0] + row[1] + row[2] * 2.0_f64.powi(-20);
    }
    // the smallest variance is 1e-13 of the largest, whose entries are rounded to 1e-16: that leaves three digits of it, and
    // as many of squared distances
    agrees_with_exact_arithmetic("narrow", &rows, 0.0, 1e-3);
}
