//! The tutorials' experiments.
//!
//! An [`Experiment`] is a function to a [`Report`]: a [`Document`] of text, figures, tables and
//! [`Check`]s, each of which sets a figure of the tutorial beside ours. The terminal, the HTML page and the tests
//! all read that one value; none of them computes anything of its own.

mod blobs;
mod digits;
mod em_1d;
mod image_quality;
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
    /// Its name on the command line.
    pub name: &'static str,
    /// Its headline.
    pub title: &'static str,
    tell: fn(&mut Story<'_>) -> Result<()>,
}

/// All experiments.
pub const ALL: [Experiment; 8] = [
    Experiment {
        name: "stretched-blobs",
        title: "Clusters that k-means cannot see",
        tell: stretched_blobs::tell,
    },
    Experiment {
        name: "moons",
        title: "Density estimation: a mixture that draws two moons",
        tell: moons::tell,
    },
    Experiment { name: "digits", title: "Generating handwritten digits", tell: digits::tell },
    Experiment {
        name: "olivetti",
        title: "Clustering faces: forty people, 280 photographs",
        tell: olivetti::tell,
    },
    Experiment {
        name: "em-1d",
        title: "Expectation maximisation, watched step by step",
        tell: em_1d::tell,
    },
    Experiment {
        name: "two-gaussians",
        title: "Two Gaussians, recovered",
        tell: two_gaussians::tell,
    },
    Experiment { name: "blobs", title: "Blobs, near and far, and a text file", tell: blobs::tell },
    Experiment {
        name: "synthetic-table",
        title: "A survey, made larger",
        tell: synthetic_table::tell,
    },
];

/// What an experiment found.
#[derive(Debug, Clone)]
pub struct Report {
    /// Text, checks, tables and figures, under the experiment's name and headline.
    pub document: Document,
    /// Seconds it took.
    pub seconds: f64,
    /// How much of it was asked for.
    pub effort: Effort,
    /// Why it could not run, and what to do, if its data are not here.
    pub not_run: Option<String>,
}

/// How much of an experiment to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// The settings of the tutorials.
    Full,
    /// Coarser grids and fewer restarts of what takes longest.
    Quick,
}

impl Experiment {
    /// Runs the experiment, and reports its steps to `observer`. Without its data the report says so.
    ///
    /// # Errors
    /// What its computations raise.
    pub fn run(&self, effort: Effort, observer: &dyn Progress) -> Result<Report> {
        let begin = Instant::now();
        let document = Document::new(self.name, self.title);
        let mut story = Story { document, effort, observer };
        let not_run = match (self.tell)(&mut story) {
            Ok(()) => None,
            Err(Error::Dataset(
                error @ (DatasetError::Download { .. } | DatasetError::NotTheDataset { .. }),
            )) => Some(error.to_string()),
            Err(error) => return Err(error),
        };
        let seconds = begin.elapsed().as_secs_f64();
        Ok(Report { document: story.document, seconds, effort, not_run })
    }
}

/// A report in the making.
struct Story<'a> {
    document: Document,
    effort: Effort,
    observer: &'a dyn Progress,
}

impl Story<'_> {
    fn progress(&self, what: &str) {
        self.observer.update(&Task::step(what));
    }

    /// Fits every cell of a grid, and reports how many are done.
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
