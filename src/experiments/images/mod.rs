//! Generated and completed images: their measures, and experiments of our own.

pub(super) mod completion;
pub(super) mod low_rank;
pub(super) mod quality;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Slice, concatenate};
use rand::seq::index;

use super::ReportBuilder;
use crate::compute::random::stream;
use crate::compute::ties::first_smallest;
use crate::datasets::{self, OlivettiSource};
use crate::error::{DatasetError, Error, Result};
use crate::images::ImageShape;
use crate::plot::ImageGrid;

/// Images in two sets.
struct Subject {
    name: &'static str,
    object: &'static str,
    shape: ImageShape,
    train: Array2<f64>,
    held_out: Array2<f64>,
}

impl Subject {
    /// The digits, of which one fifth is held out.
    fn digits() -> Self {
        let all = datasets::digits().records;
        let n = all.nrows();
        let order = index::sample(&mut stream(0, 0), n, n).into_vec();
        let (train, held_out) = order.split_at(n * 4 / 5);
        Self {
            name: "digits",
            object: "digit",
            shape: datasets::DIGIT,
            train: all.select(Axis(0), train),
            held_out: all.select(Axis(0), held_out),
        }
    }

    /// The faces, of which the validation and test sets are held out.
    fn faces(all: &Array2<f64>) -> Self {
        let split = datasets::olivetti_split();
        Self {
            name: "faces",
            object: "face",
            shape: datasets::FACE,
            train: all.select(Axis(0), &split.train),
            held_out: all.select(Axis(0), &[split.validation, split.test].concat()),
        }
    }

    /// Number of values in the upper half.
    fn n_kept(&self) -> usize {
        self.shape.height / 2 * self.shape.width * self.shape.channels
    }

    /// The held-out images, with their lower half missing.
    fn hidden(&self) -> Array2<f64> {
        let mut hidden = self.held_out.clone();
        hidden.slice_axis_mut(Axis(1), Slice::from(self.n_kept()..)).fill(f64::NAN);
        hidden
    }

    /// A line of images for each of those shown: the original, its upper half, and completions by their headings.
    fn completed_grid(
        &self,
        shown: &[usize],
        completions: &[(String, &Array2<f64>)],
    ) -> Result<ImageGrid> {
        // a hidden pixel is between black and white
        let grey = 0.5 * (self.shape.low + self.shape.high);
        let hidden = self.hidden().mapv(|value| if value.is_nan() { grey } else { value });
        let (names, completed): (Vec<String>, Vec<&Array2<f64>>) =
            completions.iter().cloned().unzip();
        let columns: Vec<&Array2<f64>> =
            [&self.held_out, &hidden].into_iter().chain(completed).collect();
        let row =
            |&image: &usize| columns.iter().map(move |rows| rows.row(image).insert_axis(Axis(0)));
        let rows: Vec<ArrayView2<'_, f64>> = shown.iter().flat_map(row).collect();
        let images = concatenate(Axis(0), &rows).map_err(linfa::Error::from)?;
        let title = format!("{}s completed from their upper half", self.object);
        let headings = ["original", "upper half"].map(String::from).into_iter().chain(names);
        let grid = ImageGrid::new(title, images.view(), self.shape)?;
        Ok(grid.columns(columns.len()).headings(headings))
    }

    /// Root mean squared error of the lower half, in the range of the pixels.
    fn error(&self, completed: &Array2<f64>) -> f64 {
        let lower =
            |rows: &Array2<f64>| rows.slice_axis(Axis(1), Slice::from(self.n_kept()..)).to_owned();
        let differences = lower(completed) - lower(&self.held_out);
        let range = self.shape.high - self.shape.low;
        differences.mapv(|x| x * x).mean().unwrap_or(f64::NAN).sqrt() / range
    }

    /// The upper halves, each with the lower half of the training image whose upper half is nearest.
    fn by_nearest(&self) -> Array2<f64> {
        let upper =
            |rows: &Array2<f64>| rows.slice_axis(Axis(1), Slice::from(..self.n_kept())).to_owned();
        let known = upper(&self.train);
        let mut completed = self.held_out.clone();
        for (mut row, half) in completed.rows_mut().into_iter().zip(upper(&self.held_out).rows()) {
            let distance = |other: ArrayView1<'_, f64>| {
                (&other - &half).mapv(|difference| difference * difference).sum()
            };
            let distances = known.rows().into_iter().map(distance);
            let nearest = first_smallest(distances).unwrap_or(0);
            let lower = self.train.row(nearest);
            for at in self.n_kept()..row.len() {
                row[at] = lower[at];
            }
        }
        completed
    }
}

/// Runs a part of an experiment on the digits, and on the faces if they are available.
fn on_both(
    report: &mut ReportBuilder<'_>,
    mut part: impl FnMut(&mut ReportBuilder<'_>, &Subject) -> Result<()>,
) -> Result<()> {
    report.progress("digits");
    report.heading("Handwritten digits");
    part(report, &Subject::digits())?;
    report.progress("faces");
    match OlivettiSource::default().load(report.observer) {
        Ok((all, _)) => {
            report.heading("Faces");
            part(report, &Subject::faces(&all.records))
        }
        Err(Error::Dataset(
            error @ (DatasetError::Download { .. } | DatasetError::NotTheDataset { .. }),
        )) => {
            report.text(format!("The faces are left out: {error}"));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Draws of completions with their headings.
fn headed_draws(drawn: &[Array2<f64>]) -> impl Iterator<Item = (String, &Array2<f64>)> {
    drawn.iter().enumerate().map(|(at, rows)| (format!("draw {}", at + 1), rows))
}
