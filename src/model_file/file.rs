//! Writing and reading of model files.

use std::fs;
use std::path::Path;

use ndarray::{CowArray, Ix2};

use super::fields::malformed;
use super::{Described, Fields, SearchSummary, Source};
use crate::arrays::{Archive, write_archive};
use crate::error::{Error, Result};
use crate::files::file_extension;
use crate::images::ImageShape;
use crate::mixture::GaussianMixture;
use crate::pipeline::Pipeline;
use crate::rows::check_columns;
use crate::rows::kind::ValueKind;
use crate::rows::rules::Rules;
use crate::rows::schema::Column;
use crate::table::{Sheet, column_names};

/// The content of a model file: a pipeline, and descriptions of the columns to which it was fitted.
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
    /// Shape of the images, if rows are images.
    pub image: Option<ImageShape>,
    /// Columns of the data: empty, or one entry for each column.
    pub columns: Vec<Column>,
    /// Rules between the columns of a table, of which rows of the model are made. Then `columns` are those of the model, in which
    /// differences and combinations stand for columns of the table, which are those of the rules.
    pub rules: Option<Rules>,
    /// The search that chose the model, if known.
    pub search: Option<SearchSummary>,
}

impl From<Pipeline> for ModelFile {
    fn from(pipeline: Pipeline) -> Self {
        Self { pipeline, image: None, columns: Vec::new(), rules: None, search: None }
    }
}

impl From<GaussianMixture> for ModelFile {
    fn from(mixture: GaussianMixture) -> Self {
        Pipeline::from(mixture).into()
    }
}

impl ModelFile {
    /// The columns of the tables that the model reads and writes: those of the rules, or else [`columns`](Self::columns).
    pub fn table_columns(&self) -> &[Column] {
        self.rules.as_ref().map_or(&self.columns, Rules::columns)
    }

    /// The names of the columns of the tables that the model reads and writes: `x1`, `x2`, ... if there are none.
    pub fn table_names(&self) -> Vec<String> {
        match &self.rules {
            Some(rules) => rules.columns().iter().map(|column| column.name.clone()).collect(),
            None => self.column_names(),
        }
    }

    /// Returns the names of the columns of the data: empty, or one for each column.
    pub fn feature_names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Returns the names of the columns of the data: [`feature_names`](Self::feature_names), or `x1`, `x2`, ... if there are
    /// none.
    pub fn column_names(&self) -> Vec<String> {
        column_names(&self.feature_names(), self.pipeline.n_features())
    }

    /// Returns the kinds of the columns of the data: empty, or one for each column.
    pub fn kinds(&self) -> Vec<ValueKind> {
        self.columns.iter().map(|column| column.kind.clone()).collect()
    }

