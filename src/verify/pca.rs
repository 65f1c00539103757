//! Comparison with linfa's PCA.

use linfa::traits::{Fit, Predict};
use linfa_reduction::Pca as LinfaPca;
use ndarray::{Array2, ArrayView2, Axis};

use super::Answer;
use crate::compute::progress::{Progress, Task};
use crate::datasets::{self, Labelled};
use crate::error::Result;
use crate::preprocess::pca::{Pca, PcaComponents};

/// Largest relative difference between singular values, and largest sine of an angle between the subspaces: linfa computes them
/// iteratively, to about seven digits.
const TOLERANCE: f64 = 1e-6;

pub(super) fn compare(progress: &dyn Progress) -> Result<Vec<Answer>> {
    let mut answers = Vec::new();
    let cases =
        [("stretched-blobs", datasets::stretched_blobs(), 2), ("digits", datasets::digits(), 10)];
    for (name, data, n_components) in &cases {
        progress.update(&Task::step(&format!("PCA of {name}")));
        answers.extend(same_subspace(name, data, *n_components)?);
    }
    progress.update(&Task::step("known faults of PCA"));
    answers.extend(known_faults(&cases[1].1)?);
    Ok(answers)
}

fn our_fit(data: &Labelled, n_components: usize) -> Result<Pca> {
    Pca::params(PcaComponents::Count(n_components)).fit(data)
}

fn same_subspace(name: &'static str, data: &Labelled, n_components: usize) -> Result<Vec<Answer>> {
    let ours = our_fit(data, n_components)?;
    let Ok(linfa) = LinfaPca::params(n_components).fit(data) else {
        let answer = Answer::difference(
            name,
            "largest sine of an angle between the subspaces",
            0.0,
            TOLERANCE,
        );
        return Ok(vec![answer.remark("linfa fails on these data")]);
    };
    let degrees = data.records.nrows() as f64 - 1.0;
    let values = ours.explained_variance().mapv(|variance| (variance * degrees).sqrt());
    let differences = linfa.singular_values().iter().zip(&values).map(|(a, b)| (a - b).abs() / b);
    let largest = differences.fold(0.0, f64::max);
    Ok(vec![
        Answer::difference(
            name,
            "largest sine of an angle between the subspaces",
            sine(linfa.components().view(), ours.components()),
            TOLERANCE,
        ),
        Answer::difference(
            name,
            "largest relative difference between singular values",
            largest,
            TOLERANCE,
        ),
    ])
}

/// An upper bound on the largest sine of the angles between two subspaces with orthonormal rows as bases: the norm of the part
/// of the first that is orthogonal to the second.
fn sine(first: ArrayView2<'_, f64>, second: ArrayView2<'_, f64>) -> f64 {
    let outside = &first - &first.dot(&second.t()).dot(&second);
    outside.iter().map(|value| value * value).sum::<f64>().sqrt()
}

fn known_faults(digits: &Labelled) -> Result<Vec<Answer>> {
    let ten = LinfaPca::params(10).fit(digits);
    let one = LinfaPca::params(1).fit(digits);
    let many = LinfaPca::params(41).fit(digits);
    let whitened = LinfaPca::params(10).whiten(true).fit(digits);
    let [our_ten, our_one, our_many] =
        [our_fit(digits, 10)?, our_fit(digits, 1)?, our_fit(digits, 41)?];

    // by definition: the variance of the projections of the rows onto the first component
    let scores = our_ten.try_transform(digits.records.view())?;
    let variance = scores.column(0).var(1.0);
    let total: f64 = digits.records.var_axis(Axis(0), 1.0).sum();

    let of_linfa = |pca: &std::result::Result<LinfaPca<f64>, _>,
                    value: fn(&LinfaPca<f64>) -> f64| {
        pca.as_ref().map_or(f64::NAN, value)
    };
    let degrees = digits.records.nrows() as f64 - 1.0;
    let first_value = |pca: &LinfaPca<f64>| pca.singular_values()[0];
    let first_variance = |pca: &LinfaPca<f64>| pca.explained_variance()[0];
    let ratios = |pca: &LinfaPca<f64>| pca.explained_variance_ratio().sum();
    Ok(vec![
        Answer::known_fault(
            "digits",
            "explained variance of component 1 of 10",
            (of_linfa(&ten, first_variance), our_ten.explained_variance()[0], variance),
            TOLERANCE * variance,
        )
        .remark("linfa divides by the number of components minus one, not of rows"),
        Answer::known_fault(
            "digits",
            "explained variance of component 1 of 1",
            (of_linfa(&one, first_variance), our_one.explained_variance()[0], variance),
            TOLERANCE * variance,
        ),
        Answer::known_fault(
            "digits",
            "explained variance ratio of 10 components",
            (
                of_linfa(&ten, ratios),
                our_ten.explained_variance_ratio().sum(),
                scores.var_axis(Axis(0), 1.0).sum() / total,
            ),
            TOLERANCE,
        )
        .remark("linfa divides by the sum over the retained components only"),
        Answer::known_fault(
            "digits",
            "singular value 1 of 41",
            (
                of_linfa(&many, first_value),
                (our_many.explained_variance()[0] * degrees).sqrt(),
                (variance * degrees).sqrt(),
            ),
            TOLERANCE * (variance * degrees).sqrt(),
        )
        .remark("linfa's iteration does not converge for 41 components and reports no error"),
        whitened_inverse(digits, whitened.ok().as_ref())?,
    ])
}

/// Mean squared reconstruction error of the rows from their ten whitened components. The reference is the variance of all other
/// components.
fn whitened_inverse(digits: &Labelled, linfa: Option<&LinfaPca<f64>>) -> Result<Answer> {
    let rows = &digits.records;
    let error = |back: Array2<f64>| (rows - &back).mapv(|v| v * v).sum() / rows.nrows() as f64;
    let of_linfa = linfa.map_or(f64::NAN, |linfa| {
        let scores: Array2<f64> = linfa.predict(rows);
        error(linfa.inverse_transform(scores))
    });
    let ours = Pca::params(PcaComponents::Count(10)).whiten(true).fit(digits)?;
    let back = ours.inverse_transform(ours.try_transform(rows.view())?.view())?;
    let total: f64 = rows.var_axis(Axis(0), 0.0).sum();
    let kept: f64 = our_fit(digits, 10)?.try_transform(rows.view())?.var_axis(Axis(0), 0.0).sum();
    let values = (of_linfa, error(back), total - kept);
    Ok(Answer::known_fault(
        "digits",
        "reconstruction error with whitening",
        values,
        TOLERANCE * total,
    ))
}
