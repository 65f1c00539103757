//! The experiments of the tutorials.
//!
//! An [`Experiment`] computes a [`Report`]: a [`Document`] of text, figures, tables and [`Check`]s, each of which compares a
//! value of the tutorial with ours. The terminal, the HTML page and the tests read this report and compute nothing themselves.

mod blobs;
mod digits;
mod em_1d;
mod images;
mod moons;
mod olivetti;
mod report_folder;
mod report_json;
mod stretched_blobs;
mod synthetic_table;
mod two_gaussians;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::compute::progress::{Progress, Task, Unit};
use crate::error::{DatasetError, Error, Result};
use crate::mixture::{Selection, SelectionParams};
use crate::report::text_table::TextTable;
use crate::report::{Check, Document, Picture};
use crate::rows::RowSource;

pub use report_folder::{ReportFolder, Tally};

/// An experiment of the tutorials.
#[derive(Debug, Clone, Copy)]
pub struct Experiment {
    /// Name on the command line.
    pub name: &'static str,
    /// Title of the report.
    pub title: &'static str,
    function: fn(&mut ReportBuilder<'_>) -> Result<()>,
}

/// All experiments.
pub const ALL: [Experiment; 10] = [
    Experiment {
        name: "stretched-blobs",
        title: "Elongated clusters: k-means against Gaussian mixtures",
        function: stretched_blobs::run,
    },
    Experiment {
        name: "moons",
        title: "Density estimation with a mixture: two moons",
        function: moons::run,
    },
    Experiment { name: "digits", title: "Generating handwritten digits", function: digits::run },
    Experiment {
        name: "olivetti",
        title: "Clustering faces: 40 people, 280 photographs",
        function: olivetti::run,
    },
    Experiment {
        name: "em-1d",
        title: "Expectation maximisation, step by step",
        function: em_1d::run,
    },
    Experiment {
        name: "two-gaussians",
        title: "Recovering two overlapping Gaussians",
        function: two_gaussians::run,
    },
    Experiment {
        name: "blobs",
        title: "Separated and overlapping blobs, and data from a text file",
        function: blobs::run,
    },
    Experiment {
        name: "synthetic-table",
        title: "Synthetic data: enlarging a survey",
        function: synthetic_table::run,
    },
    Experiment {
        name: "completing-images",
        title: "Completing images (an example of our own, not of the tutorials)",
        function: images::completion::run,
    },
    Experiment {
        name: "low-rank-images",
        title: "Images without a PCA: low-rank mixtures (an example of our own, not of the tutorials)",
        function: images::low_rank::run,
    },
];

/// The result of an experiment.
#[derive(Debug, Clone)]
pub struct Report {
    /// Text, checks, tables and figures, under the name and title of the experiment.
    pub document: Document,
    /// Run time in seconds.
    pub seconds: f64,
    /// Extent of the run.
    pub effort: Effort,
    /// The reason and the remedy if the data of the experiment are not available.
    pub not_run: Option<String>,
}

/// Extent of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// The settings of the tutorials.
    Full,
    /// Coarser grids and fewer restarts for the slowest fits.
    Quick,
}

impl Experiment {
    /// Runs the experiment and reports its steps to `observer`. If its data are not available, [`Report::not_run`] gives the
    /// reason.
    ///
    /// # Errors
    /// Any error of the computations.
    pub fn run(&self, effort: Effort, observer: &dyn Progress) -> Result<Report> {
        let begin = Instant::now();
        let document = Document::new(self.name, self.title);
        let mut builder = ReportBuilder { document, effort, observer };
        let not_run = match (self.function)(&mut builder) {
            Ok(()) => None,
            Err(Error::Dataset(
                error @ (DatasetError::Download { .. } | DatasetError::NotTheDataset { .. }),
            )) => Some(error.to_string()),
            Err(error) => return Err(error),
        };
        let seconds = begin.elapsed().as_secs_f64();
        Ok(Report { document: builder.document, seconds, effort, not_run })
    }
}

/// A report under construction.
struct ReportBuilder<'a> {
    document: Document,
    effort: Effort,
    observer: &'a dyn Progress,
}

impl ReportBuilder<'_> {
    fn progress(&self, what: &str) {
        self.observer.update(&Task::step(what));
    }

    /// Fits every cell of a grid and reports the number of fitted cells.
    fn search(
        &self,
        what: &str,
        selection: &SelectionParams,
        data: &dyn RowSource,
    ) -> Result<Selection> {
        let (done, total) = (AtomicU64::new(0), Some(selection.n_cells() as u64));
        let update = |done| self.observer.update(&Task::new(what, done, total, Unit::Models));
        update(0);
        selection.fit_observed(data, |_| update(done.fetch_add(1, Ordering::Relaxed) + 1))
    }

    fn heading(&mut self, text: impl Into<String>) {
        self.document.heading(text);
    }

    fn text(&mut self, text: impl Into<String>) {
        self.document.text(text);
    }

    fn check(&mut self, check: Check) {
        self.document.check(check);
    }

    fn table(&mut self, caption: &str, header: &[&str], lines: Vec<Vec<String>>) {
        let table = TextTable::new(header.iter().copied()).with_caption(caption).lines(lines);
        self.document.table(table);
    }

    fn figure(
        &mut self,
        name: &str,
        picture: impl Into<Picture>,
        alt: &str,
        caption: impl Into<String>,
    ) {
        self.document.picture(name, picture, alt, caption);
    }
}
