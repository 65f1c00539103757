//! Model files: `.npz` archives that NumPy reads and can write.
//!
//! | array | type and shape | |
//! | --- | --- | --- |
//! | `format` | bytes `mixlab-model` | optional; with `version` |
//! | `version` | int64 (1) | optional; this mixlab reads version 1 |
//! | `covariance_type` | bytes: `full`, `tied`, `diag` or `spherical` | |
//! | `weights` | float64 (k) | sum to 1 |
//! | `means` | float64 (k, d) | |
//! | `covariances` | float64 (k, d, d), (d, d), (k, d) or (k) | by type |
//! | `scaler_mean`, `scaler_scale` | float64 (D) | optional standardisation |
//! | `pca_mean` | float64 (D) | optional PCA; d components of D features |
//! | `pca_components` | float64 (d, D) | orthonormal rows |
//! | `pca_explained_variance` | float64 (d) | |
//! | `pca_noise_variance` | float64 (1) | of the D - d directions left out |
//! | `pca_whiten` | int64 (1) | 0 or 1 |
//! | `image_shape` | int64 (2) | optional: height, width |
//! | `image_range` | float64 (2) | with it: the values of black and white |
//! | `feature_names` | bytes, one name a line | optional |
//!
//! Texts are their UTF-8 bytes as uint8. Arrays of floats (32 and 64 bits) and integers are read. Everything is checked
//! again on reading. In Python:
//! ```text
//! model = numpy.load("model.npz")
//! model["means"], bytes(model["covariance_type"]).decode()
//! ```

use std::path::Path;

use ndarray::{Array1, ArrayD, Dimension, Ix1, Ix2, array};

use crate::arrays::{Archive, ArchiveWriter, write_archive};
use crate::error::{Error, Result};
use crate::front_end::FrontEnd;
use crate::images::ImageShape;
use crate::mixture::{CovarianceType, GaussianMixture};
use crate::pca::Pca;
use crate::pipeline::Pipeline;
use crate::scaler::StandardScaler;

const FORMAT: &str = "mixlab-model";
const VERSION: i64 = 1;

/// What a model file holds: a pipeline, and what is known of the columns it was fitted to.
///
/// # Examples
/// ```
/// use mixlab::{ModelFile, prelude::*};
///
/// let path = std::env::temp_dir().join("mixlab-doc-moons.npz");
/// let model = GaussianMixture::params(7).fit(&datasets::moons())?;
/// ModelFile::from(model.clone()).save(&path)?;
/// assert_eq!(*ModelFile::load(&path)?.pipeline.mixture(), model);
/// # std::fs::remove_file(path).unwrap();
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFile {
    /// The model.
    pub pipeline: Pipeline,
    /// If rows are images: their shape.
    pub image: Option<ImageShape>,
    /// Names of the columns of the data; none, or one for each.
    pub feature_names: Vec<String>,
}

impl From<Pipeline> for ModelFile {
    fn from(pipeline: Pipeline) -> Self {
        Self { pipeline, image: None, feature_names: Vec::new() }
    }
}

impl From<GaussianMixture> for ModelFile {
    fn from(mixture: GaussianMixture) -> Self {
        Pipeline::from(mixture).into()
    }
}

impl ModelFile {
    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::ShapeMismatch`] or [`Error::InvalidParam`] if the image or the names do not suit
    /// the columns.
    pub fn save(&self, path: &Path) -> Result<()> {
        self.check()?;
        write_archive(path, |archive| self.fill(archive))
    }

    /// What must hold of the image and the names, when saved and when loaded.
    fn check(&self) -> Result<()> {
        let n_features = self.pipeline.n_features();
        if let Some(image) = &self.image {
            image.check(n_features)?;
        }
        if !self.feature_names.is_empty() && self.feature_names.len() != n_features {
            return Err(Error::shape("feature_names", n_features, self.feature_names.len()));
        }
        match self.feature_names.iter().find(|name| name.contains('\n')) {
            Some(name) => Err(Error::param("feature name", format!("{name:?}"), "on one line")),
            None => Ok(()),
        }
    }

    fn fill(&self, archive: &mut ArchiveWriter) -> std::io::Result<()> {
        let mixture = self.pipeline.mixture();
        archive.text("format", FORMAT)?;
        archive.integers("version", &[VERSION])?;
        archive.text("covariance_type", mixture.covariance_type().name())?;
        archive.array("weights", &mixture.weights())?;
        archive.array("means", &mixture.means())?;
        archive.array("covariances", &mixture.covariances().to_array())?;
        if let Some(scaler) = self.pipeline.front_end().scaler() {
            archive.array("scaler_mean", &scaler.mean())?;
            archive.array("scaler_scale", &scaler.scale())?;
        }
        if let Some(pca) = self.pipeline.front_end().pca() {
            archive.array("pca_mean", &pca.mean())?;
            archive.array("pca_components", &pca.components())?;
            archive.array("pca_explained_variance", &pca.explained_variance())?;
            archive.array("pca_noise_variance", &array![pca.noise_variance()])?;
            archive.integers("pca_whiten", &[i64::from(pca.whiten())])?;
        }
        if let Some(image) = &self.image {
            archive.integers("image_shape", &[image.height as i64, image.width as i64])?;
            archive.array("image_range", &array![image.low, image.high])?;
        }
        if !self.feature_names.is_empty() {
            archive.text("feature_names", &self.feature_names.join("\n"))?;
        }
        Ok(())
    }

    /// Reads a file and checks everything in it.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::ModelFormat`] saying what is missing or wrong.
    pub fn load(path: &Path) -> Result<Self> {
        Self::read(path).map_err(|error| match error {
            Error::Io { .. } | Error::ModelFormat { .. } => error,
            Error::ArrayFormat { problem, .. } => Error::ModelFormat { path: path.into(), problem },
            other => Error::ModelFormat { path: path.into(), problem: other.to_string() },
        })
    }

    fn read(path: &Path) -> Result<Self> {
        let mut fields = Fields { path, archive: Archive::open(path)? };
        fields.check_version()?;
        let covariance_type: CovarianceType = fields.required_text("covariance_type")?.parse()?;
        let mixture = GaussianMixture::new(
            fields.required::<Ix1>("weights")?,
            fields.required::<Ix2>("means")?,
            covariance_type,
            fields.archive.get("covariances")?,
        )?;
        let front_end = FrontEnd::new(fields.scaler()?, fields.pca()?)?;
        let pipeline = Pipeline::new(front_end, mixture)?;
        let image = fields.image()?;
        let feature_names: Vec<String> = match fields.archive.find_text("feature_names")? {
            Some(names) => names.split('\n').map(str::to_owned).collect(),
            None => Vec::new(),
        };
        let file = Self { pipeline, image, feature_names };
        file.check()?;
        Ok(file)
    }
}

