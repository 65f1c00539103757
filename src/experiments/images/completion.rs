//! Images of which one half is hidden, completed by the conditional density of a mixture: not a tutorial, but a use of its model.

use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::Array2;

use super::{Subject, headed_draws, on_both};
use crate::error::Result;
use crate::experiments::{Check, ReportBuilder};
use crate::mixture::{GaussianMixture, GmmParams};
use crate::pipeline::Pipeline;
use crate::plot::Figure;
use crate::preprocess::pca::Pca;

/// Draws shown of each image.
const DRAWS: usize = 4;

pub(in crate::experiments) fn run(report: &mut ReportBuilder<'_>) -> Result<()> {
    report.text(
        "This section is mixlab's own and belongs to no tutorial. A mixture behind a PCA has a density of all pixels, and its \
         conditional density given some of them is a mixture again. The lower half of held-out images is hidden and completed: \
         by the conditional expectation, which has the smallest expected squared error, and by draws, which show what else could \
         be there. Two completions without a mixture are the baselines: the lower half of the training image whose upper half is \
         nearest, and PCA alone, that is one Gaussian with the same principal components.",
    );
    on_both(report, |report, subject| match subject.name {
        "digits" => {
            let mixture = GaussianMixture::params(10).n_init(10).seed(0);
            completed(report, subject, (41, mixture), &[0, 1, 2, 3, 4, 5, 6, 7])
        }
        _ => {
            let mixture = GaussianMixture::params(5).n_init(5).seed(0);
            completed(report, subject, (40, mixture), &[0, 17, 34, 51, 68, 85])
        }
    })
}

fn completed(
    report: &mut ReportBuilder<'_>,
    subject: &Subject,
    (n_dimensions, mixture): (usize, GmmParams),
    shown: &[usize],
) -> Result<()> {
    let hidden = subject.hidden();
    let fit = |mixture: GmmParams| {
        let params = Pipeline::params().pca(Pca::params(n_dimensions)).mixture(mixture);
        params.fit(&DatasetBase::from(subject.train.clone()))
    };
    let model = fit(mixture)?;
    let by_mixture = model.impute(hidden.view())?.rows;
    let by_pca = fit(GaussianMixture::params(1))?.impute(hidden.view())?.rows;
    let by_nearest = subject.by_nearest();
    let k = model.mixture().n_components();
    let error = |rows: &Array2<f64>| subject.error(rows);
    let (ours, nearest, pca) = (error(&by_mixture), error(&by_nearest), error(&by_pca));
    report.text(format!(
        "{k} components with full covariances in {n_dimensions} dimensions, fitted to {} whole {}s, complete {} held-out ones, of which {} of {} \
         values are hidden.",
        subject.train.nrows(),
        subject.object,
        hidden.nrows(),
        hidden.ncols() - subject.n_kept(),
        hidden.ncols(),
    ));
    let why = "root mean squared error of the hidden half, in shares of the range from black to white; the reference is a baseline";
    for (baseline, reference) in [("the nearest neighbour", nearest), ("PCA alone", pca)] {
        let name = format!("error of completed {}, at most that of {baseline}", subject.name);
        report.check(Check::at_most(name, reference, ours, 0.0).because(why));
    }
    let line = |name: String, value: f64| vec![name, format!("{value:.4}")];
    let drawn = model.impute_draws_from(0, hidden.view(), 0..DRAWS, 0, false)?;
    report.table(
        &format!("Completed {}: root mean squared error of the hidden half", subject.name),
        &["completion", "error, share of the range"],
        vec![
            line(format!("mixture of {k}, expectation"), ours),
            line(format!("mixture of {k}, one draw without residual noise"), error(&drawn[0])),
            line("PCA alone: one Gaussian".into(), pca),
            line("nearest training image".into(), nearest),
        ],
    );
    let completions =
        [("expected".to_owned(), &by_mixture)].into_iter().chain(headed_draws(&drawn));
    report.figure(
        &format!("completed-{}", subject.name),
        Figure::new().panel(subject.completed_grid(shown, &completions.collect::<Vec<_>>())?),
        &format!(
            "Rows of {}s: the original, its upper half, the expectation of the lower half, and four draws, which differ in it.",
            subject.object
        ),
        "From left to right: the held-out original, what the model sees, the conditional expectation, and four draws from the \
         conditional density. An expectation is an average over what could be there, so it is smoother than an image. The draws are \
         without the noise of the directions that the PCA leaves out.",
    );
    Ok(())
}
