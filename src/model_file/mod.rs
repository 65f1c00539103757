//! Model files: `.npz` archives that NumPy reads and can write, or JSON with the same arrays as nested lists.
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
//! | `image_shape` | int64 (2) or (3) | optional: height, width, and 3 for colour |
//! | `image_range` | float64 (2) | with it: the values of black and white |
//! | `feature_names` | bytes, one name a line | optional |
//! | `feature_range` | float64 (D, 2) | optional, with the names: smallest and largest value; NaN if unknown |
//! | `feature_decimals` | int64 (D) | with it: decimals of the values, -1 if there are too many |
//! | `fit_n_samples` | int64 (1) | optional: rows that the model was fitted to |
//! | `fit_criterion` | bytes: `bic`, `aic` or `icl` | with it: what chose the model |
//! | `search_n_components` | int64 (m) | with it: models that were tried |
//! | `search_covariance_types` | bytes, one type a line | with it |
//! | `search_criteria` | float64 (m, 3) | with it: BIC, AIC and ICL |
//!
//! Texts are their UTF-8 bytes as uint8. Arrays of floats (32 and 64 bits) and integers are read. Everything is checked
//! again on reading. In Python:
//! ```text
//! model = numpy.load("model.npz")
//! model["means"], bytes(model["covariance_type"]).decode()
//! ```

mod fields;
mod history;
#[cfg(feature = "json")]
mod json;
mod store;

use std::path::Path;
use std::{fs, io};

use ndarray::{Array2, array};

use crate::arrays::{Archive, write_archive};
use crate::error::{Error, Result};
use crate::files::ending;
use crate::images::ImageShape;
use crate::mixture::GaussianMixture;
use crate::pipeline::Pipeline;
use crate::preprocess::preprocessor::FrontEnd;
use crate::rows::schema::Feature;
use crate::table::column_names;

use fields::Fields;
pub use history::{History, Tried};

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
    /// The columns of the data; none, or one for each.
    pub features: Vec<Feature>,
    /// How the model was fitted, if known.
    pub history: Option<History>,
}

impl From<Pipeline> for ModelFile {
    fn from(pipeline: Pipeline) -> Self {
        Self { pipeline, image: None, features: Vec::new(), history: None }
    }
}

impl From<GaussianMixture> for ModelFile {
    fn from(mixture: GaussianMixture) -> Self {
        Pipeline::from(mixture).into()
    }
}

impl ModelFile {
    /// Names of the columns of the data; none, or one for each.
    pub fn feature_names(&self) -> Vec<String> {
        self.features.iter().map(|feature| feature.name.clone()).collect()
    }

    /// Names of the columns of the data: those of [`feature_names`](Self::feature_names), or `x1`, `x2`, ... if there are
    /// none.
    pub fn column_names(&self) -> Vec<String> {
        column_names(&self.feature_names(), self.pipeline.n_features())
    }

    /// Writes the file, whole or not at all: as JSON if its name ends in `.json` (with the feature `json`), else as an
    /// archive.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::ShapeMismatch`] or [`Error::InvalidParam`] if the image or the names do not suit
    /// the columns.
    pub fn save(&self, path: &Path) -> Result<()> {
        self.check()?;
        match ending(path).as_str() {
            "json" => self.save_json(path),
            _ => write_archive(path, |archive| self.fill(archive)),
        }
    }

    #[cfg(feature = "json")]
    fn save_json(&self, path: &Path) -> Result<()> {
        let mut object = json::ObjectWriter::default();
        self.fill(&mut object).map_err(|source| Error::io(path, source))?;
        let text = object.text();
        crate::files::atomic::write_file(path, |file| io::Write::write_all(file, text.as_bytes()))
    }

    #[cfg(not(feature = "json"))]
    fn save_json(&self, _: &Path) -> Result<()> {
        Err(Error::param("the model file", "JSON", "an .npz archive without the feature \"json\""))
    }

    /// Writes an archive for scikit-learn: the arrays that its `GaussianMixture` has when it is fitted, under its names
    /// (`weights_`, `means_`, `covariances_`, `precisions_cholesky_`), and those of its `StandardScaler` and `PCA` behind
    /// `scaler_` and `pca_` (`pca_whiten` is 0 or 1).
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save_for_sklearn(&self, path: &Path) -> Result<()> {
        let mixture = self.pipeline.mixture();
        write_archive(path, |archive| {
            archive.text("covariance_type", mixture.covariance_type().name())?;
            archive.array("weights_", &mixture.weights())?;
            archive.array("means_", &mixture.means())?;
            archive.array("covariances_", &mixture.covariances().to_array())?;
            archive.array("precisions_cholesky_", &mixture.covariances().precisions_cholesky())?;
            if let Some(scaler) = self.pipeline.front_end().scaler() {
                archive.array("scaler_mean_", &scaler.mean())?;
                archive.array("scaler_scale_", &scaler.scale())?;
                archive.array("scaler_var_", &scaler.scale().mapv(|scale| scale * scale))?;
            }
            if let Some(pca) = self.pipeline.front_end().pca() {
                archive.array("pca_mean_", &pca.mean())?;
                archive.array("pca_components_", &pca.components())?;
                archive.array("pca_explained_variance_", &pca.explained_variance())?;
                archive.array("pca_noise_variance_", &array![pca.noise_variance()])?;
                archive.integers("pca_whiten", &[i64::from(pca.whiten())])?;
            }
            Ok(())
        })
    }

