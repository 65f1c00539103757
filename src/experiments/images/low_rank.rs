//! Mixtures of low rank as densities of all pixels, beside mixtures behind a PCA: not a tutorial, but another model of its images.

use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::{Array2, ArrayView2, Axis, Slice, concatenate};

use super::quality::{HEADER, ImageQuality};
use super::{Subject, on_both};
use crate::error::Result;
use crate::experiments::{Check, ReportBuilder};
use crate::mixture::{
    CovarianceType, Criterion, GaussianMixture, GmmParams, Init, Noise, Selection,
};
use crate::pipeline::Pipeline;
use crate::plot::{Figure, ImageGrid};
use crate::preprocess::pca::{Pca, PcaComponents};

/// Draws shown of each completed image.
const DRAWS: usize = 2;

pub(in crate::experiments) fn run(report: &mut ReportBuilder<'_>) -> Result<()> {
    report.text(
        "This section is mixlab's own and belongs to no tutorial. The tutorials reduce images by one PCA for all, which leaves every \
         component the same few directions and one noise. In a mixture of low rank (Ghahramani & Hinton 1996) each component has \
         directions of its own, and each pixel noise of its own: W Wᵀ + D, with a few columns in W and a diagonal D. Both are \
         densities of all pixels, and are compared on the same split of the images, without the pixels that are the same in all \
         training images. Values are whole numbers of grey levels; the variance of their rounding, 1/12, is added to that of each \
         pixel (reg_covar). Number of components and rank are those under which training images that a fit has not seen are the most \
         probable (criterion held-out).",
    );
    on_both(report, |report, subject| {
        let of_mixture = |k: usize| GaussianMixture::params(k).init(Init::KMeans);
        if subject.name == "digits" {
            let share = PcaComponents::Variance(0.99);
            let of_tutorial = of_mixture(70).like_scikit_learn().n_init(5);
            let lowest_bic = of_mixture(8).like_scikit_learn().n_init(5);
            let routes = [
                ("PCA of 99 %, the tutorial's 70 components", share, of_tutorial),
                ("PCA of 99 %, 8 components (lowest BIC)", share, lowest_bic),
            ];
            return compare(
                report,
                subject,
                &routes,
                &Grid { ks: &[10, 20], ranks: &[10, 20], levels: 16.0, shown: (25, 6) },
            );
        }
        let count = PcaComponents::Count(60);
        let tied = of_mixture(40).covariance_type(CovarianceType::Tied).n_init(5);
        let routes = [("PCA of 60 dimensions, 40 tied components", count, tied)];
        compare(
            report,
            subject,
            &routes,
            &Grid { ks: &[1, 2], ranks: &[40, 60], levels: 255.0, shown: (5, 3) },
        )
    })
}

/// The models of low rank that are compared.
struct Grid {
    ks: &'static [usize],
    ranks: &'static [usize],
    /// Number of grey levels above black.
    levels: f64,
    /// Numbers of generated images of each model, and of completed ones, that are shown.
    shown: (usize, usize),
}

/// A model, its samples and its completions.
struct Route {
    name: String,
    model: Pipeline,
    sampled: Array2<f64>,
    completed: Array2<f64>,
}

/// The pixels that vary among the training images.
struct Varying<'a> {
    subject: &'a Subject,
    pixels: Vec<usize>,
}

impl<'a> Varying<'a> {
    fn of(subject: &'a Subject) -> Self {
        let columns = subject.train.columns().into_iter().enumerate();
        let varies = columns.filter(|(_, column)| column.iter().any(|&value| value != column[0]));
        Self { subject, pixels: varies.map(|(pixel, _)| pixel).collect() }
    }

    fn of_images(&self, images: &Array2<f64>) -> Array2<f64> {
        images.select(Axis(1), &self.pixels).as_standard_layout().into_owned()
    }

    /// Whole images, whose other pixels are those of the training images.
    fn images(&self, rows: &Array2<f64>) -> Array2<f64> {
        let (constant, width) = (self.subject.train.row(0), self.subject.train.ncols());
        let mut images = Array2::from_shape_fn((rows.nrows(), width), |(_, pixel)| constant[pixel]);
        for (values, &pixel) in rows.columns().into_iter().zip(&self.pixels) {
            images.column_mut(pixel).assign(&values);
        }
        images
    }