/// The arrays of a model file.
struct Fields<'a> {
    path: &'a Path,
    archive: Archive,
}

impl Fields<'_> {
    fn error(&self, problem: String) -> Error {
        Error::ModelFormat { path: self.path.into(), problem }
    }

    fn check_version(&mut self) -> Result<()> {
        match self.archive.find_text("format")? {
            None => return Ok(()),
            Some(format) if format == FORMAT => {}
            Some(format) => return Err(self.error(format!("its format is {format:?}"))),
        }
        let version = self.number("version")?;
        if version != VERSION as f64 {
            return Err(self.error(format!(
                "it has version {version} and this mixlab reads version {VERSION}; \
                 use the mixlab that wrote it, or fit again"
            )));
        }
        Ok(())
    }

    fn required<D: Dimension>(&mut self, name: &str) -> Result<ndarray::Array<f64, D>> {
        let array = self.archive.get(name)?;
        self.shaped(name, array)
    }

    fn shaped<D: Dimension>(
        &self,
        name: &str,
        array: ArrayD<f64>,
    ) -> Result<ndarray::Array<f64, D>> {
        let n_dimensions = array.ndim();
        let array = array.as_standard_layout().into_owned();
        array
            .into_dimensionality()
            .map_err(|_| self.error(format!("array {name:?} has {n_dimensions} dimensions")))
    }

    fn required_text(&mut self, name: &str) -> Result<String> {
        let text = self.archive.find_text(name)?;
        text.ok_or_else(|| self.error(format!("it has no array {name:?}")))
    }

    fn number(&mut self, name: &str) -> Result<f64> {
        let array = self.archive.get(name)?;
        match array.len() {
            1 => Ok(array.sum()),
            n => Err(self.error(format!("array {name:?} has {n} numbers where 1 was expected"))),
        }
    }

    fn pair(&mut self, name: &str) -> Result<[f64; 2]> {
        let array: Array1<f64> = self.required(name)?;
        <[f64; 2]>::try_from(array.to_vec()).map_err(|values| {
            self.error(format!("array {name:?} has {} numbers where 2 were expected", values.len()))
        })
    }

    /// Whether an optional group of arrays is there: all of them, or none.
    fn group(&mut self, names: &[&str]) -> Result<bool> {
        let known = self.archive.names();
        let missing = names.iter().find(|name| !known.iter().any(|other| other == *name));
        match missing {
            None => Ok(true),
            Some(_) if !known.iter().any(|other| names.contains(&other.as_str())) => Ok(false),
            Some(name) => Err(self.error(format!("it has no array {name:?} beside {names:?}"))),
        }
    }

    fn scaler(&mut self) -> Result<Option<StandardScaler>> {
        if !self.group(&["scaler_mean", "scaler_scale"])? {
            return Ok(None);
        }
        let (mean, scale) = (self.required("scaler_mean")?, self.required("scaler_scale")?);
        StandardScaler::new(mean, scale).map(Some)
    }

    fn pca(&mut self) -> Result<Option<Pca>> {
        let names = ["mean", "components", "explained_variance", "noise_variance", "whiten"];
        let names = names.map(|name| format!("pca_{name}"));
        if !self.group(&names.each_ref().map(String::as_str))? {
            return Ok(None);
        }
        let whiten = self.number("pca_whiten")?;
        if whiten != 0.0 && whiten != 1.0 {
            return Err(self.error(format!("array \"pca_whiten\" is {whiten}, not 0 or 1")));
        }
        let pca = Pca::new(
            self.required("pca_mean")?,
            self.required("pca_components")?,
            self.required("pca_explained_variance")?,
            self.number("pca_noise_variance")?,
            whiten == 1.0,
        );
        pca.map(Some)
    }

    fn image(&mut self) -> Result<Option<ImageShape>> {
        if !self.group(&["image_shape", "image_range"])? {
            return Ok(None);
        }
        let [height, width] = self.pair("image_shape")?;
        let [low, high] = self.pair("image_range")?;
        let side =
            |length: f64| (length >= 1.0 && length.fract() == 0.0).then_some(length as usize);
        match (side(height), side(width)) {
            (Some(height), Some(width)) => Ok(Some(ImageShape { height, width, low, high })),
            _ => Err(self.error(format!("array \"image_shape\" is {height}, {width}"))),
        }
    }
}
