//! Serde implementations for models, their components, and reports.

use ::serde::de::{Deserialize, Deserializer, Error as _};
use ::serde::ser::{Serialize, Serializer};

use super::columns::{describe, has_valid_spikes, has_valid_values};
use super::fields::{Fields, Value, malformed};
use super::source::Source;
use super::{Described, ModelFile, SearchSummary};
use crate::error::{Error, Result};
use crate::images::ImageShape;
use crate::kmeans::KMeans;
use crate::mixture::{CovarianceSpec, Covariances, Criteria, Criterion, GaussianMixture};
use crate::pipeline::Pipeline;
use crate::preprocess::pca::Pca;
use crate::preprocess::preprocessor::Preprocessor;
use crate::preprocess::scaler::StandardScaler;
use crate::rows::kind::ValueKind;
use crate::rows::schema::{Column, Spike};

/// Returns the problem of an error, without the unknown path.
fn problem(error: Error) -> String {
    match error {
        Error::ModelFormat { problem, .. } => problem,
        other => other.to_string(),
    }
}

/// Implements serialisation of types that consist of fields, as a map.
macro_rules! by_fields {
    ($($Type:ty),+ $(,)?) => {
        $(impl Serialize for $Type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.fields().serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $Type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut fields = Fields::deserialize(deserializer)?;
                Described::from_fields(&mut Source::new(&mut fields))
                    .map_err(|error| D::Error::custom(problem(error)))
            }
        })+
    };
}

by_fields!(
    Criteria,
    Preprocessor,
    GaussianMixture,
    ImageShape,
    KMeans,
    ModelFile,
    Pca,
    Pipeline,
    SearchSummary,
    StandardScaler,
);

/// Implements serialisation of types by their names.
macro_rules! by_name {
    ($($Type:ty),+) => {
        $(impl Serialize for $Type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $Type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        })+
    };
}

by_name!(CovarianceSpec, Criterion);

/// An error is serialised as its message.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The family and its arrays. They are deserialised as part of a mixture only, which has the numbers of components and
/// features.
impl Serialize for Covariances {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields::default();
        fields.push("covariance_type", self.covariance_type().to_string());
        for (name, array) in self.arrays() {
            fields.push(name, array);
        }
        fields.serialize(serializer)
    }
}

/// Returns a scalar value.
fn scalar<'a>(number: f64) -> Value<'a> {
    ndarray::arr0(number).into_dyn().into()
}

impl Described for KMeans {
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        fields.push("centroids", self.centroids());
        fields.push("inertia", scalar(self.inertia()));
        fields.push("n_iter", Value::Integer(self.n_iter() as i64));
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        Self::new(source.read("centroids")?, source.read("inertia")?, source.read("n_iter")?)
    }
}

/// The fields from which the criteria follow, and the criteria by name, which are not read back.
impl Described for Criteria {
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        fields.push("n_samples", scalar(self.n_samples));
        fields.push("log_likelihood", scalar(self.log_likelihood));
        fields.push("log_certainty", scalar(self.log_certainty()));
        fields.push("n_parameters", Value::Integer(self.n_parameters as i64));
        for (criterion, value) in self.iter() {
            fields.push(criterion.name(), scalar(value));
        }
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        let mut finite = |name: &str| match source.read::<f64>(name)? {
            value if value.is_finite() => Ok(value),
            value => Err(malformed(format!(
                "array {name:?} has {value} where a finite number was expected"
            ))),
        };
        let (n_samples, log_likelihood) = (finite("n_samples")?, finite("log_likelihood")?);
        let log_certainty = finite("log_certainty")?;
        let criteria =
            Self::new(n_samples, log_likelihood, log_certainty, source.read("n_parameters")?);
        let name = Criterion::HeldOut.name();
        let held_out = source.group(&[name])?.then(|| source.read(name)).transpose()?;
        Ok(criteria.with_held_out(held_out))
    }
}

/// The fields of a [`Column`]; an invalid range or number of decimals is read as unknown.
#[derive(::serde::Deserialize)]
struct ColumnFields {
    name: String,
    range: Option<[f64; 2]>,
    decimals: Option<u32>,
    #[serde(default)]
    step: Option<f64>,
    #[serde(default)]
    kind: ValueKind,
    #[serde(default)]
    spikes: Vec<Spike>,
    #[serde(default)]
    values: Vec<(f64, f64)>,
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ColumnFields { name, range, decimals, step, kind, spikes, values } =
            ColumnFields::deserialize(deserializer)?;
        let mut column = Self { kind, spikes, step, ..Self::named(name) };
        let range = range.unwrap_or([f64::NAN; 2]);
        describe(&mut column, range, decimals.map_or(-1.0, f64::from));
        if !has_valid_spikes(&column) {
            return Err(D::Error::custom("the spikes of a column are not at its ends"));
        }
        for value in values {
            column.values.push(value);
            if !has_valid_values(&column) {
                return Err(D::Error::custom("the values of a column do not ascend"));
            }
        }
        Ok(column)
    }
}