    /// What a fitted model makes of the images.
    fn route(&self, name: String, model: Pipeline) -> Result<Route> {
        let (sampled, _) = model.sample(self.subject.held_out.nrows(), 1);
        let hidden = self.of_images(&self.subject.hidden());
        let completed = self.images(&model.impute(hidden.view())?.rows);
        Ok(Route { name, model, sampled, completed })
    }
}

fn compare(
    report: &mut ReportBuilder<'_>,
    subject: &Subject,
    routes: &[(&str, PcaComponents, GmmParams)],
    grid: &Grid,
) -> Result<()> {
    let varying = Varying::of(subject);
    let (train, held_out) =
        (varying.of_images(&subject.train), varying.of_images(&subject.held_out));
    let data = DatasetBase::from(train.clone());
    let fit = |(name, components, mixture): &(&str, PcaComponents, GmmParams)| {
        let pca = Pca::params(*components).whiten(true);
        let model = Pipeline::params().pca(pca).mixture(mixture.clone()).fit(&data)?;
        varying.route((*name).to_owned(), model)
    };
    let mut routes: Vec<Route> = routes.iter().map(fit).collect::<Result<_>>()?;
    routes.push(varying.route(String::new(), low_rank(report, subject, (&data, grid))?)?);
    let ours = routes.last_mut().expect("it was pushed");
    let mixture = ours.model.mixture();
    ours.name = format!("no PCA, {} x {}", mixture.n_components(), mixture.covariance_type());

    let quality = ImageQuality::new(train.view(), if subject.name == "digits" { 40 } else { 20 });
    let mut lines = vec![line(&quality, subject, "held-out images", &held_out, None)?];
    let mut densities = Vec::new();
    for Route { name, model, sampled, completed } in &routes {
        let density = model.score(&held_out)? / held_out.ncols() as f64;
        densities.push(density);
        lines.push(line(&quality, subject, name, sampled, Some((density, completed)))?);
    }
    report.text(format!(
        "{} training and {} held-out {}s of {} pixels that vary. {} The log-density is given for a pixel. The error is that of the \
         lower half of held-out images, completed from the upper half.",
        train.nrows(),
        held_out.nrows(),
        subject.object,
        held_out.ncols(),
        quality.legend(subject.object),
    ));
    let header = [
        HEADER[0],
        "log-density a pixel",
        HEADER[2],
        HEADER[3],
        HEADER[4],
        "error of the completed half",
    ];
    let title = format!("Generated and completed {}", subject.name);
    report.table(&title, &header, lines.clone());
    let (of_pca, ours) = densities.split_at(routes.len() - 1);
    let best = (0..of_pca.len()).max_by(|&a, &b| of_pca[a].total_cmp(&of_pca[b])).unwrap_or(0);
    let name = format!("log-density of held-out {}, at least that behind a PCA", subject.name);
    let why = "a pixel; the reference is the best of the models behind a PCA";
    report.check(Check::at_least(name, of_pca[best], ours[0], 0.0).because(why));
    report.text(format!(
        "Beside the model behind a PCA with the higher log-density, the mixture of low rank is {}.",
        compared(&lines[0], &lines[1 + best], &lines[routes.len()])
    ));
    figures(report, &varying, &routes, grid.shown)
}

