//! Mixtures of low rank as densities of all pixels, beside mixtures behind a PCA: not a tutorial, but another model of its images.

use std::cmp::Ordering;

use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::{Array2, ArrayView2, Axis, Slice};

use super::quality::{HEADER, ImageQuality, Measures};
use super::{Subject, headed_draws, on_both};
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
                &Grid { ks: &[10, 20], ranks: &[10, 20], levels: 16.0, n_bins: 40, shown: (25, 6) },
            );
        }
        let count = PcaComponents::Count(60);
        let tied = of_mixture(40).covariance_type(CovarianceType::Tied).n_init(5);
        let routes = [("PCA of 60 dimensions, 40 tied components", count, tied)];
        compare(
            report,
            subject,
            &routes,
            &Grid { ks: &[1, 2], ranks: &[40, 60], levels: 255.0, n_bins: 20, shown: (5, 3) },
        )
    })
}

/// The models of low rank that are compared, and how.
struct Grid {
    ks: &'static [usize],
    ranks: &'static [usize],
    /// Number of grey levels above black.
    levels: f64,
    /// Bins for NDB.
    n_bins: usize,
    /// Numbers of generated images of each model, and of completed ones, that are shown.
    shown: (usize, usize),
}

/// A model, its completions, and the figures of both.
struct Route {
    name: String,
    model: Pipeline,
    completed: Array2<f64>,
    /// Log-density of a pixel of held-out images.
    density: f64,
    measures: Measures,
    /// Error of the completed half.
    error: f64,
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
    fn route(&self, name: String, model: Pipeline, quality: &ImageQuality<'_>) -> Result<Route> {
        let held_out = self.of_images(&self.subject.held_out);
        let (sampled, _) = model.sample(held_out.nrows(), 1);
        let hidden = self.of_images(&self.subject.hidden());
        let completed = self.images(&model.impute(hidden.view())?.rows);
        let density = model.score(&held_out)? / held_out.ncols() as f64;
        let measures = quality.measure(sampled.view())?;
        let error = self.subject.error(&completed);
        Ok(Route { name, model, completed, density, measures, error })
    }
}

fn compare(
    report: &mut ReportBuilder<'_>,
    subject: &Subject,
    routes: &[(&str, PcaComponents, GmmParams)],
    grid: &Grid,
) -> Result<()> {
    let varying = Varying::of(subject);
    let train = varying.of_images(&subject.train);
    let held_out = varying.of_images(&subject.held_out);
    let data = DatasetBase::from(train.clone());
    let quality = ImageQuality::new(train.view(), grid.n_bins);
    let fit = |(name, components, mixture): &(&str, PcaComponents, GmmParams)| {
        let pca = Pca::params(*components).whiten(true);
        let model = Pipeline::params().pca(pca).mixture(mixture.clone()).fit(&data)?;
        varying.route((*name).to_owned(), model, &quality)
    };
    let behind_pca: Vec<Route> = routes.iter().map(fit).collect::<Result<_>>()?;
    let mixture = low_rank(report, subject, (&data, grid))?;
    let name = format!("no PCA, {} x {}", mixture.n_components(), mixture.covariance_type());
    let ours = varying.route(name, mixture.into(), &quality)?;

    report.text(format!(
        "{} training and {} held-out {}s of {} pixels that vary. {} The log-density is given for a pixel. The error is that of the \
         lower half of held-out images, completed from the upper half.",
        train.nrows(),
        held_out.nrows(),
        subject.object,
        held_out.ncols(),
        quality.legend(subject.object),
    ));
    let known = quality.measure(held_out.view())?;
    let line = |name: &str, density: String, measures: &Measures, error: String| {
        let mut cells = vec![name.to_owned(), density];
        cells.extend(quality.cells(measures));
        cells.push(error);
        cells
    };
    let mut lines = vec![line("held-out images", String::new(), &known, String::new())];
    lines.extend(behind_pca.iter().chain([&ours]).map(|route| {
        let (density, error) = (format!("{:.3}", route.density), format!("{:.4}", route.error));
        line(&route.name, density, &route.measures, error)
    }));
    let header = [
        HEADER[0],
        "log-density a pixel",
        HEADER[2],
        HEADER[3],
        HEADER[4],
        "error of the completed half",
    ];
    report.table(&format!("Generated and completed {}", subject.name), &header, lines);
    let best = behind_pca.iter().max_by(|a, b| a.density.total_cmp(&b.density));
    let best = best.expect("a model behind a PCA");
    let name = format!("log-density of held-out {}, at least that behind a PCA", subject.name);
    let why = "a pixel; the reference is the best of the models behind a PCA";
    report.check(Check::at_least(name, best.density, ours.density, 0.0).because(why));
    report.text(format!(
        "Beside the model behind a PCA with the higher log-density, the mixture of low rank is {}.",
        compared(&known, best, &ours)
    ));
    figures(report, &varying, (&behind_pca, &ours), grid.shown)
}

