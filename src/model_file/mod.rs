//! Model files: `.npz` archives that NumPy can read and write, or JSON with the same arrays as nested lists.
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
//! | `pca_noise_variance` | float64 (1) | of the D - d dropped directions |
//! | `pca_whiten` | int64 (1) | 0 or 1 |
//! | `image_shape` | int64 (2) or (3) | optional: height, width, and 3 for colour |
//! | `image_range` | float64 (2) | with it: the values of black and white |
//! | `feature_names` | bytes, one name per line | optional |
//! | `feature_range` | float64 (D, 2) | optional, with the names: smallest and largest value; NaN if unknown |
//! | `feature_decimals` | int64 (D) | with it: decimals of the values, -1 if there are too many |
//! | `feature_kinds` | bytes, one kind per line: `numeric` or `date-yyyymmdd` | optional, with the names; the default is `numeric`. A model uses dates as days since 1970-01-01, also in its ranges |
//! | `feature_spikes` | float64 (s, 4) | optional, with the names: column (counted from 0), value, share and next value of spikes at the ends of ranges |
//! | `fit_n_samples` | int64 (1) | optional: number of rows to which the model was fitted |
//! | `fit_criterion` | bytes: `bic`, `aic` or `icl` | with it: criterion of the selection |
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
#[macro_use]
mod described;
#[cfg(any(feature = "json", feature = "serde"))]
mod encoding;
mod fields;
mod file;
mod search_summary;
#[cfg(feature = "serde")]
mod serde;
mod source;

use ndarray::{Array1, Array2};

use self::described::{Described, Section};
use self::fields::{Fields, malformed};
use self::source::{Source, count};
use crate::error::Result;
use crate::images::ImageShape;
use crate::mixture::GaussianMixture;
use crate::pipeline::Pipeline;
use crate::preprocess::pca::Pca;
use crate::preprocess::preprocessor::Preprocessor;
use crate::preprocess::scaler::StandardScaler;
use crate::rows::kind::ValueKind;
use crate::rows::schema::{Column, Spike};

pub use self::checkpoint::Checkpoint;
#[allow(unused_imports, reason = "used outside by optional features only")]
pub(crate) use self::fields::Value;
pub use self::file::ModelFile;
pub use self::search_summary::{SearchEntry, SearchSummary};

const FORMAT: &str = "mixlab-model";
const VERSION: i64 = 1;

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
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        let covariance_type = source.read("covariance_type")?;
        let weights = source.read("weights")?;
        let means = source.read("means")?;
        Self::from_arrays(weights, means, covariance_type, |name| source.get(name))
    }
}

impl Described for Preprocessor {
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        fields.extend(self.scaler().map(Described::fields).unwrap_or_default());
        fields.extend(self.pca().map(Described::fields).unwrap_or_default());
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        Self::new(Section::find(source)?, Section::find(source)?)
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

/// The columns of the data; empty without names.
impl Described for Vec<Column> {
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        if self.is_empty() {
            return fields;
        }
        let names: Vec<_> = self.iter().map(|column| column.name.clone()).collect();
        fields.push("feature_names", names);
        if self.iter().any(|column| column.range.is_some() || column.decimals.is_some()) {
            let ranges = self.iter().map(|column| column.range.unwrap_or((f64::NAN, f64::NAN)));
            let ends: Vec<_> = ranges.map(|(low, high)| [low, high]).collect();
            fields.push("feature_range", Array2::from(ends).into_dyn());
            let decimals = self.iter().map(|column| column.decimals.map_or(-1, i64::from));
            fields.push("feature_decimals", decimals.collect::<Vec<_>>());
        }
        if self.iter().any(|column| !column.kind.is_numeric()) {
            let kinds: Vec<_> = self.iter().map(|column| column.kind.to_string()).collect();
            fields.push("feature_kinds", kinds);
        }
        let spikes: Vec<[f64; 4]> = self.iter().enumerate().flat_map(spike_fields).collect();
        if !spikes.is_empty() {
            fields.push("feature_spikes", Array2::from(spikes).into_dyn());
        }
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        let Some(names) = source.read::<Option<String>>("feature_names")? else {
            return Ok(Vec::new());
        };
        let mut columns: Self = names.split('\n').map(Column::named).collect();
        if source.group(&["feature_range", "feature_decimals"])? {
            let ranges: Array2<f64> = source.read("feature_range")?;
            let decimals: Array1<f64> = source.read("feature_decimals")?;
            if ranges.dim() != (columns.len(), 2) || decimals.len() != columns.len() {
                return Err(malformed("not every feature has a range and decimals".into()));
            }
            for ((column, range), decimals) in columns.iter_mut().zip(ranges.rows()).zip(decimals) {
                describe(column, [range[0], range[1]], decimals);
            }
        }
        if let Some(kinds) = source.read::<Option<String>>("feature_kinds")? {
            let kinds = kinds.split('\n').map(|kind| kind.parse().map_err(malformed));
            let kinds = kinds.collect::<Result<Vec<ValueKind>>>()?;
            if kinds.len() != columns.len() {
                return Err(malformed("not every feature has a kind".into()));
            }
            columns.iter_mut().zip(kinds).for_each(|(column, kind)| column.kind = kind);
        }
        if source.group(&["feature_spikes"])? {
            let spikes: Array2<f64> = source.read("feature_spikes")?;
            spikes.rows().into_iter().try_for_each(|row| add_spike(&mut columns, &row.to_vec()))?;
        }
        Ok(columns)
    }
}

