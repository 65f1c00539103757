//! Model files: `.npz` archives that NumPy can read and write, or JSON with the same arrays as nested lists.
//!
//! | array | type and shape | |
//! | --- | --- | --- |
//! | `format` | bytes `mixlab-model` | optional; with `version` |
//! | `version` | int64 (1) | optional; this mixlab reads versions 1 to 5. Version 2 has categories or a layout of columns, version 3 also shapes, spikes or levels with values, version 4 rules between columns, version 5 heavy tails |
//! | `covariance_type` | bytes, such as `full`: see [`CovarianceType`](crate::CovarianceType) | |
//! | `weights` | float64 (k) | sum to 1 |
//! | `means` | float64 (k, d) | of the numbers |
//! | `covariances` | float64 (k, d, d), (d, d), (k, d) or (k) | by type, but for low-rank ones |
//! | `loadings` | float64 (k, d, q) | of low-rank covariances of rank q |
//! | `noise` | float64 (k, d), (k), (d) or (1) | of low-rank covariances, by their kind of noise |
//! | `degrees_of_freedom` | float64 (k) | optional: of components with heavy tails, whose matrices are `covariances` |
//! | `degrees_of_freedom_estimated` | int64 (1) | with it: 0 or 1 |
//! | `category_columns` | int64 (c) | optional: columns of the mixture that are categories, ascending |
//! | `category_levels` | int64 (c) | with it: number of levels of each |
//! | `category_probabilities` | float64 (k, total) | with it: probabilities of the levels, one category after another |
//! | `class_column` | int64 (1) | optional, with them: the category that is the class of a row; its probabilities are 0 and 1 |
//! | `class_covariance_types` | bytes, one type per line | with it: families of the covariances of each class, or one family over all classes |
//! | `row_features` | int64 (1) | optional: number of columns of the data. Then the columns of the mixture are the numbers (after scaler and PCA), the categories, and indicators of missing values (0 observed, 1 missing) |
//! | `row_numbers`, `row_categories` | int64 | with it: columns of the data that are numbers, and those that are categories |
//! | `row_indicators` | int64 | with it: columns of the data that have an indicator |
//! | `row_levels` | float64 (l, 2) | optional, with it: column of the data and value of each level of the categories whose levels have values |
//! | `row_states` | float64 (s, 2) | optional, with it: column of the data and value of what the indicators of columns with spikes say besides a number: NaN, missing, is first if it is informative |
//! | `shape_names` | bytes, one name per line: `none`, `log`, `logit`, `yeo-johnson` or `scores` | optional: shapes of the numbers |
//! | `shape_parameters` | float64 (n, 3) | with it: `offset, from` of logarithms; `low, high, from` of logits; `lambda, center, scale` of Yeo and Johnson's transform; zeros otherwise |
//! | `shape_knots` | float64 (t, 3) | optional, with it: number, value and score of each knot of normal scores |
//! | `rules` | bytes, one rule per line, such as `start <= end` | optional: rules between columns of the table. Then `feature_...` describe the columns of the model, in which differences and combinations stand for columns of the table |
//! | `table_names`, `table_range`, ... | as `feature_names`, `feature_range`, ... | with it: the columns of the table |
//! | `rule_combinations` | float64 (v, 2) | with it, for rules that are combinations: number of the combination rule and value, level by level, column by column |
//! | `scaler_mean`, `scaler_scale` | float64 (D) | optional standardisation of the numbers |
//! | `pca_mean` | float64 (D) | optional PCA; d components of D features |
//! | `pca_components` | float64 (d, D) | orthonormal rows |
//! | `pca_explained_variance` | float64 (d) | |
//! | `pca_noise_variance` | float64 (1) | of the D - d dropped directions |
//! | `pca_whiten` | int64 (1) | 0 or 1 |
//! | `image_shape` | int64 (2) or (3) | optional: height, width, and 3 for colour |
//! | `image_range` | float64 (2) | with it: the values of black and white |
//! | `feature_names` | bytes, one name per line | optional |
//! | `feature_range` | float64 (D, 2) | optional, with the names: smallest and largest value; NaN if unknown |
//! | `feature_decimals` | int64 (D) | with it: decimals of the values, -1 if there are too many |
//! | `feature_steps` | float64 (D) | optional, with the names: the number of which all values are multiples; 0 if it is one unit of the last decimal, or unknown |
//! | `feature_kinds` | bytes, one kind per line: `numeric`, `date-yyyymmdd`, or `categorical` followed by its levels, separated by tabs | optional, with the names; the default is `numeric`. A model uses dates as days since 1970-01-01, also in its ranges |
//! | `feature_spikes` | float64 (s, 4) | optional, with the names: column (counted from 0), value, share and next value of spikes at the ends of ranges |
//! | `feature_values` | float64 (v, 3) | optional, with the names: column, value and share of the rows of the values of columns whose values recur |
//! | `fit_n_samples` | int64 (1) | optional: number of rows to which the model was fitted |
//! | `fit_criterion` | bytes: `bic`, `aic`, `icl` or `held-out` | with it: criterion of the selection |
//! | `search_n_components` | int64 (m) | with it: numbers of components of the models that were tried |
//! | `search_covariance_types` | bytes, one type per line | with it |
//! | `search_criteria` | float64 (m, c) | with it: values of c criteria |
//! | `search_criterion_names` | bytes, one name per line | optional, with it: the criteria; the default is BIC, AIC and ICL |
//!
//! Texts are stored as their UTF-8 bytes (uint8). Arrays of floats (32 and 64 bits) and integers are accepted. All content is
//! validated on reading. In Python:
//! ```text
//! model = numpy.load("model.npz")
//! model["means"], bytes(model["covariance_type"]).decode()
//! ```
//!
//! # Serde
//! With the feature `serde`, models and their components implement `Serialize` and `Deserialize`, as a map of their fields
//! above. In human-readable formats, such as JSON, values are nested lists and texts; a [`ModelFile`] is serialised as its
//! `.json` file. In binary formats every array is its shape and the bytes of its numbers in little-endian order. All content
//! is validated on reading, and errors have the messages of the constructors.
//!
//! [`FitReport`](crate::FitReport), [`Selection`](crate::Selection) and their components implement `Serialize` only, since
//! errors in them are serialised as messages.

