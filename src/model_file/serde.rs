//! Serde's traits for models, their parts, and reports.

use ::serde::de::{Deserialize, Deserializer, Error as _};
use ::serde::ser::{Serialize, Serializer};

use super::fields::{Fields, Value, wrong};
use super::source::Source;
use super::{Described, ModelFile, SearchSummary, column};
use crate::error::{Error, Result};
use crate::images::ImageShape;
use crate::kmeans::KMeans;
use crate::mixture::{CovarianceSpec, Covariances, Criteria, Criterion, GaussianMixture};
use crate::pipeline::Pipeline;
use crate::preprocess::pca::Pca;
use crate::preprocess::preprocessor::Preprocessor;
use crate::preprocess::scaler::StandardScaler;
use crate::rows::schema::Column;

/// What is wrong, without the place, which is not known.
fn problem(error: Error) -> String {
    match error {
        Error::ModelFormat { problem, .. } => problem,
        other => other.to_string(),
    }
}

/// What consists of fields is a map of them.
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

/// What has a name is its name.
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

/// The text of the error: reports are read by people.
impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The family and its arrays. They are read back with the mixture that they belong to, which knows the number of
/// components and of features.
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

/// A number that is no array.
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

/// Besides what they follow from, the criteria by their names; these are not read.
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
            value => {
                Err(wrong(format!("array {name:?} has {value} where a finite number was expected")))
            }
        };
        let (n_samples, log_likelihood) = (finite("n_samples")?, finite("log_likelihood")?);
        let log_certainty = finite("log_certainty")?;
        Ok(Self::new(n_samples, log_likelihood, log_certainty, source.read("n_parameters")?))
    }
}

/// A [`Column`] as it is read: what does not make sense is not known.
#[derive(::serde::Deserialize)]
struct ColumnFields {
    name: String,
    range: Option<[f64; 2]>,
    decimals: Option<u32>,
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ColumnFields { name, range, decimals } = ColumnFields::deserialize(deserializer)?;
        let range = range.unwrap_or([f64::NAN; 2]);
        Ok(column(range, decimals.map_or(-1.0, f64::from), name))
    }
}
