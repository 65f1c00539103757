//! Example datasets: the exact arrays of the tutorials, embedded, and generators of any size.
//!
//! Origin, licence, shape and checksum of every embedded file are in `datasets/README.md`.

mod generators;
mod olivetti;
mod tables;

use std::io::Cursor;

use linfa::Dataset;
use ndarray::{Array1, Array2, Ix1};
use ndarray_npy::ReadNpyExt;

use crate::compute::progress::{NoProgress, Progress};
use crate::error::{DatasetError, Result};
use crate::images::ImageShape;
use crate::table::Table;

pub use generators::{THREE_GAUSSIANS, make_blobs, make_moons, three_gaussians};
pub use olivetti::{OlivettiSource, Split, olivetti_split};
pub use tables::{customers, heart, heart_missing, survey};

/// A dataset with integer labels.
pub type Labelled = Dataset<f64, usize, Ix1>;

/// Name, shape and loader of a dataset.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Entry {
    /// Name, as in `dataset:NAME` on the command line.
    pub name: &'static str,
    /// Description in one line.
    pub about: &'static str,
    /// Number of rows and columns.
    pub shape: (usize, usize),
    /// Shape and range of the images, if rows are images.
    pub image: Option<ImageShape>,
    text: Option<&'static str>,
    load: fn(&dyn Progress) -> Result<Table>,
}

impl Entry {
    /// The text of the table, comma-separated, if the dataset is an embedded text table. It may have categories and missing values:
    /// [`TableReader::read_from`](crate::table::TableReader::read_from) finds the kinds of its columns.
    pub fn text(&self) -> Option<&'static str> {
        self.text
    }

    /// Loads the records with the names of their columns; all datasets except the faces are embedded. Categories are the indices of
    /// their levels, and missing values are NaN.
    ///
    /// Reports the bytes of a download to `observer`.
    ///
    /// # Errors
    /// Only for `olivetti`: see [`OlivettiSource::load`].
    pub fn load(&self, observer: &dyn Progress) -> Result<Table> {
        (self.load)(observer)
    }
}

/// All datasets.
pub const ALL: [Entry; 8] = [
    Entry {
        name: "customers",
        about: "the customers of survey with two categories and missing values, not labelled",
        shape: (400, 6),
        image: None,
        text: Some(tables::CUSTOMERS),
        load: |_| Ok(customers().table),
    },
    Entry {
        name: "digits",
        about: "handwritten digits, 8 x 8 pixels of 0 to 16, labelled by digit",
        shape: (1797, 64),
        image: Some(DIGIT),
        text: None,
        load: |_| Ok(unlabelled(digits())),
    },
    Entry {
        name: "heart",
        about: "patients with and without heart disease, four numbers and nine categories, among them the diagnosis",
        shape: (270, 13),
        image: None,
        text: Some(tables::HEART),
        load: |_| Ok(heart().table),
    },
    Entry {
        name: "heart-missing",
        about: "the patients of heart without the diagnosis, 12 % of the values missing",
        shape: (270, 12),
        image: None,
        text: Some(tables::HEART_MISSING),
        load: |_| Ok(heart_missing().table),
    },
    Entry {
        name: "moons",
        about: "points on two interleaved half circles with noise 0.05, labelled by moon",
        shape: (200, 2),
        image: None,
        text: None,
        load: |_| Ok(unlabelled(moons())),
    },
    Entry {
        name: "olivetti",
        about: "photographs of 40 faces, 64 x 64 pixels of 0 to 1, labelled by person; downloaded at first use",
        shape: (400, 4096),
        image: Some(FACE),
        text: None,
        load: |observer| Ok(unlabelled(OlivettiSource::default().load(observer)?.0)),
    },
    Entry {
        name: "stretched-blobs",
        about: "points in four stretched clusters, labelled by cluster",
        shape: (400, 2),
        image: None,
        text: None,
        load: |_| Ok(unlabelled(stretched_blobs())),
    },
    Entry {
        name: "survey",
        about: "a synthetic market survey of four groups of customers, not labelled",
        shape: (400, 4),
        image: None,
        text: Some(tables::SURVEY),
        load: |_| Ok(survey()),
    },
];

/// Shape and range of a digit.
pub const DIGIT: ImageShape = ImageShape::grey(8, 8, 0.0, 16.0);

/// Shape and range of a face.
pub const FACE: ImageShape = ImageShape::grey(64, 64, 0.0, 1.0);

/// Finds a dataset by name.
///
/// # Errors
/// [`DatasetError::Unknown`], which lists the known names.
pub fn find(name: &str) -> Result<&'static Entry> {
    ALL.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let known = ALL.map(|entry| entry.name).join(", ");
        DatasetError::Unknown { name: name.into(), known }.into()
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
    let labels = include_bytes!("../../datasets/digits-labels.npy");
    labelled(pixels.mapv(f64::from), labels, DIGIT.pixel_names())
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

/// 400 photographs of 40 people, ten of each, 64 x 64 pixels from 0 to 1, labelled by person: the Olivetti faces of AT&T
/// Laboratories Cambridge, read from this machine or downloaded; see [`OlivettiSource`].
///
/// # Errors
/// Same as [`OlivettiSource::load`].
pub fn olivetti() -> Result<Labelled> {
    Ok(OlivettiSource::default().load(&NoProgress)?.0)
}

fn embedded<A: ReadNpyExt>(npy: &[u8]) -> A {
    A::read_npy(Cursor::new(npy)).expect("embedded arrays are valid")
}

fn unlabelled(dataset: Labelled) -> Table {
    let names = dataset.feature_names().to_vec();
    Table::from(dataset.records).with_feature_names(names)
}

fn labelled(records: Array2<f64>, labels: &[u8], names: Vec<String>) -> Labelled {
    let labels: Array1<u8> = embedded(labels);
    Dataset::new(records, labels.mapv(usize::from)).with_feature_names(names)
}
