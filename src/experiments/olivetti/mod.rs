//! Faces: PCA, clusters of people, a model selection that overfits, and generated faces.

mod choice;
mod clusters;
mod generate;
mod search;

use linfa::Dataset;
use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate};

use super::{Check, ReportBuilder};
use crate::datasets::{self, Labelled, OlivettiSource};
use crate::error::Result;
use crate::metrics::agreement::{adjusted_rand_index, purity};
use crate::pipeline::Pipeline;
use crate::plot::{Chart, Figure, ImageGrid};
use crate::preprocess::pca::Pca;
use crate::preprocess::preprocessor::Preprocessor;

/// Number of people, and of the tutorial's clusters.
const PEOPLE: usize = 40;

pub(super) fn run(report: &mut ReportBuilder<'_>) -> Result<()> {
    let source = OlivettiSource::default();
    let (all, _) = source.load(report.observer)?;
    let faces = Faces::new(&all);
    report.text(
        "400 photographs of 40 people of AT&T Laboratories Cambridge, ten of each person, 64 x 64 pixels. Of \
         each person, seven photographs are in the training set, two in the validation set for model \
         selection, and one in the test set. The mixtures are fitted without the identities of the people.",
    );
    the_data(report, &all, &faces)?;

    report.progress("principal components");
    let preprocessor = dimensions(report, &faces)?;

    report.progress("forty components");
    let forty = clusters::run(report, &faces, &preprocessor)?;
    let by_criterion = search::run(report, &faces, &preprocessor)?;
    let chosen = choice::run(report, &faces, &preprocessor)?;

    report.progress("generated faces");
    let forty = Named { name: "40 full, 199 dimensions".into(), pipeline: forty };
    generate::run(report, &faces, &[forty, by_criterion, chosen])
}

/// The photographs in three sets.
struct Faces {
    train: Labelled,
    validation: Labelled,
    test: Labelled,
}

impl Faces {
    fn new(all: &Labelled) -> Self {
        let split = datasets::olivetti_split();
        let rows = |rows: &[usize]| {
            let people = all.targets.select(Axis(0), rows);
            Dataset::new(all.records.select(Axis(0), rows), people)
        };
        Self {
            train: rows(&split.train),
            validation: rows(&split.validation),
            test: rows(&split.test),
        }
    }

    /// The preprocessed training photographs.
    fn reduced(&self, preprocessor: &Preprocessor) -> Result<Labelled> {
        let reduced = preprocessor.try_transform(self.train.records.view())?;
        Ok(Dataset::new(reduced, self.train.targets.clone()))
    }

    /// The validation and test photographs.
    fn held_out(&self) -> Result<Array2<f64>> {
        let both = [self.validation.records.view(), self.test.records.view()];
        concatenate(Axis(0), &both).map_err(|error| linfa::Error::from(error).into())
    }
}

/// A model of the faces and its description.
struct Named {
    name: String,
    pipeline: Pipeline,
}

/// Agreement of the clusters of a model with the people, and its mean log-densities.
struct Quality {
    rand_index: f64,
    purity: f64,
    train: f64,
    validation: f64,
}

impl Quality {
    fn of(pipeline: &Pipeline, faces: &Faces) -> Result<Self> {
        let labels = pipeline.try_predict(&faces.train)?;
        let people = &faces.train.targets;
        Ok(Self {
            rand_index: adjusted_rand_index(&labels, people)?,
            purity: purity(&labels, people)?,
            train: pipeline.score(&faces.train)?,
            validation: pipeline.score(&faces.validation)?,
        })
    }

    /// The values as cells of a table.
    fn cells(&self) -> [String; 4] {
        [
            format!("{:.3}", self.rand_index),
            format!("{:.3}", self.purity),
            format!("{:.0}", self.train),
            format!("{:.0}", self.validation),
        ]
    }
}

fn grid(title: impl Into<String>, images: ArrayView2<'_, f64>) -> Result<ImageGrid> {
    ImageGrid::new(title, images, datasets::FACE)
}

fn the_data(report: &mut ReportBuilder<'_>, all: &Labelled, faces: &Faces) -> Result<()> {
    let sets = [&faces.train, &faces.validation, &faces.test];
    report.check(Check::equal(
        "first five pixels, scaled",
        vec![0.30991736, 0.3677686, 0.41735536, 0.44214877, 0.5289256],
        all.records.row(0).iter().take(5).copied().collect::<Vec<_>>(),
        5e-8,
    ));
    report.check(Check::equal(
        "photographs for training, validation and test",
        vec![280.0, 80.0, 40.0],
        sets.map(|set| set.records.nrows() as f64).to_vec(),
        0.0,
    ));
    let fewest_and_most = |set: &&Labelled| {
        let count = |person| set.targets.iter().filter(|&&target| target == person).count() as f64;
        let counts = Array1::from_iter((0..PEOPLE).map(count));
        [counts.fold(f64::INFINITY, |a, &b| a.min(b)), counts.fold(0.0, |a, &b| a.max(b))]
    };
    report.check(Check::equal(
        "fewest and most photographs of a person in each set",
        vec![7.0, 7.0, 2.0, 2.0, 1.0, 1.0],
        sets.iter().flat_map(fewest_and_most).collect::<Vec<_>>(),
        0.0,
    ));
    let first_of_each: Vec<usize> = (0..PEOPLE).map(|person| 10 * person).collect();
    let images = all.records.select(Axis(0), &first_of_each);
    let numbers = (0..PEOPLE).map(|person| person.to_string());
    report.figure(
        "faces-people",
        grid("", images.view())?.columns(10).captions(numbers)?,
        "One photograph of each of 40 people, numbered.",
        "The people, with the numbers that identify them below.",
    );
    Ok(())
}

fn dimensions(report: &mut ReportBuilder<'_>, faces: &Faces) -> Result<Preprocessor> {
    let preprocessor = Pipeline::params().pca(Pca::params(0.99)).fit_preprocessor(&faces.train)?;
    let pca = preprocessor.pca().expect("the preprocessor has a PCA");
    report.heading("Dimensionality reduction: from 4096 pixels to 199 components");
    report.check(Check::equal(
        "principal components for 99 % of the variance",
        199,
        pca.n_components(),
        0.0,
    ));
    // directions as images: zero is grey, and each image uses the whole range
    let mut pictures = Array2::zeros((12, pca.n_features()));
    pictures.row_mut(0).assign(&pca.mean());
    for (mut picture, direction) in
        pictures.rows_mut().into_iter().skip(1).zip(pca.components().rows())
    {
        let largest = direction.fold(0.0_f64, |largest, value| largest.max(value.abs()));
        picture.assign(&direction.mapv(|value| 0.5 + 0.5 * value / largest));
    }
    let names = std::iter::once("mean".to_owned()).chain((1..12).map(|number| number.to_string()));
    report.figure(
        "faces-components",
        Figure::new()
            .panel(
                grid("the mean face and the first principal components", pictures.view())?
                    .captions(names)?,
            )
            .panel(Chart::of_explained_variance(pca)),
        "The mean face and eleven principal components as images, and the cumulative explained variance, which \
         rises steeply, then slowly, to 99 %.",
        "Each photograph is the mean face plus a linear combination of the components, such as light from the \
         left, glasses or a beard. 280 photographs span at most 279 directions, and 99 % of their variance \
         needs most of them.",
    );
    Ok(preprocessor)
}