mod checkpoint;
mod classes;
mod columns;
#[macro_use]
mod described;
#[cfg(any(feature = "json", feature = "serde"))]
mod encoding;
mod fields;
mod file;
mod given;
mod impute;
mod mixed;
mod rules;
mod sample;
mod search_summary;
#[cfg(feature = "serde")]
mod serde;
mod shapes;
mod source;

use ndarray::Array1;

use self::described::{Described, Section};
use self::fields::{Fields, malformed};
use self::source::Source;
use crate::error::Result;
use crate::images::ImageShape;
use crate::mixture::GaussianMixture;
use crate::pipeline::Pipeline;
use crate::preprocess::columns::ColumnLayout;
use crate::preprocess::pca::Pca;
use crate::preprocess::preprocessor::Preprocessor;
use crate::preprocess::scaler::StandardScaler;
use crate::preprocess::shape::Shapes;

pub use self::checkpoint::Checkpoint;
pub use self::classes::ClassNames;
#[allow(unused_imports, reason = "used outside by optional features only")]
pub(crate) use self::fields::Value;
pub use self::file::ModelFile;
pub use self::given::{GivenModel, GivenValue};
pub use self::search_summary::{SearchEntry, SearchSummary};

const FORMAT: &str = "mixlab-model";
/// The version of files of numbers alone, of those that also have categories or a layout of columns, of those that also have shapes,
/// spikes or levels with values, of those with rules between columns, and of those with heavy
/// tails.
const VERSION: i64 = 1;
const MIXED_VERSION: i64 = 2;
const SHAPED_VERSION: i64 = 3;
const RULED_VERSION: i64 = 4;
const TAILED_VERSION: i64 = 5;

section! {
    StandardScaler {
        "scaler_mean" = StandardScaler::mean,
        "scaler_scale" = StandardScaler::scale,
    } => StandardScaler::new
}

section! {
    Pca {
        "pca_mean" = Pca::mean,
        "pca_components" = Pca::components,
        "pca_explained_variance" = Pca::explained_variance,
        "pca_noise_variance" = Pca::noise_variance,
        "pca_whiten" = Pca::whiten,
    } => Pca::new
}

section! {
    ImageShape {
        "image_shape" = sides,
        "image_range" = |image: &ImageShape| [image.low, image.high],
    } => image_shape
}

section! {
    SearchSummary {
        "fit_n_samples" = |summary: &SearchSummary| summary.n_samples,
        "fit_criterion" = |summary: &SearchSummary| summary.criterion.name(),
        "search_n_components" = SearchSummary::numbers_of_components,
        "search_covariance_types" = SearchSummary::covariance_types,
        "search_criteria" = SearchSummary::values,
    } optional {
        "search_criterion_names" = SearchSummary::criterion_names,
    } => SearchSummary::from_columns
}

fn sides(image: &ImageShape) -> Vec<i64> {
    let sides = [image.height, image.width, image.channels].map(|side| side as i64);
    if image.channels == 1 { sides[..2].into() } else { sides.into() }
}

fn image_shape(sides: Array1<f64>, [low, high]: [f64; 2]) -> Result<ImageShape> {
    let side = |&length: &f64| (length >= 1.0 && length.fract() == 0.0).then_some(length as usize);
    let known: Option<Vec<usize>> = sides.iter().map(side).collect();
    match known.as_deref() {
        Some(&[height, width]) => Ok(ImageShape::grey(height, width, low, high)),
        Some(&[height, width, channels]) => Ok(ImageShape { height, width, channels, low, high }),
        _ => Err(malformed(format!("array \"image_shape\" is {sides}"))),
    }
}

