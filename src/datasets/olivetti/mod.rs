//! The Olivetti faces, read from this machine or downloaded and cached.

#[cfg(feature = "download")]
mod download;
mod matlab;

use std::env;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use linfa::Dataset;
use ndarray::{Array1, Array2};
use sha2::{Digest, Sha256};

use super::{FACE, Labelled, embedded};
use crate::compute::progress::Progress;
use crate::error::{DatasetError, Error, FailedDownload, Result};
use crate::files::atomic::write_file;
use crate::files::cache::cache_folder;
use crate::rows::summaries::extent;

/// Name of the file in every location.
const FILE: &str = "olivettifaces.mat";

/// Addresses of the file: the site of Sam Roweis, and the copy that scikit-learn downloads.
const PLACES: [&str; 2] = [
    "https://cs.nyu.edu/~roweis/data/olivettifaces.mat",
    "https://ndownloader.figshare.com/files/5976027",
];

/// The environment variable that names a data folder.
const DATA: &str = "MIXLAB_DATA";

/// Maximum size of a download; the known files have 1.3 and 4.3 million bytes.
#[cfg(feature = "download")]
const MOST_BYTES: u64 = 16 << 20;

const N_PEOPLE: usize = 40;
const N_IMAGES: usize = 400;
const SIDE: usize = 64;

/// SHA-256 of the pixels: image by image, line by line, one byte each.
const PIXELS: &str = "a3f75007cc103363b61a63e06bec8ea4846407682ef6e7c9ae1eb9c1bd0e8a00";

/// Locations of the Olivetti faces.
///
/// The file `olivettifaces.mat` is searched for in the data folder, then in the cache folder. Otherwise it is downloaded from
/// the first address that provides it, verified by the SHA-256 of its pixels, and saved in the cache folder. mixlab does not
/// contain the faces, since it has no right to distribute them.
///
/// | setting | default |
/// | --- | --- |
/// | `data_folder` | the environment variable `MIXLAB_DATA`, if it is set |
/// | `cache_folder` | `mixlab` in the user's cache directory (`$XDG_CACHE_HOME` or `~/.cache`; on Windows the local application data) |
/// | `places` | the site of Sam Roweis, then the copy that scikit-learn downloads |
/// | `timeout` | 60 seconds for each attempt; each address gets two attempts if the network fails |
///
/// Proxies are taken from the environment (`HTTPS_PROXY`, ...).
#[derive(Debug, Clone)]
pub struct OlivettiSource {
    data_folder: Option<PathBuf>,
    cache_folder: Option<PathBuf>,
    places: Vec<String>,
    timeout: Duration,
}

impl Default for OlivettiSource {
    fn default() -> Self {
        Self {
            data_folder: env::var_os(DATA).filter(|folder| !folder.is_empty()).map(PathBuf::from),
            cache_folder: cache_folder(),
            places: PLACES.map(String::from).into(),
            timeout: Duration::from_secs(60),
        }
    }
}

impl OlivettiSource {
    /// Sets the folder that is searched first.
    pub fn data_folder(mut self, folder: Option<PathBuf>) -> Self {
        self.data_folder = folder;
        self
    }

    /// Sets the folder in which downloads are saved; without one they are not saved.
    pub fn cache_folder(mut self, folder: Option<PathBuf>) -> Self {
        self.cache_folder = folder;
        self
    }

    /// Sets the download addresses, in the order in which they are tried.
    pub fn places(mut self, places: impl IntoIterator<Item = String>) -> Self {
        self.places = places.into_iter().collect();
        self
    }

