//! Linfa's Gaussian mixture and ours.

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

/// Starts of either.
const STARTS: usize = 10;

/// Change of the mean log-likelihood below which either has converged: tight, so that a converged solution
/// is a fixed point.
const TOL: f64 = 1e-12;

const MAX_ITER: usize = 20_000;

/// Largest difference of two posteriors. Both come from log-densities of a few hundred, exact to 1e-13 of
/// that, by sums of a few dozen terms.
const POSTERIOR: f64 = 1e-8;

/// Largest move of a parameter in one EM step from a converged solution, as a share of the data's scale. EM
/// converges linearly, so that a change of 1e-12 in the mean log-likelihood goes with steps of about its
/// square root.
const STEP: f64 = 1e-5;

/// Largest fall of the mean log-likelihood that is rounding: that of a sum of n terms.
const FALL: f64 = 1e-12;

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

pub(super) fn ask(progress: &dyn Progress) -> Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for case in cases()? {
        progress.update(&Task::step(&format!("mixtures of {}", case.name)));
        answers.extend(of_case(&case)?);
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

/// Linfa's parameters as a mixture of ours.
fn adopt(linfa: &GaussianMixtureModel<f64>) -> Result<GaussianMixture> {
    let covariances: ArrayD<f64> = linfa.covariances().clone().into_dyn();
    let (weights, means) = (linfa.weights().clone(), linfa.means().clone());
    GaussianMixture::new(weights, means, CovarianceType::Full, covariances)
}

fn of_case(case: &Case) -> Result<Vec<Answer>> {
    let begin = Instant::now();
    let linfa = linfa_fit(case, STARTS as u64);
    let linfa_seconds = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let ours = GaussianMixture::params(case.n_components)
        .n_init(STARTS)
        .tol(TOL)
        .max_iter(MAX_ITER)
        .fit(&case.rows)?;
    let our_seconds = begin.elapsed().as_secs_f64();

    let (mut answers, score) = match &linfa {
        Ok(linfa) => {
            let adopted = adopt(linfa)?;
            let mut answers = same_posteriors(case, linfa, &adopted)?;
            answers.extend(fixed_point(case, &adopted)?);
            (answers, adopted.score(&case.rows)?)
        }
        Err(_) => (Vec::new(), f64::NAN),
    };
    let figures = (score, ours.score(&case.rows)?);
    let mut remark = format!("linfa {linfa_seconds:.3} s, ours {our_seconds:.3} s");
    if let Err(error) = linfa {
        remark += &format!("; linfa has no model: {error}");
    }
    answers.push(
        Answer::higher_is_better(case.name, "log-likelihood per row, ten starts", figures, 1e-9)
            .remark(remark),
    );
    Ok(answers)
}

fn same_posteriors(
    case: &Case,
    linfa: &GaussianMixtureModel<f64>,
    adopted: &GaussianMixture,
) -> Result<Vec<Answer>> {
    let theirs = linfa.predict_proba(&case.rows.records);
    let ours = adopted.predict_proba(&case.rows)?;
    let (mut largest, mut not_finite) = (0.0_f64, 0);
    for (theirs, ours) in theirs.rows().into_iter().zip(ours.rows()) {
        if theirs.iter().all(|posterior| posterior.is_finite()) {
            let differences = theirs.iter().zip(ours).map(|(a, b)| (a - b).abs());
            largest = differences.fold(largest, |largest, difference| {
                // a NaN of ours counts as the largest of all
                if difference <= largest { largest } else { difference }
            });
        } else {
            not_finite += 1;
        }
    }
    let mut answers =
        vec![Answer::difference(case.name, "largest difference of posteriors", largest, POSTERIOR)];
    if not_finite > 0 {
        let remark = format!("linfa's are not finite in {not_finite} rows");
        answers[0].remark = remark;
    } else {
        // linfa's labels end in a panic where a posterior is not finite
        let theirs: Array1<usize> = linfa.predict(&case.rows.records);
        let ours = adopted.try_predict(&case.rows)?;
        let other = theirs.iter().zip(&ours).filter(|(theirs, ours)| theirs != ours).count();
        answers.push(Answer::difference(case.name, "rows with another label", other as f64, 0.0));
    }
    Ok(answers)
}

/// Goes on from a converged solution with our EM.
fn fixed_point(case: &Case, converged: &GaussianMixture) -> Result<Vec<Answer>> {
    let on = |max_iter: usize| {
        GaussianMixture::params(case.n_components)
            .init(Init::Model(Box::new(converged.clone())))
            .tol(0.0)
            .max_iter(max_iter)
            .fit_with_report(&case.rows)
    };
    let (after, _) = on(1)?;
    let (_, report) = on(50)?;
    let fall = report.best().largest_fall() / case.rows.records.nrows() as f64;
    let scale = case.rows.records.std_axis(Axis(0), 0.0).fold(0.0_f64, |a, &b| a.max(b));
    let moved = |before: ArrayD<f64>, after: ArrayD<f64>, unit: f64| {
        (after - before).iter().fold(0.0_f64, |largest, step| largest.max(step.abs())) / unit
    };
    let steps = [
        moved(
            converged.weights().to_owned().into_dyn(),
            after.weights().to_owned().into_dyn(),
            1.0,
        ),
        moved(converged.means().to_owned().into_dyn(), after.means().to_owned().into_dyn(), scale),
        moved(converged.covariances().to_array(), after.covariances().to_array(), scale * scale),
    ];
    let step = steps.into_iter().fold(0.0, f64::max);
    Ok(vec![
        Answer::difference(case.name, "one EM step of ours from linfa's optimum", step, STEP),
        Answer::difference(case.name, "fall of the log-likelihood in 50 of them", fall, FALL),
    ])
}

/// The posteriors of a point a thousand standard deviations away sum to one.
fn far_point(moons: &Case) -> Result<Answer> {
    let far = array![[1e3, 1e3]];
    let sum = match linfa_fit(moons, 1) {
        Ok(linfa) => linfa.predict_proba(&far).sum(),
        Err(_) => f64::NAN,
    };
    let ours = GaussianMixture::params(moons.n_components).fit(&moons.rows)?;
    let ours = ours.predict_proba(&DatasetBase::from(far))?.sum();
    Ok(Answer::known_fault("a far point", "sum of its posteriors", (sum, ours, 1.0), 1e-12))
}

/// A fit that has not converged is still a model.
fn unconverged(moons: &Case) -> Result<Answer> {
    let linfa = GaussianMixtureModel::params(moons.n_components)
        .tolerance(TOL)
        .max_n_iterations(2)
        .fit(&moons.rows);
    let (ours, report) = GaussianMixture::params(moons.n_components)
        .tol(TOL)
        .max_iter(2)
        .fit_with_report(&moons.rows)?;
    let ours = f64::from(u8::from(!report.converged() && ours.score(&moons.rows)?.is_finite()));
    let linfa = f64::from(u8::from(linfa.is_ok()));
    Ok(Answer::known_fault("moons", "models after two iterations", (linfa, ours, 1.0), 0.0)
        .remark("not converging is no reason to throw a model away"))
}

/// Ten starts from ten different places find a better optimum than one, on data that have many.
fn restarts(moons: &Case) -> Result<Answer> {
    let gain_of_linfa = match (linfa_fit(moons, 1), linfa_fit(moons, STARTS as u64)) {
        (Ok(one), Ok(ten)) => {
            let score = |model| adopt(model)?.score(&moons.rows);
            score(&ten)? - score(&one)?
        }
        _ => f64::NAN,
    };
    let score = |n_init| {
        let params = GaussianMixture::params(moons.n_components).n_init(n_init);
        params.tol(TOL).max_iter(MAX_ITER).fit(&moons.rows)?.score(&moons.rows)
    };
    let gain = score(STARTS)? - score(1)?;
    let gained = |gain: f64| f64::from(u8::from(gain > 1e-6));
    let figures = (gained(gain_of_linfa), gained(gain), 1.0);
    Ok(Answer::known_fault(moons.name, "ten starts better than one", figures, 0.0).remark(format!(
        "gain of log-likelihood per row: linfa {gain_of_linfa:.1e} (its runs go on from one start), ours {gain:.1e}",
    )))
}