/// Names the figures in which the last of three lines is better than the one before, or worse: those of held-out images are the first.
fn compared(held_out: &[String], of_pca: &[String], ours: &[String]) -> String {
    // the first word of a cell is its number
    let number = |line: &[String], at: usize| -> f64 {
        line[at].split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(f64::NAN)
    };
    let distance = |line: &[String]| (number(line, 2) - number(held_out, 2)).abs();
    let figures = [
        (
            "the nearest distance, compared with that of held-out images",
            distance(of_pca),
            distance(ours),
        ),
        ("NDB", number(of_pca, 3), number(ours, 3)),
        ("the divergence", number(of_pca, 4), number(ours, 4)),
        ("the error of the completed half", number(of_pca, 5), number(ours, 5)),
    ];
    let named = |how: &str, holds: &dyn Fn(f64, f64) -> bool| {
        let names = figures.iter().filter(|(_, pca, ours)| holds(*pca, *ours));
        let names: Vec<&str> = names.map(|(name, ..)| *name).collect();
        (!names.is_empty()).then(|| format!("{how} in {}", names.join(", ")))
    };
    let parts = [
        named("better", &|pca, ours| ours < pca),
        named("equal", &|pca, ours| ours == pca),
        named("worse", &|pca, ours| ours > pca),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// The mixture of low rank with the best density of held-out training images.
fn low_rank(
    report: &mut ReportBuilder<'_>,
    subject: &Subject,
    (data, grid): (&DatasetBase<Array2<f64>, ndarray::Array1<()>>, &Grid),
) -> Result<Pipeline> {
    let level = (subject.shape.high - subject.shape.low) / grid.levels;
    let noise = Noise::Diag;
    let families = grid.ranks.iter().map(|&rank| CovarianceType::LowRank { rank, noise });
    // the gain that is left is one nat of hundreds of thousands
    let mixture = GaussianMixture::params(1).reg_covar(level * level / 12.0).n_init(1);
    let selection = Selection::params(grid.ks.iter().copied())
        .covariance_types(families)
        .criterion(Criterion::HeldOut)
        .n_folds(2)
        .mixture(mixture.remaining_gain(1.0));
    let search = report.search("mixtures of low rank", &selection, data)?;
    Ok(search.best_model().clone().into())
}

/// A line of the table.
fn line(
    quality: &ImageQuality<'_>,
    subject: &Subject,
    name: &str,
    images: &Array2<f64>,
    of_model: Option<(f64, &Array2<f64>)>,
) -> Result<Vec<String>> {
    let mut cells = quality.line(name, None, images.view())?;
    let (density, error) = of_model.map_or_else(Default::default, |(density, completed)| {
        (format!("{density:.3}"), format!("{:.4}", subject.error(completed)))
    });
    cells[1] = density;
    cells.push(error);
    Ok(cells)
}

fn figures(
    report: &mut ReportBuilder<'_>,
    varying: &Varying<'_>,
    routes: &[Route],
    (n_sampled, n_completed): (usize, usize),
) -> Result<()> {
    let Subject { name, object, shape, held_out, .. } = varying.subject;
    let grid = |title: &str, images: ArrayView2<'_, f64>| -> Result<ImageGrid> {
        Ok(ImageGrid::new(title, images, *shape)?.columns(5))
    };
    let originals = held_out.slice_axis(Axis(0), Slice::from(..n_sampled));
    let mut figure = Figure::new().panel(grid("held out", originals)?);
    for Route { name, model, .. } in routes {
        let (rows, _) = model.sample_on_subspace(n_sampled, 0);
        figure = figure.panel(grid(name, varying.images(&rows).view())?);
    }
    report.figure(
        &format!("low-rank-{name}"),
        figure,
        &format!("Grids of {object}s: held-out ones, and samples of each model."),
        "Held-out images, and samples of the models without the noise that is independent in each pixel.",
    );

    let (ours, others) = routes.split_last().expect("several models");
    let hidden = varying.subject.hidden();
    let grey = 0.5 * (shape.low + shape.high);
    let shown_hidden = hidden.mapv(|value| if value.is_nan() { grey } else { value });
    let of_varying = varying.of_images(&hidden);
    let drawn = ours.model.impute_draws_from(0, of_varying.view(), 0..DRAWS, 0, false)?;
    let drawn: Vec<_> = drawn.iter().map(|rows| varying.images(rows)).collect();
    let behind_pca = &others.last().expect("a model behind a PCA").completed;
    let columns = [held_out, &shown_hidden, behind_pca, &ours.completed].into_iter().chain(&drawn);
    let columns: Vec<&Array2<f64>> = columns.collect();
    let step = held_out.nrows() / n_completed;
    let row =
        |image: usize| columns.iter().map(move |rows| rows.row(image * step).insert_axis(Axis(0)));
    let rows: Vec<_> = (0..n_completed).flat_map(row).collect();
    let images = concatenate(Axis(0), &rows).map_err(linfa::Error::from)?;
    let draws = (1..=DRAWS).map(|draw| format!("draw {draw}"));
    let headings = ["original", "upper half", "PCA", "low rank"];
    let headings = headings.into_iter().map(String::from).chain(draws);
    let title = format!("{object}s completed from their upper half");
    let completed = ImageGrid::new(title, images.view(), *shape)?.columns(4 + DRAWS);
    report.figure(
        &format!("low-rank-completed-{name}"),
        Figure::new().panel(completed.headings(headings)),
        &format!("Rows of {object}s: the original, its upper half, and completions of the lower half by two models."),
        "The original, what the models see, the expectation behind a PCA, and the expectation and two draws of low rank, without the \
         noise that is independent in each pixel.",
    );
    Ok(())
}
