//! The columns of the rows of a fit.

use crate::error::{Error, Result};
use crate::mixture::init::Init;
use crate::mixture::params::GmmValidParams;
use crate::rows::backend::Backend;
use crate::rows::layout::{MOST_LEVELS, RowLayout};
use crate::rows::summaries::{ColumnSummary, column_summaries};

/// The columns of the rows of a fit: which are categories, and the summaries of those that are numbers.
#[derive(Debug)]
pub(in crate::mixture) struct FitColumns {
    pub(in crate::mixture) layout: RowLayout,
    pub(in crate::mixture) numeric: Vec<ColumnSummary>,
}

impl FitColumns {
    /// Summarises the columns of a fit. All numbers must vary.
    ///
    /// # Errors
    /// [`Error::ConstantColumns`]; [`Error::EmptyColumns`]; [`Error::TooFewSamples`] for a single row; [`Error::TooWide`];
    /// [`Error::InvalidParam`] for categories that are not columns of the rows, or with too many levels.
    pub(super) fn of(backend: &mut dyn Backend, params: &GmmValidParams) -> Result<Self> {
        let categorical = &params.categorical;
        let is_category = |column: &usize| categorical.binary_search(column).is_ok();
        if categorical.last().is_some_and(|&last| last >= backend.n_features()) {
            let given = format!("{categorical:?}");
            return Err(Error::param("categorical", given, "columns of the rows, from 0"));
        }
        let columns = column_summaries(backend)?;
        let all = 0..columns.len();
        let empty: Vec<usize> = all.clone().filter(|&column| columns[column].is_empty()).collect();
        if !empty.is_empty() {
            return Err(Error::EmptyColumns { columns: empty });
        }
        let numbers: Vec<usize> = all.filter(|column| !is_category(column)).collect();
        let is_constant = |column: &usize| columns[*column].is_constant();
        if backend.n_samples() == 1 && !numbers.is_empty() && numbers.iter().all(is_constant) {
            return Err(Error::TooFewSamples {
                n_samples: 1,
                needed: 2,
                wanted: "a variance".into(),
            });
        }
        let constant: Vec<usize> = numbers.iter().copied().filter(is_constant).collect();
        if !constant.is_empty() {
            return Err(Error::ConstantColumns { columns: constant });
        }
        let n_levels = match &params.init {
            Init::Model(start) => start.categories().n_levels().to_vec(),
            _ => categorical.iter().map(|&at| n_levels(&columns[at])).collect::<Result<_>>()?,
        };
        let numeric: Vec<ColumnSummary> = numbers.iter().map(|&column| columns[column]).collect();
        let may_be_missing = numeric.iter().any(|column| column.has_missing);
        let layout = RowLayout { categorical: categorical.clone(), n_levels, may_be_missing };
        Ok(Self { layout, numeric })
    }
}

/// Number of levels of a category: one more than the largest index.
fn n_levels(column: &ColumnSummary) -> Result<usize> {
    if column.max >= MOST_LEVELS as f64 {
        return Err(Error::param("categorical", column.max, "indices of levels below a million"));
    }
    Ok(column.max.max(0.0) as usize + 1)
}
