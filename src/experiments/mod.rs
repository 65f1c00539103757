//! The tutorials' experiments.
//!
//! An [`Experiment`] is a function to a [`Report`]: a story of text, figures, tables and [`Check`]s, each of
//! which sets a figure of the tutorial beside ours. The terminal, the HTML page and the tests all read
//! that one value; none of them computes anything of its own.

mod blobs;
mod check;
mod digits;
mod em_1d;
mod image_quality;
mod moons;
mod olivetti;
mod stretched_blobs;
mod synthetic_table;
mod two_gaussians;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::error::{Error, Result};
use crate::mixture::{Selection, SelectionParams};
use crate::plot::{Animation, Figure};
use crate::report::text_table::Listing;
use crate::rows::ToRows;

pub use check::{Check, Relation, Value};

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
    /// Name of the experiment.
    pub name: &'static str,
    /// Its headline.
    pub title: &'static str,
    /// Text, checks, tables and figures, in the order of the story.
    pub items: Vec<Item>,
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

/// What an experiment is at.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    /// What it does.
    pub what: &'a str,
    /// How much of that is done.
    pub done: u64,
    /// Out of how much, if that can be counted.
    pub total: Option<u64>,
}

/// Told what an experiment is at, from any thread.
pub type Observer<'a> = &'a (dyn Fn(Stage<'_>) + Sync);

/// A piece of a report.
#[derive(Debug, Clone)]
pub enum Item {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Text(String),
    /// A figure of the document beside ours.
    Check(Check),
    /// Numbers.
    Table(Listing),
    /// A picture.
    Figure(Illustration),
}

/// A figure with what to see in it.
#[derive(Debug, Clone)]
pub struct Illustration {
    /// Name of its file, without ending.
    pub name: String,
    /// The picture.
    pub picture: Picture,
    /// What to see in it.
    pub caption: String,
    /// What it shows, for readers who cannot see it.
    pub alt: String,
}

/// A picture, still or moving.
#[derive(Debug, Clone)]
pub enum Picture {
    /// A figure.
    Still(Figure),
    /// An animation.
    Moving(Animation),
}

impl Report {
    /// All checks.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        self.items.iter().filter_map(|item| match item {
            Item::Check(check) => Some(check),
            _ => None,
        })
    }

    /// All figures.
    pub fn figures(&self) -> impl Iterator<Item = &Illustration> {
        self.items.iter().filter_map(|item| match item {
            Item::Figure(figure) => Some(figure),
            _ => None,
        })
    }
}

impl Experiment {
    /// Runs the experiment; `observer` is told what it is at. Without its data there is a report that says
    /// so.
    ///
    /// # Errors
    /// What its computations raise.
    pub fn run(&self, effort: Effort, observer: Observer<'_>) -> Result<Report> {
        let begin = Instant::now();
        let mut story = Story { items: Vec::new(), effort, observer };
        let not_run = match (self.tell)(&mut story) {
            Ok(()) => None,
            Err(error @ (Error::Download { .. } | Error::NotTheDataset { .. })) => {
                Some(error.to_string())
            }
            Err(error) => return Err(error),
        };
        Ok(Report {
            name: self.name,
            title: self.title,
            items: story.items,
            seconds: begin.elapsed().as_secs_f64(),
            effort,
            not_run,
        })
    }
}

/// A report in the making.
struct Story<'a> {
    items: Vec<Item>,
    effort: Effort,
    observer: Observer<'a>,
}

impl Story<'_> {
    fn progress(&self, what: &str) {
        (self.observer)(Stage { what, done: 0, total: None });
    }

    /// Fits every cell of a grid, and tells how far it has got.
    fn search(
        &self,
        what: &str,
        selection: &SelectionParams,
        data: &dyn ToRows,
    ) -> Result<Selection> {
        let (done, total) = (AtomicU64::new(0), Some(selection.n_cells() as u64));
        (self.observer)(Stage { what, done: 0, total });
        selection.fit_observed(data, |_| {
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            (self.observer)(Stage { what, done, total });
        })
    }

    fn heading(&mut self, text: impl Into<String>) {
        self.items.push(Item::Heading(text.into()));
    }

    fn text(&mut self, text: impl Into<String>) {
        self.items.push(Item::Text(text.into()));
    }

    fn check(&mut self, check: Check) {
        self.items.push(Item::Check(check));
    }

    fn table(&mut self, caption: &str, header: &[&str], lines: Vec<Vec<String>>) {
        let table = Listing::new(header.iter().copied()).with_caption(caption).lines(lines);
        self.items.push(Item::Table(table));
    }

    fn figure(&mut self, name: &str, figure: Figure, alt: &str, caption: impl Into<String>) {
        self.items.push(Item::Figure(Illustration {
            name: name.into(),
            picture: Picture::Still(figure),
            caption: caption.into(),
            alt: alt.into(),
        }));
    }

    fn animation(
        &mut self,
        name: &str,
        animation: Animation,
        alt: &str,
        caption: impl Into<String>,
    ) {
        self.items.push(Item::Figure(Illustration {
            name: name.into(),
            picture: Picture::Moving(animation),
            caption: caption.into(),
            alt: alt.into(),
        }));
    }
}