impl Described for GaussianMixture {
    /// The number of covariance arrays depends on the family.
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        fields.push("covariance_type", self.covariance_type().to_string());
        fields.push("weights", self.weights());
        fields.push("means", self.means());
        for (name, array) in self.covariances().arrays() {
            fields.push(name, array);
        }
        if let Some(degrees_of_freedom) = self.degrees_of_freedom() {
            fields.push("degrees_of_freedom", degrees_of_freedom);
            fields.push("degrees_of_freedom_estimated", self.estimates_degrees_of_freedom());
        }
        if !self.categories().is_empty() {
            fields.extend(self.categories().fields());
        }
        if let Some(column) = self.class_column() {
            fields.push("class_column", column);
            let families = self.class_families().iter().map(ToString::to_string);
            fields.push("class_covariance_types", families.collect::<Vec<_>>());
        }
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        let covariance_type = source.read("covariance_type")?;
        let weights = source.read("weights")?;
        let means = source.read("means")?;
        let mixture = Self::from_arrays(weights, means, covariance_type, |name| source.get(name))?;
        let mixture = if source.group(&["degrees_of_freedom", "degrees_of_freedom_estimated"])? {
            let degrees_of_freedom = source.read("degrees_of_freedom")?;
            mixture.with_degrees_of_freedom(
                degrees_of_freedom,
                source.read("degrees_of_freedom_estimated")?,
            )?
        } else {
            mixture
        };
        let mixture = match Section::find(source)? {
            Some(categories) => mixture.with(categories)?,
            None => mixture,
        };
        if !source.group(&["class_column", "class_covariance_types"])? {
            return Ok(mixture);
        }
        let families: String = source.read("class_covariance_types")?;
        let families = families.lines().map(str::parse).collect::<Result<_>>()?;
        mixture.with_classes(source.read("class_column")?, families)
    }
}

impl Described for Preprocessor {
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        fields.extend(self.layout().map(Described::fields).unwrap_or_default());
        fields.extend(self.shapes().map(Described::fields).unwrap_or_default());
        fields.extend(self.scaler().map(Described::fields).unwrap_or_default());
        fields.extend(self.pca().map(Described::fields).unwrap_or_default());
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        let (layout, shapes): (Option<ColumnLayout>, Option<Shapes>) =
            (Section::find(source)?, Section::find(source)?);
        let mut preprocessor = Self::new(Section::find(source)?, Section::find(source)?)?;
        if let Some(layout) = layout {
            preprocessor = preprocessor.with_layout(layout)?;
        }
        match shapes {
            Some(shapes) => preprocessor.with_shapes(shapes.as_slice().to_vec()),
            None => Ok(preprocessor),
        }
    }
}

impl Described for Pipeline {
    fn fields(&self) -> Fields<'_> {
        let mut fields = self.mixture().fields();
        fields.extend(self.preprocessor().fields());
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        Self::new(Described::from_fields(source)?, Described::from_fields(source)?)
    }
}

impl Described for ModelFile {
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        fields.push("format", FORMAT);
        let of_pipeline = version(&self.pipeline);
        let version =
            if self.rules.is_some() { of_pipeline.max(RULED_VERSION) } else { of_pipeline };
        fields.push("version", vec![version]);
        fields.extend(self.pipeline.fields());
        fields.extend(self.image.as_ref().map(Described::fields).unwrap_or_default());
        fields.extend(self.columns.fields());
        fields.extend(self.rules.as_ref().map(Described::fields).unwrap_or_default());
        fields.extend(self.search.as_ref().map(Described::fields).unwrap_or_default());
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        check_version(source)?;
        let file = Self {
            pipeline: Described::from_fields(source)?,
            image: Section::find(source)?,
            columns: Described::from_fields(source)?,
            rules: Section::find(source)?,
            search: Section::find(source)?,
        };
        file.check()?;
        Ok(file)
    }
}

/// The version of the file of a pipeline: the lowest that can describe it, so that earlier versions of mixlab read what they can.
fn version(pipeline: &Pipeline) -> i64 {
    let preprocessor = pipeline.preprocessor();
    let layout = preprocessor.layout();
    if pipeline.mixture().student().is_some() {
        TAILED_VERSION
    } else if preprocessor.shapes().is_some() || layout.is_some_and(ColumnLayout::has_values) {
        SHAPED_VERSION
    } else if !pipeline.mixture().categories().is_empty() || layout.is_some() {
        MIXED_VERSION
    } else {
        VERSION
    }
}

/// Returns an error for another format or version; a file without them is assumed to have the current ones.
fn check_version(source: &mut Source<'_>) -> Result<()> {
    match source.read::<Option<String>>("format")? {
        None => return Ok(()),
        Some(format) if format == FORMAT => {}
        Some(format) => return Err(malformed(format!("its format is {format:?}"))),
    }
    let version: f64 = source.read("version")?;
    if !(VERSION..=TAILED_VERSION).any(|known| version == known as f64) {
        return Err(malformed(format!(
            "it has version {version} and this mixlab reads versions {VERSION} to {TAILED_VERSION}; use the mixlab that wrote \
             it, or fit again"
        )));
    }
    Ok(())
}