    /// Returns the rows of a sheet as rows of the model. A sheet that was read with the kinds of the model
    /// ([`KindChoice::of`](crate::table::KindChoice::of)) has them; of another, dates become days since 1970-01-01 and categories
    /// the indices of the levels of the model; rules are applied. Rows are not copied unless values change. `path` is the name of the
    /// table in errors.
    ///
    /// # Errors
    /// [`Error::InvalidDate`] for a value of a column of dates that is none; [`Error::ShapeMismatch`] for another number of
    /// columns.
    pub fn encode<'a>(&self, path: &Path, sheet: &'a Sheet) -> Result<CowArray<'a, f64, Ix2>> {
        Ok(self.of_model(self.encode_table(path, sheet)?))
    }

    /// Rows of the table as rows of the model.
    pub(super) fn of_model<'r>(&self, rows: CowArray<'r, f64, Ix2>) -> CowArray<'r, f64, Ix2> {
        match &self.rules {
            Some(rules) => rules.apply(rows.view()).into(),
            None => rows,
        }
    }

    /// Returns the rows of a sheet with the kinds of the model, as [`encode`](Self::encode) does, before rules are applied.
    ///
    /// # Errors
    /// Same as [`encode`](Self::encode).
    pub fn encode_table<'a>(
        &self,
        path: &Path,
        sheet: &'a Sheet,
    ) -> Result<CowArray<'a, f64, Ix2>> {
        let n_columns =
            self.rules.as_ref().map_or(self.pipeline.n_features(), |rules| rules.columns().len());
        check_columns(sheet.table.records.ncols(), n_columns)?;
        sheet.with_kinds(path, self.table_columns())
    }

    /// Checks that [`save`](Self::save) accepts a file name: one that ends in `.npz` or, with the feature `json`, in `.json`.
    ///
    /// # Errors
    /// [`Error::InvalidParam`].
    pub fn check_name(path: &Path) -> Result<()> {
        is_json(path).map(drop)
    }

    /// Writes the file as an archive or as JSON, by its extension. It is written completely or not at all.
    ///
    /// # Errors
    /// Same as [`check_name`](Self::check_name); [`Error::Io`]; [`Error::ShapeMismatch`] or [`Error::InvalidParam`] if the
    /// image shape or the column names do not match the number of columns.
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

    /// Writes an archive for scikit-learn: the arrays of a fitted `GaussianMixture`, under the names of its attributes
    /// (`weights_`, `means_`, `covariances_`, `precisions_cholesky_`), and those of its `StandardScaler` and `PCA` with the
    /// prefixes `scaler_` and `pca_` (`pca_whiten` is 0 or 1). A family that scikit-learn has not is written as full or diag.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless the name ends in `.npz`, and for a model with rules, shapes, heavy tails, categories or indicators of missing
    /// values, which scikit-learn's `GaussianMixture` has not; [`Error::Io`].
    pub fn save_for_sklearn(&self, path: &Path) -> Result<()> {
        if is_json(path)? {
            return Err(wrong_name(path, "one that ends in .npz, for scikit-learn"));
        }
        let (mixture, preprocessor) = (self.pipeline.mixture(), self.pipeline.preprocessor());
        let layout = self.pipeline.layout();
        if self.rules.is_some() {
            let expected = "one without rules, which scikit-learn's GaussianMixture has not";
            return Err(Error::param("the model", "one with rules between columns", expected));
        }
        if layout.n_categories() > 0 {
            let (c, m) = (layout.categories().len(), layout.indicators().len());
            let plural = |n: usize| if n == 1 { "" } else { "s" };
            let columns = format!("{c} categorical column{}", plural(c));
            let indicators = format!("{m} indicator{} of missing values", plural(m));
            let (found, expected) = match (c, m) {
                (_, 0) => (
                    columns,
                    "none: scikit-learn's GaussianMixture has no categories; leave out such columns",
                ),
                (0, _) => (indicators, "none: fit with missing values at random"),
                _ => (
                    format!("{columns} and {indicators}"),
                    "none: scikit-learn's GaussianMixture has no categories; leave out such columns, and fit with missing values at \
                     random",
                ),
            };
            return Err(Error::param("what the model has", found, expected));
        }
        if mixture.student().is_some() {
            let expected =
                "Gaussian ones, as scikit-learn's GaussianMixture has; fit without --tails";
            return Err(Error::param("the components", "t distributions", expected));
        }
        if preprocessor.shapes().is_some() {
            let expected = "none: scikit-learn's GaussianMixture has no shapes; fit without them";
            return Err(Error::param("what the model has", "shapes of columns", expected));
        }
        let mut fields = mixture.fields();
        let family = mixture.covariance_type().scikit_learn_name();
        fields.replace("covariance_type", family.to_owned());
        let covariances = mixture.covariances();
        let factors = covariances.precisions_cholesky();
        if factors.iter().any(|value| value.is_nan()) {
            let expected = "ones that are not singular as matrices: fit with a larger reg_covar";
            return Err(Error::param("covariances", mixture.covariance_type(), expected));
        }
        covariances.arrays().iter().for_each(|(name, _)| drop(fields.take(name)));
        fields.push("covariances", covariances.scikit_learn_covariances());
        fields.push("precisions_cholesky", factors);
        if let Some(scaler) = preprocessor.scaler() {
            fields.extend(scaler.fields());
            let variances = scaler.scale().mapv(|scale| scale * scale);
            fields.push("scaler_var", variances.into_dyn());
        }
        fields.extend(preprocessor.pca().map(Described::fields).unwrap_or_default());
        write_archive(path, |archive| fields.write(archive, "_"))
    }

    /// Names of the levels of a column that is a category in the model: those of its kind, the values of a column of few numbers, or
    /// their numbers, from 0 on.
    pub fn level_names(&self, column: usize) -> Option<Vec<String>> {
        let n_levels = self.pipeline.level_probabilities(column)?.ncols();
        let kind = self.columns.get(column).map(|column| &column.kind);
        let text = |value: f64| kind.and_then(|kind| kind.text(value)).unwrap_or(value.to_string());
        Some(match self.pipeline.layout().levels(column) {
            Some(values) => values.iter().map(|&value| text(value)).collect(),
            None => (0..n_levels).map(|level| text(level as f64)).collect(),
        })
    }

    /// Checks the image shape and the column names, when saved and when loaded.
    pub(super) fn check(&self) -> Result<()> {
        let n_features = self.pipeline.n_features();
        if let Some(image) = &self.image {
            image.check(n_features)?;
        }
        if !self.columns.is_empty() && self.columns.len() != n_features {
            return Err(Error::shape("feature_names", n_features, self.columns.len()));
        }
        if let Some(rules) = &self.rules {
            let names = rules.model_names();
            if self.feature_names() != names {
                let found = self.feature_names().join(", ");
                return Err(Error::shape("feature_names of rules", names.join(", "), found));
            }
        }
        let layout = self.pipeline.layout();
        let n_levels = self.pipeline.mixture().categories().n_levels();
        for (&column, &n_levels) in layout.categories().iter().zip(n_levels) {
            let levels = self.columns.get(column).and_then(|column| column.kind.levels());
            if let Some(levels) = levels
                && levels.n_levels() < n_levels
            {
                return Err(Error::shape("the levels of a category", n_levels, levels.n_levels()));
            }
        }
        let mut names = self.columns.iter().map(|column| &column.name);
        match names.find(|name| name.contains('\n')) {
            Some(name) => Err(Error::param("feature name", format!("{name:?}"), "on one line")),
            None => Ok(()),
        }
    }

    /// Reads a file and validates all of its content.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::ModelFormat`] with the missing or invalid field.
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
                Err(malformed("it is neither an archive of arrays (.npz) nor JSON".into()))
            }
            _ => Self::from_fields(&mut Source::new(&mut Archive::new(path, bytes)?)),
        }
    }
}

/// Whether a model file is JSON, by its extension.
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
    fields.map_err(|error| malformed(format!("it is not valid JSON: {error}")))
}

#[cfg(not(feature = "json"))]
fn read_json(_: &[u8]) -> Result<Fields<'static>> {
    Err(malformed("it is JSON; use a mixlab built with the feature \"json\"".into()))
}
