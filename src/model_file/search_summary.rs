//! Summaries of the search that chose a model.

use ndarray::{Array1, Array2, ArrayD, Axis};

use super::fields::malformed;
use super::source::count;
use crate::error::Result;
use crate::mixture::{CovarianceType, Criterion, Selection};

/// Summary of the search that chose a model: the number of rows, and the models that were fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchSummary {
    /// Number of rows to which the model was fitted.
    pub n_samples: usize,
    /// Criterion of the selection.
    pub criterion: Criterion,
    /// All models that could be fitted, in the order of the search.
    pub entries: Vec<SearchEntry>,
}

/// A model of a search.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(::serde::Serialize, ::serde::Deserialize))]
pub struct SearchEntry {
    /// Number of components.
    pub n_components: usize,
    /// Covariance family.
    pub covariance_type: CovarianceType,
    /// Criteria with their values in the space of the mixture; all entries of a summary have the same criteria.
    pub criteria: Vec<(Criterion, f64)>,
}

impl SearchEntry {
    /// Returns the value of a criterion, if known.
    pub fn value(&self, criterion: Criterion) -> Option<f64> {
        let found = self.criteria.iter().find(|(known, _)| *known == criterion);
        found.map(|&(_, value)| value)
    }
}

impl SearchSummary {
    /// Summarises a search over `n_samples` rows.
    pub fn of(selection: &Selection, n_samples: usize) -> Self {
        let entries = selection.cells().iter().filter_map(|cell| {
            let criteria = cell.outcome.as_ref().ok()?.criteria;
            let is_known = criteria.get(selection.criterion()).is_finite();
            is_known.then(|| SearchEntry {
                n_components: cell.n_components,
                covariance_type: cell.covariance_type,
                criteria: criteria.iter().collect(),
            })
        });
        Self { n_samples, criterion: selection.criterion(), entries: entries.collect() }
    }

    /// Returns the curve of a criterion for each family, in the order of the search: numbers of components with the values of
    /// the criterion, where known.
    pub fn curves(&self, criterion: Criterion) -> Vec<(CovarianceType, Vec<(f64, f64)>)> {
        let mut curves: Vec<(CovarianceType, Vec<(f64, f64)>)> = Vec::new();
        for entry in &self.entries {
            let Some(value) = entry.value(criterion) else { continue };
            let point = (entry.n_components as f64, value);
            match curves.iter_mut().find(|(family, _)| *family == entry.covariance_type) {
                Some((_, curve)) => curve.push(point),
                None => curves.push((entry.covariance_type, vec![point])),
            }
        }
        curves
    }
}

/// The columns in which a summary is stored.
impl SearchSummary {
    pub(super) fn numbers_of_components(&self) -> Vec<i64> {
        self.entries.iter().map(|entry| entry.n_components as i64).collect()
    }

    pub(super) fn covariance_types(&self) -> Vec<String> {
        self.entries.iter().map(|entry| entry.covariance_type.to_string()).collect()
    }

    fn criteria(&self) -> Vec<Criterion> {
        let first = self.entries.first().map(|entry| entry.criteria.iter());
        first.map_or([Criterion::Bic, Criterion::Aic, Criterion::Icl].into(), |first| {
            first.map(|&(criterion, _)| criterion).collect()
        })
    }

    pub(super) fn criterion_names(&self) -> Vec<String> {
        self.criteria().into_iter().map(|criterion| criterion.name().to_owned()).collect()
    }

    /// Returns one row per entry and one column per criterion; missing values are NaN, which is an error on reading.
    pub(super) fn values(&self) -> ArrayD<f64> {
        let criteria = self.criteria();
        let value = |(row, column): (usize, usize)| self.entries[row].value(criteria[column]);
        let shape = (self.entries.len(), criteria.len());
        Array2::from_shape_fn(shape, |at| value(at).unwrap_or(f64::NAN)).into_dyn()
    }

    /// Constructs a summary from its columns. Without names, the criteria are BIC, AIC and ICL. Criteria with unknown names are
    /// ignored, and so are duplicates after the first.
    pub(super) fn from_columns(
        n_samples: usize,
        criterion: Criterion,
        numbers: Array1<f64>,
        types: String,
        values: ArrayD<f64>,
        names: Option<String>,
    ) -> Result<Self> {
        let types = types.lines().map(str::parse).collect::<Result<Vec<_>>>()?;
        let names = names.unwrap_or("bic\naic\nicl".into());
        let mut criteria: Vec<Option<Criterion>> = Vec::new();
        for name in names.lines() {
            let known = name.parse().ok().map(Some);
            criteria.push(known.filter(|known| !criteria.contains(known)).flatten());
        }
        // in JSON the number of columns of a matrix without rows is unknown
        let is_empty = numbers.is_empty() && values.is_empty();
        let has_shape = is_empty || values.shape() == [numbers.len(), criteria.len()];
        if types.len() != numbers.len() || !has_shape {
            return Err(malformed("not every model of its search has a type and criteria".into()));
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(malformed(
                "array \"search_criteria\" has values that are not finite".into(),
            ));
        }
        let entries = numbers.iter().zip(types).zip(values.axis_iter(Axis(0)));
        let entries = entries.map(|((&n_components, covariance_type), values)| {
            let values = criteria.iter().zip(values);
            let criteria = values.filter_map(|(known, &value)| Some(((*known)?, value))).collect();
            let n_components = count("search_n_components", n_components)?;
            Ok(SearchEntry { n_components, covariance_type, criteria })
        });
        Ok(Self { n_samples, criterion, entries: entries.collect::<Result<_>>()? })
    }
}
