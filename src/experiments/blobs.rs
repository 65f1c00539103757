//! Parameter recovery for separated and overlapping blobs, and a fit to a text file.

use ndarray::{Array2, array};

use super::{Check, ReportBuilder};
use crate::datasets;
use crate::error::Result;
use crate::mixture::{CovarianceType, GaussianMixture};
use crate::plot::{Chart, Figure};
use crate::table::parse_table;

/// Numbers of points of the tutorial's two blobs.
const COUNTS: [usize; 2] = [300, 600];
const SDS: [f64; 2] = [1.2, 1.8];

/// Whitespace-separated coordinates, one point per line.
const COORDINATES: &str = include_str!("../../datasets/coordinates.txt");

pub(super) fn run(report: &mut ReportBuilder<'_>) -> Result<()> {
    report.text(
        "Two Gaussian blobs: 300 points with standard deviation 1.2 and 600 points with standard deviation \
         1.8. The centres are first far apart, then so close that the blobs overlap. How accurately does a \
         mixture of two components recover the means and variances?",
    );
    report.progress("separated and overlapping blobs");
    let far = array![[0.0, 0.0], [10.0, 10.0]];
    let near = array![[0.0, 0.0], [3.0, 3.0]];
    let far_errors = errors(&far)?;
    let near_errors = errors(&near)?;
    report.heading("Errors of the estimated means and variances");
    report.table(
        "Largest error of a mean and of a variance, averaged over 20 datasets",
        &["centres", "error of the means", "error of the variances", "misclassified"],
        vec![far_errors.line("(0, 0) and (10, 10)"), near_errors.line("(0, 0) and (3, 3)")],
    );
    report.check(
        Check::equal("largest error of a mean, separated blobs", 0.0, far_errors.means, 0.25).because(
            "the tutorial reports small errors; four standard errors of a mean of 300 points are 0.28",
        ),
    );
    report.check(
        Check::at_most(
            "error of the means, separated against overlapping blobs",
            near_errors.means,
            far_errors.means,
            0.0,
        )
        .because("the tutorial: errors increase with the overlap"),
    );
    report.check(
        Check::at_most(
            "error of the variances, separated against overlapping blobs",
            near_errors.variances,
            far_errors.variances,
            0.0,
        )
        .because("the tutorial: errors increase with the overlap"),
    );
    report.figure(
        "blobs-pair",
        Figure::new()
            .panel(chart("centres (0, 0) and (10, 10)", &far)?)
            .panel(chart("centres (0, 0) and (3, 3)", &near)?),
        "Two separated blobs and two overlapping blobs, with the boundary of equal posterior probability.",
        "Dashed: the decision boundary, where the posterior probabilities of the two components are equal. \
         Between separated blobs it crosses empty space; between overlapping blobs it curves around the \
         narrower one, and the points along it have mixed colours.",
    );
    report.progress("text file");
    text_file(report)
}

/// Mean errors over several datasets.
struct Errors {
    means: f64,
    variances: f64,
    wrong: f64,
}

impl Errors {
    fn line(&self, name: &str) -> Vec<String> {
        vec![
            name.to_owned(),
            format!("{:.3}", self.means),
            format!("{:.3}", self.variances),
            format!("{:.2} %", 100.0 * self.wrong),
        ]
    }
}

fn fit(data: &datasets::Labelled) -> Result<GaussianMixture> {
    let params = GaussianMixture::params(2)
        .like_scikit_learn()
        .covariance_type(CovarianceType::Diag)
        .n_init(3);
    Ok(params.tol(1e-6).max_iter(1000).fit_with_report(data)?.0)
}

fn errors(centers: &Array2<f64>) -> Result<Errors> {
    const DATASETS: u64 = 20;
    let mut sum = Errors { means: 0.0, variances: 0.0, wrong: 0.0 };
    for seed in 0..DATASETS {
        let data = datasets::make_blobs(&COUNTS, centers.view(), &SDS, seed)?;
        let model = fit(&data)?;
        // the order of the components is arbitrary: the one with the lower mean is the first blob
        let swapped = model.means()[[0, 0]] > model.means()[[1, 0]];
        let component = |blob: usize| if swapped { 1 - blob } else { blob };
        let mut largest = (0.0_f64, 0.0_f64);
        for blob in 0..2 {
            let covariance = model.covariance(component(blob));
            for j in 0..2 {
                let mean = model.means()[[component(blob), j]] - centers[[blob, j]];
                let variance = covariance[[j, j]] - SDS[blob] * SDS[blob];
                largest = (largest.0.max(mean.abs()), largest.1.max(variance.abs()));
            }
        }
        let labels = model.try_predict(&data)?;
        let wrong = labels.iter().zip(&data.targets).filter(|(l, t)| **l != component(**t)).count();
        sum.means += largest.0 / DATASETS as f64;
        sum.variances += largest.1 / DATASETS as f64;
        sum.wrong += wrong as f64 / (labels.len() as u64 * DATASETS) as f64;
    }
    Ok(sum)
}

fn chart(title: &str, centers: &Array2<f64>) -> Result<Chart> {
    let data = datasets::make_blobs(&COUNTS, centers.view(), &SDS, 0)?;
    let model = fit(&data)?;
    let posterior = model.predict_proba(&data)?;
    Chart::new(title, "x", "y")
        .equal_axes()
        .ellipses(&model)?
        .posterior_points(data.records.view(), posterior.view())
        .boundaries(&model)
}

fn text_file(report: &mut ReportBuilder<'_>) -> Result<()> {
    let table = parse_table(COORDINATES)?;
    let (model, _) =
        GaussianMixture::params(2).like_scikit_learn().n_init(5).fit_with_report(&table)?;
    let labels = model.try_predict(&table)?;
    let n_first = labels.iter().filter(|&&label| label == 0).count();
    report.heading("Data from a text file");
    report.check(
        Check::equal(
            "rows and columns of the file",
            vec![250.0, 2.0],
            {
                let (rows, columns) = table.records.dim();
                vec![rows as f64, columns as f64]
            },
            0.0,
        )
        .because("the file is part of mixlab, see datasets/README.md"),
    );
    report.figure(
        "blobs-text",
        Chart::new("predicted labels of the rows of a text file", "x", "y")
            .equal_axes()
            .ellipses(&model)?
            .labelled_points(table.records.view(), &labels)
            .centers(model.means()),
        "Two clusters read from a text file, in two colours, with their means.",
        format!(
            "Values separated by white space, one point per line, the format of numpy.loadtxt: {n_first} rows \
             are assigned to one component, {} to the other. Larger dots: the means. Colours only identify the \
             components.",
            labels.len() - n_first,
        ),
    );
    Ok(())
}
