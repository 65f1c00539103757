//! Model files: written whole or not at all, read with everything checked.

use std::fs;
use std::path::Path;

use ndarray::Array2;

use super::fields::wrong;
use super::{Described, Fields, SearchSummary, Source};
use crate::arrays::{Archive, write_archive};
use crate::error::{Error, Result};
use crate::files::file_extension;
use crate::images::ImageShape;
use crate::mixture::GaussianMixture;
use crate::pipeline::{Pipeline, UserUnits};
use crate::rows::schema::Column;
use crate::table::column_names;

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
    pub columns: Vec<Column>,
    /// The search that chose the model, if known.
    pub search: Option<SearchSummary>,
}

impl From<Pipeline> for ModelFile {
    fn from(pipeline: Pipeline) -> Self {
        Self { pipeline, image: None, columns: Vec::new(), search: None }
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
        self.columns.iter().map(|feature| feature.name.clone()).collect()
    }

    /// Names of the columns of the data: those of [`feature_names`](Self::feature_names), or `x1`, `x2`, ... if there are
    /// none.
    pub fn column_names(&self) -> Vec<String> {
        column_names(&self.feature_names(), self.pipeline.n_features())
    }

    /// Draws `n_samples` rows, block by block, in the user's units; otherwise as [`Pipeline::sample_blocks`] does.
    pub fn sample_blocks(
        &self,
        n_samples: usize,
        seed: u64,
        residual: bool,
        units: UserUnits,
    ) -> impl Iterator<Item = Array2<f64>> {
        let blocks = self.pipeline.sample_blocks(n_samples, seed, residual);
        blocks.map(move |(mut rows, _)| {
            units.apply(&mut rows, &self.columns);
            rows
        })
    }

    /// Refuses a name that [`save`](Self::save) writes no file under: those of models end in `.npz` or, with the feature
    /// `json`, in `.json`.
    ///
    /// # Errors
    /// [`Error::InvalidParam`].
    pub fn check_name(path: &Path) -> Result<()> {
        is_json(path).map(drop)
    }

    /// Writes the file, whole or not at all: as an archive or as JSON, by the ending of its name.
    ///
    /// # Errors
    /// Those of [`check_name`](Self::check_name); [`Error::Io`]; [`Error::ShapeMismatch`] or [`Error::InvalidParam`] if the
    /// image or the names of the columns do not suit the columns.
    pub fn save(&self, path: &Path) -> Result<()> {
        let is_json = is_json(path)?;
        self.check()?;
        let fields = self.fields();
        if is_json {
            save_json(path, &fields)
        } else {
            write_archive(path, |archive| fields.write(archive, ""))
        }
    }

    /// Writes an archive for scikit-learn: the arrays that its `GaussianMixture` has when it is fitted, under its names
    /// (`weights_`, `means_`, `covariances_`, `precisions_cholesky_`), and those of its `StandardScaler` and `PCA` behind
    /// `scaler_` and `pca_` (`pca_whiten` is 0 or 1).
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless the name ends in `.npz`; [`Error::Io`].
    pub fn save_for_sklearn(&self, path: &Path) -> Result<()> {
        if is_json(path)? {
            return Err(wrong_name(path, "one that ends in .npz, for scikit-learn"));
        }
        let (mixture, preprocessor) = (self.pipeline.mixture(), self.pipeline.preprocessor());
        let mut fields = mixture.fields();
        let factors = mixture.covariances().precisions_cholesky();
        fields.push("precisions_cholesky", factors);
        if let Some(scaler) = preprocessor.scaler() {
            fields.extend(scaler.fields());
            let variances = scaler.scale().mapv(|scale| scale * scale);
            fields.push("scaler_var", variances.into_dyn());
        }
        fields.extend(preprocessor.pca().map(Described::fields).unwrap_or_default());
        write_archive(path, |archive| fields.write(archive, "_"))
    }

    /// What must hold of the image and the names, when saved and when loaded.
    pub(super) fn check(&self) -> Result<()> {
        let n_features = self.pipeline.n_features();
        if let Some(image) = &self.image {
            image.check(n_features)?;
        }
        if !self.columns.is_empty() && self.columns.len() != n_features {
            return Err(Error::shape("feature_names", n_features, self.columns.len()));
        }
        let mut names = self.columns.iter().map(|feature| &feature.name);
        match names.find(|name| name.contains('\n')) {
            Some(name) => Err(Error::param("feature name", format!("{name:?}"), "on one line")),
            None => Ok(()),
        }
    }

    /// Reads a file and checks everything in it.
    ///
    /// # Errors
    /// [`Error::Io`], and [`Error::ModelFormat`] saying what is missing or wrong.
    pub fn load(path: &Path) -> Result<Self> {
        Self::read(path).map_err(|error| match error {
            Error::Io { .. } => error,
            Error::ModelFormat { problem, .. } | Error::ArrayFormat { problem, .. } => {
                Error::ModelFormat { path: path.into(), problem }
            }
            other => Error::ModelFormat { path: path.into(), problem: other.to_string() },
        })
    }

    fn read(path: &Path) -> Result<Self> {
        let bytes = fs::read(path).map_err(|source| Error::io(path, source))?;
        match bytes.trim_ascii_start().first() {
            Some(b'{') => Self::from_fields(&mut Source::new(&mut read_json(&bytes)?)),
            Some(_) if !bytes.starts_with(b"PK") => {
                Err(wrong("it is neither an archive of arrays (.npz) nor JSON".into()))
            }
            _ => Self::from_fields(&mut Source::new(&mut Archive::new(path, bytes)?)),
        }
    }
}

/// Whether the file of a model is JSON, by the ending of its name.
fn is_json(path: &Path) -> Result<bool> {
    let has_json = cfg!(feature = "json");
    match file_extension(path).as_str() {
        "npz" => Ok(false),
        "json" if has_json => Ok(true),
        _ if has_json => Err(wrong_name(path, "one that ends in .npz or .json")),
        _ => Err(wrong_name(path, "one that ends in .npz, without the feature \"json\"")),
    }
}

fn wrong_name(path: &Path, expected: &'static str) -> Error {
    Error::param("the name of a model file", path.display(), expected)
}

#[cfg(feature = "json")]
fn save_json(path: &Path, fields: &Fields<'_>) -> Result<()> {
    let text = serde_json::to_string(fields).map_err(|error| Error::io(path, error.into()))? + "\n";
    crate::files::atomic::write_file(path, |file| std::io::Write::write_all(file, text.as_bytes()))
}

#[cfg(not(feature = "json"))]
fn save_json(_: &Path, _: &Fields<'_>) -> Result<()> {
    Err(Error::param("the model file", "JSON", "an .npz archive without the feature \"json\""))
}

#[cfg(feature = "json")]
fn read_json(bytes: &[u8]) -> Result<Fields<'static>> {
    let fields = serde_json::from_slice(bytes);
    fields.map_err(|error| wrong(format!("it is no whole JSON: {error}")))
}

#[cfg(not(feature = "json"))]
fn read_json(_: &[u8]) -> Result<Fields<'static>> {
    Err(wrong("it is JSON; use a mixlab built with the feature \"json\"".into()))
}
