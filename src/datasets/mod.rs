//! Data to learn with: the exact arrays of the tutorials, embedded, and generators of any size.
//!
//! Origin, licence, shape and checksum of every embedded file are in `datasets/README.md`.

mod generators;

use std::io::Cursor;

use linfa::Dataset;
use ndarray::{Array1, Array2, Ix1};
use ndarray_npy::{ReadNpyExt, ReadableElement};

use crate::error::{Error, Result};
use crate::images::ImageShape;

pub use generators::{make_blobs, make_moons};

/// A dataset with integer labels.
pub type Labelled = Dataset<f64, usize, Ix1>;

/// What is known of an embedded dataset.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Name, as in `dataset:NAME` on the command line.
    pub name: &'static str,
    /// One line on what it holds.
    pub about: &'static str,
    /// If its rows are images, their shape and range.
    pub image: Option<ImageShape>,
    load: fn() -> Labelled,
}

impl Entry {
    /// The records and labels.
    pub fn load(&self) -> Labelled {
        (self.load)()
    }
}

/// All embedded datasets.
pub const ALL: [Entry; 3] = [
    Entry {
        name: "digits",
        about: "1797 handwritten digits, 8 x 8 pixels of 0 to 16, labelled by digit",
        image: Some(ImageShape { height: 8, width: 8, low: 0.0, high: 16.0 }),
        load: digits,
    },
    Entry {
        name: "moons",
        about: "200 points on two interleaved half circles with noise 0.05, labelled by moon",
        image: None,
        load: moons,
    },
    Entry {
        name: "stretched-blobs",
        about: "400 points in four stretched clusters, labelled by cluster",
        image: None,
        load: stretched_blobs,
    },
];

/// Finds an embedded dataset by name.
///
/// # Errors
/// [`Error::UnknownDataset`], listing the known names.
pub fn find(name: &str) -> Result<&'static Entry> {
    ALL.iter().find(|entry| entry.name == name).ok_or_else(|| Error::UnknownDataset {
        name: name.into(),
        known: ALL.map(|entry| entry.name).join(", "),
    })
}

/// 1797 handwritten digits of the UCI repository, 8 x 8 pixels of 0 to 16, labelled 0 to 9.
///
/// # Examples
/// ```
/// let digits = mixlab::datasets::digits();
/// assert_eq!(digits.records.dim(), (1797, 64));
/// assert_eq!(digits.targets[0], 0);
/// ```
pub fn digits() -> Labelled {
    let pixels: Array2<u8> = embedded(include_bytes!("../../datasets/digits.npy"));
    let names = (0..64).map(|i| format!("pixel_{}_{}", i / 8, i % 8)).collect();
    labelled(pixels.mapv(f64::from), include_bytes!("../../datasets/digits-labels.npy"), names)
}

/// The 200 points of `make_moons(200, noise=.05, random_state=0)` of scikit-learn.
///
/// # Examples
/// ```
/// let moons = mixlab::datasets::moons();
/// assert_eq!(moons.records.dim(), (200, 2));
/// assert!((moons.records[[0, 0]] - 0.81680544).abs() < 5e-9);
/// ```
pub fn moons() -> Labelled {
    let points = embedded(include_bytes!("../../datasets/moons.npy"));
    labelled(points, include_bytes!("../../datasets/moons-labels.npy"), xy())
}

/// The 400 points of `make_blobs(400, centers=4, cluster_std=0.60, random_state=0)` of scikit-learn, with
/// columns flipped and stretched by the matrix `RandomState(13).randn(2, 2)`.
///
/// # Examples
/// ```
/// let blobs = mixlab::datasets::stretched_blobs();
/// assert_eq!(blobs.records.dim(), (400, 2));
/// assert!((blobs.records[[0, 0]] + 4.63330948).abs() < 5e-9);
/// ```
pub fn stretched_blobs() -> Labelled {
    let points = embedded(include_bytes!("../../datasets/stretched-blobs.npy"));
    labelled(points, include_bytes!("../../datasets/stretched-blobs-labels.npy"), xy())
}

fn xy() -> Vec<String> {
    vec!["x".into(), "y".into()]
}

fn embedded<T: ReadableElement>(npy: &[u8]) -> Array2<T> {
    Array2::read_npy(Cursor::new(npy)).expect("embedded arrays are whole")
}

fn labelled(records: Array2<f64>, labels: &[u8], names: Vec<String>) -> Labelled {
    let labels = Array1::<u8>::read_npy(Cursor::new(labels)).expect("embedded arrays are whole");
    Dataset::new(records, labels.mapv(usize::from)).with_feature_names(names)
}
