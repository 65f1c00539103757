//! Faces: PCA, clusters of people, a search that goes wrong, and new faces.

mod choice;
mod clusters;
mod generate;
mod search;

use linfa::Dataset;
use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate};

use super::{Check, Story};
use crate::datasets::{self, Labelled, OlivettiSource};
use crate::error::Result;
use crate::metrics::agreement::{adjusted_rand_index, purity};
use crate::pipeline::Pipeline;
use crate::plot::{Chart, Figure, ImageGrid};
use crate::preprocess::pca::Pca;
use crate::preprocess::preprocessor::Preprocessor;

/// The document's number of clusters: one for each person.
const PEOPLE: usize = 40;

pub(super) fn tell(story: &mut Story<'_>) -> Result<()> {
    let source = OlivettiSource::default();
    let (all, _) = source.load(story.observer)?;
    let faces = Faces::new(&all);
    story.text(
        "400 photographs of 40 people of AT&T Laboratories Cambridge, ten of each, 64 x 64 pixels. Seven \
         photographs of each person are there to learn from, two to choose models by, one to judge the \
         choice. Nobody tells the mixture who is who.",
    );
    the_data(story, &all, &faces)?;

    story.progress("principal components");
    let preprocessor = dimensions(story, &faces)?;

    story.progress("forty clusters");
    let forty = clusters::forty(story, &faces, &preprocessor)?;
    let by_criterion = search::tell(story, &faces, &preprocessor)?;
    let chosen = choice::tell(story, &faces, &preprocessor)?;

    story.progress("new faces");
    let forty = Named { name: "40 full, 199 dimensions".into(), pipeline: forty };
    generate::tell(story, &faces, &[forty, by_criterion, chosen])
}

/// The photographs, split.
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

    /// The training photographs behind a preprocessor.
    fn reduced(&self, preprocessor: &Preprocessor) -> Result<Labelled> {
        let reduced = preprocessor.try_transform(self.train.records.view())?;
        Ok(Dataset::new(reduced, self.train.targets.clone()))
    }

    /// All photographs that no model was fitted to.
    fn held_out(&self) -> Result<Array2<f64>> {
        let both = [self.validation.records.view(), self.test.records.view()];
        concatenate(Axis(0), &both).map_err(|error| linfa::Error::from(error).into())
    }
}

/// A model of the faces with words for it.
struct Named {
    name: String,
    pipeline: Pipeline,
}

/// How a model's clusters stand to the people, and its densities.
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

    /// The figures as cells of a table.
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

fn the_data(story: &mut Story<'_>, all: &Labelled, faces: &Faces) -> Result<()> {
    let parts = [&faces.train, &faces.validation, &faces.test];
    story.check(Check::equal(
        "first five pixels, scaled",
        vec![0.30991736, 0.3677686, 0.41735536, 0.44214877, 0.5289256],
        all.records.row(0).iter().take(5).copied().collect::<Vec<_>>(),
        5e-8,
    ));
    story.check(Check::equal(
        "photographs to train, validate and test with",
        vec![280.0, 80.0, 40.0],
        parts.map(|part| part.records.nrows() as f64).to_vec(),
        0.0,
    ));
    let fewest_and_most = |part: &&Labelled| {
        let count = |person| part.targets.iter().filter(|&&target| target == person).count() as f64;
        let counts = Array1::from_iter((0..PEOPLE).map(count));
        [counts.fold(f64::INFINITY, |a, &b| a.min(b)), counts.fold(0.0, |a, &b| a.max(b))]
    };
    story.check(Check::equal(
        "fewest and most photographs of a person in each part",
        vec![7.0, 7.0, 2.0, 2.0, 1.0, 1.0],
        parts.iter().flat_map(fewest_and_most).collect::<Vec<_>>(),
        0.0,
    ));
    let first_of_each: Vec<usize> = (0..PEOPLE).map(|person| 10 * person).collect();
    let images = all.records.select(Axis(0), &first_of_each);
    let numbers = (0..PEOPLE).map(|person| person.to_string());
    story.figure(
        "faces-people",
        grid("", images.view())?.columns(10).captions(numbers)?,
        "One photograph of each of 40 people, numbered.",
        "The people, by the numbers they have in what follows.",
    );
    Ok(())
}

fn dimensions(story: &mut Story<'_>, faces: &Faces) -> Result<Preprocessor> {
    let preprocessor = Pipeline::params().pca(Pca::params(0.99)).fit_preprocessor(&faces.train)?;
    let pca = preprocessor.pca().expect("the preprocessor has a PCA");
    story.heading("From 4096 pixels to 199 numbers");
    story.check(Check::equal(
        "dimensions that hold 99 % of the variance",
        199,
        pca.n_components(),
        0.0,
    ));
    // pictures of directions: grey is zero, and each uses the whole range
    let mut pictures = Array2::zeros((12, pca.n_features()));
    pictures.row_mut(0).assign(&pca.mean());
    for (mut picture, direction) in
        pictures.rows_mut().into_iter().skip(1).zip(pca.components().rows())
    {
        let largest = direction.fold(0.0_f64, |largest, value| largest.max(value.abs()));
        picture.assign(&direction.mapv(|value| 0.5 + 0.5 * value / largest));
    }
    let names = std::iter::once("mean".to_owned()).chain((1..12).map(|number| number.to_string()));
    story.figure(
        "faces-components",
        Figure::new()
            .panel(
                grid("the mean face and the first principal components", pictures.view())?
                    .captions(names)?,
            )
            .panel(Chart::of_explained_variance(pca)),
        "Twelve ghostly faces, and a curve that rises steeply, then ever more slowly, to 99 %.",
        "Every photograph is the mean face plus so much of each component: light from the left, glasses, a \
         beard. 280 photographs span at most 279 directions; 99 % of their variance needs most of them.",
    );
    Ok(preprocessor)
}