/// Names the figures in which a model is better or worse than one behind a PCA; those of held-out images are the aim.
fn compared(held_out: &Measures, of_pca: &Route, ours: &Route) -> String {
    let names = [
        "the nearest distance, compared with that of held-out images",
        "NDB",
        "the divergence",
        "the error of the completed half",
    ];
    let figures = |Route { measures, error, .. }: &Route| {
        let distance = (measures.nearest - held_out.nearest).abs();
        [distance, measures.n_different as f64, measures.divergence, *error]
    };
    let orders = figures(ours).into_iter().zip(figures(of_pca));
    let orders: Vec<Ordering> = orders.map(|(ours, of_pca)| ours.total_cmp(&of_pca)).collect();
    let named = |(how, order): (&str, Ordering)| {
        let is_so = names.iter().zip(&orders).filter(|&(_, &other)| other == order);
        let names: Vec<&str> = is_so.map(|(name, _)| *name).collect();
        (!names.is_empty()).then(|| format!("{how} in {}", names.join(", ")))
    };
    let hows =
        [("better", Ordering::Less), ("equal", Ordering::Equal), ("worse", Ordering::Greater)];
    hows.into_iter().filter_map(named).collect::<Vec<_>>().join("; ")
}

/// The mixture of low rank with the best density of held-out training images.
fn low_rank(
    report: &mut ReportBuilder<'_>,
    subject: &Subject,
    (data, grid): (&DatasetBase<Array2<f64>, ndarray::Array1<()>>, &Grid),
) -> Result<GaussianMixture> {
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
    Ok(search.best_model().clone())
}

fn figures(
    report: &mut ReportBuilder<'_>,
    varying: &Varying<'_>,
    (behind_pca, ours): (&[Route], &Route),
    (n_sampled, n_completed): (usize, usize),
) -> Result<()> {
    let Subject { name, object, shape, held_out, .. } = varying.subject;
    let grid = |title: &str, images: ArrayView2<'_, f64>| -> Result<ImageGrid> {
        Ok(ImageGrid::new(title, images, *shape)?.columns(5))
    };
    let originals = held_out.slice_axis(Axis(0), Slice::from(..n_sampled));
    let mut figure = Figure::new().panel(grid("held out", originals)?);
    for Route { name, model, .. } in behind_pca.iter().chain([ours]) {
        let (rows, _) = model.sample_on_subspace(n_sampled, 0);
        figure = figure.panel(grid(name, varying.images(&rows).view())?);
    }
    report.figure(
        &format!("low-rank-{name}"),
        figure,
        &format!("Grids of {object}s: held-out ones, and samples of each model."),
        "Held-out images, and samples of the models without the noise that is independent in each pixel.",
    );

    let hidden = varying.of_images(&varying.subject.hidden());
    let drawn = ours.model.impute_draws_from(0, hidden.view(), 0..DRAWS, 0, false)?;
    let drawn: Vec<_> = drawn.iter().map(|rows| varying.images(rows)).collect();
    let of_pca = &behind_pca.last().expect("a model behind a PCA").completed;
    let expected = [("PCA".to_owned(), of_pca), ("low rank".to_owned(), &ours.completed)];
    let completions: Vec<_> = expected.into_iter().chain(headed_draws(&drawn)).collect();
    let step = held_out.nrows() / n_completed;
    let shown: Vec<usize> = (0..n_completed).map(|at| at * step).collect();
    report.figure(
        &format!("low-rank-completed-{name}"),
        Figure::new().panel(varying.subject.completed_grid(&shown, &completions)?),
        &format!("Rows of {object}s: the original, its upper half, and completions of the lower half by two models."),
        "The original, what the models see, the expectation behind a PCA, and the expectation and two draws of low rank, without the \
         noise that is independent in each pixel.",
    );
    Ok(())
}
