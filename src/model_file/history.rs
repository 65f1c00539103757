//! How a model came to be: the search that chose it.

use crate::mixture::{CovarianceType, Criterion, Selection};

/// How a model was fitted: to how many rows, and which models were tried.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Rows it was fitted to.
    pub n_samples: usize,
    /// The criterion that chose it.
    pub criterion: Criterion,
    /// Every model that could be fitted, in the order of the search.
    pub tried: Vec<Tried>,
}

/// A model of a search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    /// Number of components.
    pub n_components: usize,
    /// Covariance family.
    pub covariance_type: CovarianceType,
    /// BIC, in the space of the mixture.
    pub bic: f64,
    /// AIC, in the space of the mixture.
    pub aic: f64,
    /// ICL, in the space of the mixture.
    pub icl: f64,
}

impl Tried {
    /// The value of a criterion.
    pub fn value(&self, criterion: Criterion) -> f64 {
        match criterion {
            Criterion::Bic => self.bic,
            Criterion::Aic => self.aic,
            Criterion::Icl => self.icl,
        }
    }
}

impl History {
    /// That of the best model of a search over `n_samples` rows.
    pub fn of(selection: &Selection, n_samples: usize) -> Self {
        let tried = selection.cells().iter().filter_map(|cell| {
            let criteria = &cell.outcome.as_ref().ok()?.criteria;
            Some(Tried {
                n_components: cell.n_components,
                covariance_type: cell.covariance_type,
                bic: criteria.bic,
                aic: criteria.aic,
                icl: criteria.icl,
            })
        });
        Self { n_samples, criterion: selection.criterion(), tried: tried.collect() }
    }

    /// The curve of a criterion for each family, in the order of the search: numbers of components with its values.
    pub fn curves(&self, criterion: Criterion) -> Vec<(CovarianceType, Vec<(f64, f64)>)> {
        let mut curves: Vec<(CovarianceType, Vec<(f64, f64)>)> = Vec::new();
        for tried in &self.tried {
            let point = (tried.n_components as f64, tried.value(criterion));
            match curves.iter_mut().find(|(family, _)| *family == tried.covariance_type) {
                Some((_, curve)) => curve.push(point),
                None => curves.push((tried.covariance_type, vec![point])),
            }
        }
        curves
    }
}