/// Adds range and number of decimals to a column; invalid values become unknown.
fn describe(column: &mut Column, [low, high]: [f64; 2], decimals: f64) {
    let is_range = low <= high && low.is_finite() && high.is_finite();
    let is_count = (0.0..=f64::from(Column::MOST_DECIMALS)).contains(&decimals);
    column.range = is_range.then_some((low, high));
    column.decimals = is_count.then_some(decimals as u32);
}

/// Returns the rows of `feature_spikes` of a column.
fn spike_fields((index, column): (usize, &Column)) -> impl Iterator<Item = [f64; 4]> + '_ {
    column.spikes.iter().map(move |spike| [index as f64, spike.value, spike.share, spike.next])
}

/// Adds a row of `feature_spikes` to its column: at most one spike at each end.
fn add_spike(columns: &mut [Column], fields: &[f64]) -> Result<()> {
    let invalid = || malformed(format!("array \"feature_spikes\" has the row {fields:?}"));
    let &[index, value, share, next] = fields else { return Err(invalid()) };
    let spike = Spike { value, share, next };
    let column = columns.get_mut(count("feature_spikes", index)?).ok_or_else(invalid)?;
    column.spikes.push(spike);
    if has_valid_spikes(column) { Ok(()) } else { Err(invalid()) }
}

/// Whether the spikes of a column are finite, at most one at each end, and leave a share to other values.
fn has_valid_spikes(column: &Column) -> bool {
    let is_valid = |spike: &Spike| {
        spike.value.is_finite()
            && spike.next.is_finite()
            && spike.value != spike.next
            && spike.share > 0.0
    };
    let total: f64 = column.spikes.iter().map(|spike| spike.share).sum();
    let is_low = |spike: &Spike| spike.value < spike.next;
    let is_pair = match column.spikes.as_slice() {
        [] | [_] => true,
        [low, high] => is_low(low) && !is_low(high) && low.next <= high.next,
        _ => false,
    };
    is_pair && total < 1.0 && column.spikes.iter().all(is_valid)
}

impl Described for ModelFile {
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        fields.push("format", FORMAT);
        fields.push("version", vec![VERSION]);
        fields.extend(self.pipeline.fields());
        fields.extend(self.image.as_ref().map(Described::fields).unwrap_or_default());
        fields.extend(self.columns.fields());
        fields.extend(self.search.as_ref().map(Described::fields).unwrap_or_default());
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        check_version(source)?;
        let file = Self {
            pipeline: Described::from_fields(source)?,
            image: Section::find(source)?,
            columns: Described::from_fields(source)?,
            search: Section::find(source)?,
        };
        file.check()?;
        Ok(file)
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
    if version != VERSION as f64 {
        return Err(malformed(format!(
            "it has version {version} and this mixlab reads version {VERSION}; \
             use the mixlab that wrote it, or fit again"
        )));
    }
    Ok(())
}
