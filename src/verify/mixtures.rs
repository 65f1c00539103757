//! Comparison with linfa's Gaussian mixture.

use std::time::Instant;

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_clustering::{GaussianMixtureModel, GmmError};
use ndarray::{Array1, Array2, ArrayD, Axis, array};

use super::Answer;
use crate::compute::progress::{Progress, Task};
use crate::datasets;
use crate::error::Result;
use crate::mixture::{CovarianceType, GaussianMixture, Init};
use crate::preprocess::pca::Pca;

/// Number of restarts of both.
const RESTARTS: usize = 10;

/// Change of the mean log-likelihood below which both converge: tight, so that a converged solution is a fixed point.
const TOL: f64 = 1e-12;

const MAX_ITER: usize = 20_000;

/// Largest difference between posteriors. Both are computed from log-densities of a few hundred, accurate to a relative 1e-13,
/// by sums of a few dozen terms.
const POSTERIOR: f64 = 1e-8;

/// Largest change of a parameter in one EM step from a converged solution, relative to the scale of the data. EM converges
/// linearly: a change of 1e-12 in the mean log-likelihood corresponds to steps of about its square root.
const STEP: f64 = 1e-5;

/// Largest decrease of the mean log-likelihood due to rounding, that of a sum of n terms.
const DECREASE: f64 = 1e-12;

type Rows = DatasetBase<Array2<f64>, Array1<()>>;

/// Data and the number of components to fit.
struct Case {
    name: &'static str,
    rows: Rows,
    n_components: usize,
}

fn cases() -> Result<Vec<Case>> {
    let two_gaussians = GaussianMixture::new(
        array![0.5, 0.5],
        array![[0.0, 0.0], [2.0, 0.0]],
        CovarianceType::Full,
        array![[[1.0, 0.7], [0.7, 1.0]], [[0.5, 0.4], [0.4, 0.5]]].into_dyn(),
    )?;
    let centers = array![[0.0, 0.0], [10.0, 10.0]];
    let blobs = datasets::make_blobs(&[300, 600], centers.view(), &[1.2, 1.8], 0)?;
    let digits = datasets::digits();
    let reduced =
        Pca::params(0.99).whiten(true).fit(&digits)?.try_transform(digits.records.view())?;
    let case = |name, rows: Array2<f64>, n_components| Case {
        name,
        rows: DatasetBase::from(rows),
        n_components,
    };
    Ok(vec![
        case("moons", datasets::moons().records, 7),
        case("stretched-blobs", datasets::stretched_blobs().records, 4),
        case("two-gaussians", two_gaussians.sample(2000, 0).0, 2),
        case("blobs", blobs.records, 2),
        case("digits after PCA", reduced, 8),
    ])
}

pub(super) fn compare(progress: &dyn Progress) -> Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for case in cases()? {
        progress.update(&Task::step(&format!("mixtures of {}", case.name)));
        answers.extend(compare_case(&case)?);
    }
    progress.update(&Task::step("known faults of mixtures"));
    let moons = |n_components| Case {
        name: "moons",
        rows: DatasetBase::from(datasets::moons().records),
        n_components,
    };
    answers.extend([far_point(&moons(7))?, unconverged(&moons(7))?, restarts(&moons(10))?]);
    Ok(answers)
}

fn linfa_fit(case: &Case, n_runs: u64) -> Result<GaussianMixtureModel<f64>, GmmError> {
    GaussianMixtureModel::params(case.n_components)
        .n_runs(n_runs)
        .tolerance(TOL)
        .max_n_iterations(MAX_ITER as u64)
        .fit(&case.rows)
}

/// Converts linfa's mixture to ours, with the same parameters.
fn converted(linfa: &GaussianMixtureModel<f64>) -> Result<GaussianMixture> {
    let covariances: ArrayD<f64> = linfa.covariances().clone().into_dyn();
    let (weights, means) = (linfa.weights().clone(), linfa.means().clone());
    GaussianMixture::new(weights, means, CovarianceType::Full, covariances)
}

fn compare_case(case: &Case) -> Result<Vec<Answer>> {
    let begin = Instant::now();
    let linfa = linfa_fit(case, RESTARTS as u64);
    let linfa_seconds = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let ours = GaussianMixture::params(case.n_components)
        .like_scikit_learn()
        .n_init(RESTARTS)
        .tol(TOL)
        .max_iter(MAX_ITER)
        .fit(&case.rows)?;
    let our_seconds = begin.elapsed().as_secs_f64();

    let (mut answers, score) = match &linfa {
        Ok(linfa) => {
            let same_model = converted(linfa)?;
            let mut answers = same_posteriors(case, linfa, &same_model)?;
            answers.extend(fixed_point(case, &same_model)?);
            (answers, same_model.score(&case.rows)?)
        }
        Err(_) => (Vec::new(), f64::NAN),
    };
    let values = (score, ours.score(&case.rows)?);
    let mut remark = format!("linfa {linfa_seconds:.3} s, ours {our_seconds:.3} s");
    if let Err(error) = linfa {
        remark += &format!("; linfa failed: {error}");
    }
    answers.push(
        Answer::higher_is_better(
            case.name,
            "mean log-likelihood, best of 10 restarts",
            values,
            1e-9,
        )
        .remark(remark),
    );
    Ok(answers)
}