    /// Sets the maximum time of a download attempt.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Loads the faces as rows of 4096 pixels from 0 to 1, shape `(400, 4096)`, labelled by person, and returns them with the
    /// path of their file; the path is `None` if the download could not be saved.
    ///
    /// Reports the bytes of a download to `observer`.
    ///
    /// # Errors
    /// [`DatasetError::Download`] if the file is not on this machine and no address provides it,
    /// [`DatasetError::NotTheDataset`] if the file in the data folder has other content, [`Error::Io`] if it cannot be read.
    pub fn load(&self, observer: &dyn Progress) -> Result<(Labelled, Option<PathBuf>)> {
        if let Some(path) = self.data_folder.as_ref().map(|folder| folder.join(FILE))
            && let Some(file) = read_if_exists(&path)?
        {
            let faces = decode(&file).map_err(|problem| DatasetError::NotTheDataset {
                path: path.clone(),
                dataset: "Olivetti faces",
                problem,
            })?;
            return Ok((faces, Some(path)));
        }
        let cached = self.cache_folder.as_ref().map(|folder| folder.join(FILE));
        // a damaged file in the cache counts as missing: the next download replaces it
        if let Some(path) = &cached
            && let Some(file) = read_if_exists(path).ok().flatten()
            && let Ok(faces) = decode(&file)
        {
            return Ok((faces, cached));
        }
        let (file, faces) = self.download(observer)?;
        let kept = cached.filter(|path| save(path, &file).is_ok());
        Ok((faces, kept))
    }

    #[cfg(feature = "download")]
    fn download(&self, observer: &dyn Progress) -> Result<(Vec<u8>, Labelled)> {
        let mut failed = Vec::new();
        for place in &self.places {
            let file = download::download(place, MOST_BYTES, self.timeout, observer);
            match file.and_then(|file| decode(&file).map(|faces| (file, faces))) {
                Ok(found) => return Ok(found),
                Err(problem) => failed.push(FailedDownload { place: place.clone(), problem }),
            }
        }
        Err(DatasetError::Download { dataset: "Olivetti faces", file: FILE, failed }.into())
    }

    #[cfg(not(feature = "download"))]
    fn download(&self, _: &dyn Progress) -> Result<(Vec<u8>, Labelled)> {
        let problem = "mixlab was built without the feature \"download\"";
        let failed = self
            .places
            .iter()
            .map(|place| FailedDownload { place: place.clone(), problem: problem.into() });
        let failed = failed.collect();
        Err(DatasetError::Download { dataset: "Olivetti faces", file: FILE, failed }.into())
    }
}

/// Reads a file; `None` if it does not exist.
fn read_if_exists(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Error::io(path, error)),
    }
}

fn save(path: &Path, file: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| Error::io(folder, source))?;
    }
    write_file(path, |out| out.write_all(file))
}

/// Decodes the faces from a file, or describes what is wrong with it.
fn decode(file: &[u8]) -> Result<Labelled, String> {
    let faces = matlab::read_matrix(file, "faces", (SIDE * SIDE, N_IMAGES))?;
    // a column is an image, stored by columns of pixels
    let pixels = Array2::from_shape_fn((N_IMAGES, SIDE * SIDE), |(image, pixel)| {
        faces[[pixel % SIDE * SIDE + pixel / SIDE, image]]
    });
    let bytes: Vec<u8> = pixels.iter().map(|&pixel| pixel as u8).collect();
    let digest: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    if digest != PIXELS {
        return Err(format!("the SHA-256 of its pixels is {digest} instead of {PIXELS}"));
    }
    let (low, high) = extent(&pixels);
    let people = Array1::from_shape_fn(N_IMAGES, |image| image / (N_IMAGES / N_PEOPLE));
    Ok(Dataset::new(pixels.mapv(|pixel| (pixel - low) / (high - low)), people)
        .with_feature_names(FACE.pixel_names()))
}

/// Split of the Olivetti faces into training, validation and test rows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Split {
    /// Training rows: seven photographs of each person.
    pub train: Vec<usize>,
    /// Validation rows for model selection: two of each person.
    pub validation: Vec<usize>,
    /// Test rows: one of each person.
    pub test: Vec<usize>,
}

/// The split of the Olivetti faces into 280, 80 and 40 rows that the tutorial draws with scikit-learn's
/// `StratifiedShuffleSplit`: `test_size=40, random_state=42`, then `test_size=80, random_state=43` on the rest.
///
/// # Examples
/// ```
/// let split = mixlab::datasets::olivetti_split();
/// assert_eq!((split.train.len(), split.validation.len(), split.test.len()), (280, 80, 40));
/// ```
pub fn olivetti_split() -> Split {
    let order = include_bytes!("../../../datasets/olivetti-split.npy");
    let order = embedded::<Array1<u16>>(order).mapv(usize::from).to_vec();
    let (train, rest) = order.split_at(280);
    let (validation, test) = rest.split_at(80);
    Split { train: train.into(), validation: validation.into(), test: test.into() }
}