    /// What must hold of the image and the names, when saved and when loaded.
    fn check(&self) -> Result<()> {
        let n_features = self.pipeline.n_features();
        if let Some(image) = &self.image {
            image.check(n_features)?;
        }
        if !self.features.is_empty() && self.features.len() != n_features {
            return Err(Error::shape("feature_names", n_features, self.features.len()));
        }
        let mut names = self.features.iter().map(|feature| &feature.name);
        match names.find(|name| name.contains('\n')) {
            Some(name) => Err(Error::param("feature name", format!("{name:?}"), "on one line")),
            None => Ok(()),
        }
    }

    fn fill(&self, archive: &mut dyn store::Write) -> io::Result<()> {
        let mixture = self.pipeline.mixture();
        archive.text("format", FORMAT)?;
        archive.integers("version", &[VERSION])?;
        archive.text("covariance_type", mixture.covariance_type().name())?;
        archive.array("weights", mixture.weights().into_dyn())?;
        archive.array("means", mixture.means().into_dyn())?;
        archive.array("covariances", mixture.covariances().to_array().view())?;
        if let Some(scaler) = self.pipeline.front_end().scaler() {
            archive.array("scaler_mean", scaler.mean().into_dyn())?;
            archive.array("scaler_scale", scaler.scale().into_dyn())?;
        }
        if let Some(pca) = self.pipeline.front_end().pca() {
            archive.array("pca_mean", pca.mean().into_dyn())?;
            archive.array("pca_components", pca.components().into_dyn())?;
            archive.array("pca_explained_variance", pca.explained_variance().into_dyn())?;
            archive.array("pca_noise_variance", array![pca.noise_variance()].view().into_dyn())?;
            archive.integers("pca_whiten", &[i64::from(pca.whiten())])?;
        }
        if let Some(image) = &self.image {
            let sides = [image.height, image.width, image.channels].map(|side| side as i64);
            let shape = if image.channels == 1 { &sides[..2] } else { &sides[..] };
            archive.integers("image_shape", shape)?;
            archive.array("image_range", array![image.low, image.high].view().into_dyn())?;
        }
        if !self.features.is_empty() {
            archive.text("feature_names", &self.feature_names().join("\n"))?;
        }
        let is_known = |feature: &Feature| feature.range.is_some() || feature.decimals.is_some();
        if self.features.iter().any(is_known) {
            let ranges = self.features.iter().map(|feature| feature.range);
            let ends =
                ranges.flat_map(|range| range.map_or([f64::NAN; 2], |(low, high)| [low, high]));
            let ends = Array2::from_shape_vec((self.features.len(), 2), ends.collect());
            archive.array("feature_range", ends.expect("two ends each").view().into_dyn())?;
            let decimals = self.features.iter().map(|feature| feature.decimals);
            let decimals: Vec<i64> = decimals.map(|d| d.map_or(-1, i64::from)).collect();
            archive.integers("feature_decimals", &decimals)?;
        }
        if let Some(history) = &self.history {
            let tried = &history.tried;
            archive.integers("fit_n_samples", &[history.n_samples as i64])?;
            archive.text("fit_criterion", history.criterion.name())?;
            let numbers: Vec<i64> = tried.iter().map(|tried| tried.n_components as i64).collect();
            archive.integers("search_n_components", &numbers)?;
            let types: Vec<&str> = tried.iter().map(|tried| tried.covariance_type.name()).collect();
            archive.text("search_covariance_types", &types.join("\n"))?;
            let criteria = tried.iter().flat_map(|tried| [tried.bic, tried.aic, tried.icl]);
            let criteria = Array2::from_shape_vec((tried.len(), 3), criteria.collect());
            archive.array("search_criteria", criteria.expect("three each").view().into_dyn())?;
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
        let bytes = fs::read(path).map_err(|source| Error::io(path, source))?;
        match bytes.trim_ascii_start().first() {
            Some(b'{') => Self::read_json(path, &bytes),
            Some(_) if !bytes.starts_with(b"PK") => Err(Error::ModelFormat {
                path: path.into(),
                problem: "it is neither an archive of arrays (.npz) nor JSON".into(),
            }),
            _ => Self::read_fields(path, &mut Archive::new(path, bytes)?),
        }
    }

    #[cfg(feature = "json")]
    fn read_json(path: &Path, bytes: &[u8]) -> Result<Self> {
        Self::read_fields(path, &mut json::Object::parse(path, bytes)?)
    }

    #[cfg(not(feature = "json"))]
    fn read_json(path: &Path, _: &[u8]) -> Result<Self> {
        let problem = "it is JSON; use a mixlab built with the feature \"json\"";
        Err(Error::ModelFormat { path: path.into(), problem: problem.into() })
    }

    fn read_fields(path: &Path, archive: &mut dyn store::Read) -> Result<Self> {
        let mut fields = Fields { path, archive };
        fields.check_version()?;
        let front_end = FrontEnd::new(fields.scaler()?, fields.pca()?)?;
        let file = Self {
            pipeline: Pipeline::new(front_end, fields.mixture()?)?,
            image: fields.image()?,
            features: fields.features()?,
            history: fields.history()?,
        };
        file.check()?;
        Ok(file)
    }
}