fn same_posteriors(
    case: &Case,
    linfa: &GaussianMixtureModel<f64>,
    same_model: &GaussianMixture,
) -> Result<Vec<Answer>> {
    let theirs = linfa.predict_proba(&case.rows.records);
    let ours = same_model.predict_proba(&case.rows)?;
    let (mut largest, mut not_finite) = (0.0_f64, 0);
    for (theirs, ours) in theirs.rows().into_iter().zip(ours.rows()) {
        if theirs.iter().all(|posterior| posterior.is_finite()) {
            let differences = theirs.iter().zip(ours).map(|(a, b)| (a - b).abs());
            largest = differences.fold(largest, |largest, difference| {
                // a NaN of ours is the largest difference
                if difference <= largest { largest } else { difference }
            });
        } else {
            not_finite += 1;
        }
    }
    let mut answers = vec![Answer::difference(
        case.name,
        "largest difference between posteriors",
        largest,
        POSTERIOR,
    )];
    if not_finite > 0 {
        let remark = format!("linfa's posteriors are not finite in {not_finite} rows");
        answers[0].remark = remark;
    } else {
        // linfa panics on labels of rows whose posteriors are not finite
        let theirs: Array1<usize> = linfa.predict(&case.rows.records);
        let ours = same_model.try_predict(&case.rows)?;
        let n_different = theirs.iter().zip(&ours).filter(|(theirs, ours)| theirs != ours).count();
        answers.push(Answer::difference(
            case.name,
            "rows with a different label",
            n_different as f64,
            0.0,
        ));
    }
    Ok(answers)
}

/// Continues EM from a converged solution.
fn fixed_point(case: &Case, converged: &GaussianMixture) -> Result<Vec<Answer>> {
    let continued = |max_iter: usize| {
        GaussianMixture::params(case.n_components)
            .like_scikit_learn()
            .init(Init::Model(Box::new(converged.clone())))
            .tol(0.0)
            .max_iter(max_iter)
            .fit_with_report(&case.rows)
    };
    let (after, _) = continued(1)?;
    let (_, report) = continued(50)?;
    let decrease = report.best().largest_fall() / case.rows.records.nrows() as f64;
    let scale = case.rows.records.std_axis(Axis(0), 0.0).fold(0.0_f64, |a, &b| a.max(b));
    let largest_change = |before: ArrayD<f64>, after: ArrayD<f64>, unit: f64| {
        (after - before).iter().fold(0.0_f64, |largest, step| largest.max(step.abs())) / unit
    };
    let changes = [
        largest_change(
            converged.weights().to_owned().into_dyn(),
            after.weights().to_owned().into_dyn(),
            1.0,
        ),
        largest_change(
            converged.means().to_owned().into_dyn(),
            after.means().to_owned().into_dyn(),
            scale,
        ),
        largest_change(
            converged.covariances().to_array(),
            after.covariances().to_array(),
            scale * scale,
        ),
    ];
    let change = changes.into_iter().fold(0.0, f64::max);
    Ok(vec![
        Answer::difference(
            case.name,
            "change of parameters in an EM step from linfa's optimum",
            change,
            STEP,
        ),
        Answer::difference(
            case.name,
            "decrease of the log-likelihood in 50 such steps",
            decrease,
            DECREASE,
        ),
    ])
}

/// The posteriors of a point a thousand standard deviations away sum to one.
fn far_point(moons: &Case) -> Result<Answer> {
    let far = array![[1e3, 1e3]];
    let sum = match linfa_fit(moons, 1) {
        Ok(linfa) => linfa.predict_proba(&far).sum(),
        Err(_) => f64::NAN,
    };
    let ours = GaussianMixture::params(moons.n_components).like_scikit_learn().fit(&moons.rows)?;
    let ours = ours.predict_proba(&DatasetBase::from(far))?.sum();
    Ok(Answer::known_fault("distant point", "sum of the posteriors", (sum, ours, 1.0), 1e-12))
}

/// A fit that has not converged must still return a model.
fn unconverged(moons: &Case) -> Result<Answer> {
    let linfa = GaussianMixtureModel::params(moons.n_components)
        .tolerance(TOL)
        .max_n_iterations(2)
        .fit(&moons.rows);
    let (ours, report) = GaussianMixture::params(moons.n_components)
        .like_scikit_learn()
        .tol(TOL)
        .max_iter(2)
        .fit_with_report(&moons.rows)?;
    let ours = f64::from(u8::from(!report.converged() && ours.score(&moons.rows)?.is_finite()));
    let linfa = f64::from(u8::from(linfa.is_ok()));
    Ok(Answer::known_fault(
        "moons",
        "model returned after 2 iterations (1 is yes)",
        (linfa, ours, 1.0),
        0.0,
    )
    .remark("a fit without convergence should still return its model"))
}

/// Ten restarts from different initialisations find a better optimum than one on data with many local optima.
fn restarts(moons: &Case) -> Result<Answer> {
    let gain_of_linfa = match (linfa_fit(moons, 1), linfa_fit(moons, RESTARTS as u64)) {
        (Ok(one), Ok(ten)) => {
            let score = |model| converted(model)?.score(&moons.rows);
            score(&ten)? - score(&one)?
        }
        _ => f64::NAN,
    };
    let score = |n_init| {
        let params = GaussianMixture::params(moons.n_components).like_scikit_learn().n_init(n_init);
        params.tol(TOL).max_iter(MAX_ITER).fit(&moons.rows)?.score(&moons.rows)
    };
    let gain = score(RESTARTS)? - score(1)?;
    let improves = |gain: f64| f64::from(u8::from(gain > 1e-6));
    let values = (improves(gain_of_linfa), improves(gain), 1.0);
    Ok(Answer::known_fault(moons.name, "10 restarts improve on 1 (1 is yes)", values, 0.0).remark(format!(
        "gain in mean log-likelihood: linfa {gain_of_linfa:.1e} (its runs continue from one initialisation), ours {gain:.1e}",
    )))
}
