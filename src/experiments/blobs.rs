//! Mixtures in practice: known blobs, overlapping blobs, and a text file.

use ndarray::{Array2, array};

use super::{Check, Story};
use crate::datasets;
use crate::error::Result;
use crate::mixture::{CovarianceType, GaussianMixture};
use crate::plot::{Chart, Figure};
use crate::table::parse_table;

/// The document's two blobs: 300 and 600 points.
const COUNTS: [usize; 2] = [300, 600];
const SDS: [f64; 2] = [1.2, 1.8];

/// Coordinates between blanks, one point a line.
const COORDINATES: &str = include_str!("../../datasets/coordinates.txt");

pub(super) fn tell(story: &mut Story<'_>) -> Result<()> {
    story.text(
        "300 points about one centre with standard deviation 1.2, and 600 about another with 1.8. First the centres \
         are far apart, then they overlap: how well does a mixture of two find the means and variances?",
    );
    story.progress("far and near blobs");
    let far = array![[0.0, 0.0], [10.0, 10.0]];
    let near = array![[0.0, 0.0], [3.0, 3.0]];
    let of_far = errors(&far)?;
    let of_near = errors(&near)?;
    story.heading("Learned means and variances, and their errors");
    story.table(
        "Largest error of a mean and of a variance, mean of 20 datasets",
        &["centres", "error of the means", "error of the variances", "wrong labels"],
        vec![of_far.line("(0, 0) and (10, 10)"), of_near.line("(0, 0) and (3, 3)")],
    );
    story.check(
        Check::equal("largest error of a mean, far blobs", 0.0, of_far.means, 0.25).because(
            "the document: small; four standard errors of the mean of 300 points are 0.28",
        ),
    );
    story.check(
        Check::at_most("error of the means, far against near", of_near.means, of_far.means, 0.0)
            .because("the document: errors grow as the blobs overlap"),
    );
    story.check(
        Check::at_most(
            "error of the variances, far against near",
            of_near.variances,
            of_far.variances,
            0.0,
        )
        .because("the document: errors grow as the blobs overlap"),
    );
    story.figure(
        "blobs-pair",
        Figure::new()
            .panel(chart("centres (0, 0) and (10, 10)", &far)?)
            .panel(chart("centres (0, 0) and (3, 3)", &near)?),
        "Two blobs far apart and two that overlap, with the boundary where both are equally probable.",
        "Dashed: where the posteriors of the two components are equal. Between far blobs it runs through empty \
         space; between near ones it curves around the narrower blob, and points of mixed colour lie along it.",
    );
    story.progress("a text file");
    text_file(story)
}

/// Mean errors over a few datasets.
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
    let params = GaussianMixture::params(2).covariance_type(CovarianceType::Diag).n_init(3);
    Ok(params.tol(1e-6).max_iter(1000).fit_with_report(data)?.0)
}

fn errors(centers: &Array2<f64>) -> Result<Errors> {
    const DATASETS: u64 = 20;
    let mut sum = Errors { means: 0.0, variances: 0.0, wrong: 0.0 };
    for seed in 0..DATASETS {
        let data = datasets::make_blobs(&COUNTS, centers.view(), &SDS, seed)?;
        let model = fit(&data)?;
        // EM names components in any order: the lower mean is the first
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

fn text_file(story: &mut Story<'_>) -> Result<()> {
    let table = parse_table(COORDINATES)?;
    let (model, _) = GaussianMixture::params(2).n_init(5).fit_with_report(&table)?;
    let labels = model.try_predict(&table)?;
    let of_first = labels.iter().filter(|&&label| label == 0).count();
    story.heading("A text file of coordinates");
    story.check(
        Check::equal(
            "rows and columns of the file",
            vec![250.0, 2.0],
            {
                let (rows, columns) = table.records.dim();
                vec![rows as f64, columns as f64]
            },
            0.0,
        )
        .because("the file is mixlab's own, see datasets/README.md"),
    );
    story.figure(
        "blobs-text",
        Chart::new("labels of the rows of a text file", "x", "y")
            .equal_axes()
            .ellipses(&model)?
            .labelled_points(table.records.view(), &labels)
            .centers(model.means()),
        "Two clusters read from a text file, in two colours, with their means.",
        format!(
            "Values between white space, one point a line, as numpy.loadtxt reads them: {of_first} rows went \
             to one component, {} to the other. Larger dots: the means. Colours name components, nothing else.",
            labels.len() - of_first,
        ),
    );
    Ok(())
}
