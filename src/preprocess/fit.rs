//! Fits of preprocessors.

use linfa::prelude::ParamGuard;

use super::columns::{ColumnLayout, Missing};
use super::pca::PcaParams;
use super::preprocessor::Preprocessor;
use super::scaler::{StandardScaler, check_not_empty};
use super::shape::Shaping;
use crate::error::{Error, Result};
use crate::rows::backend::Backend;
use crate::rows::summaries::{ColumnSummary, column_summaries};

/// Parameters of a preprocessor.
pub(crate) struct PreprocessorParams<'a> {
    /// Columns that are categories, ascending.
    pub(crate) categorical: Vec<usize>,
    /// The category that is the class of a row: whether it is missing tells nothing.
    pub(crate) class: Option<usize>,
    pub(crate) missing: Missing,
    pub(crate) shaping: Shaping,
    pub(crate) standardize: bool,
    pub(crate) pca: Option<&'a PcaParams>,
}

impl PreprocessorParams<'_> {
    /// Fits to the rows of any backend.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for categories that are not columns; [`Error::EmptyColumns`]; [`Error::IncompleteRows`] for a PCA
    /// of numbers that can be missing; errors of the scaler and the PCA, and any error from reading the rows.
    pub(crate) fn fit_backend(&self, backend: &mut dyn Backend) -> Result<Preprocessor> {
        let n_features = backend.n_features();
        if self.categorical.last().is_some_and(|&last| last >= n_features) {
            let given = format!("{:?}", self.categorical);
            return Err(Error::param("categorical", given, "columns of the rows, from 0"));
        }
        let is_needed = self.standardize || backend.may_be_missing() || !self.shaping.is_empty();
        let summaries = if is_needed { column_summaries(backend)? } else { Vec::new() };
        check_not_empty(&summaries)?;
        let layout = self.layout(n_features, &summaries)?;
        if self.pca.is_some() {
            let has_missing = |&column: &usize| {
                summaries.get(column).is_some_and(|summary: &ColumnSummary| summary.has_missing)
            };
            if layout.numbers().iter().any(has_missing) {
                return Err(Error::IncompleteRows { what: "PCA" });
            }
        }
        let shapes = self.shaping.shapes_of(layout.numbers());
        let mut scaler = None;
        if self.standardize && !layout.numbers().is_empty() {
            let params = StandardScaler::params();
            scaler = Some(if self.shaping.is_empty() {
                params.fit_columns(backend, &summaries, layout.numbers())?
            } else {
                let unscaled = Preprocessor::new(None, None)?.with_layout(layout.clone())?;
                let unscaled = unscaled.with_shapes(shapes.clone())?;
                let shaped = &mut *backend.transformed(&unscaled)?;
                let summaries = column_summaries(shaped)?;
                // the numbers are first
                let numbers: Vec<usize> = (0..layout.numbers().len()).collect();
                params.fit_columns(shaped, &summaries, &numbers)?
            });
        }
        let mut pca = None;
        if let Some(params) = self.pca {
            if layout.numbers().is_empty() {
                return Err(Error::param("pca", "a PCA", "left out, as no column is a number"));
            }
            let scaling =
                Preprocessor::new(scaler.clone(), None)?.with_layout(layout.numbers_only())?;
            let scaling = scaling.with_shapes(shapes.clone())?;
            let scaled = &mut *backend.transformed(&scaling)?;
            pca = Some(params.check_ref()?.fit_backend(scaled)?);
        }
        Preprocessor::new(scaler, pca)?.with_layout(layout)?.with_shapes(shapes)
    }

    /// The layout of columns with these summaries, which are known if values may be missing.
    fn layout(&self, n_features: usize, summaries: &[ColumnSummary]) -> Result<ColumnLayout> {
        let has_missing =
            |&column: &usize| summaries[column].has_missing && Some(column) != self.class;
        let indicators = match self.missing {
            Missing::Informative => (0..summaries.len()).filter(has_missing).collect(),
            Missing::AtRandom => Vec::new(),
        };
        let Shaping { levels, spikes, .. } = &self.shaping;
        let mut categories = self.categorical.clone();
        categories.extend(levels.iter().map(|(column, _)| column));
        categories.sort_unstable();
        categories.dedup();
        let mut layout = ColumnLayout::new(n_features, categories, indicators)?;
        for (column, values) in levels {
            layout = layout.with_levels(*column, values.clone())?;
        }
        for (column, values) in spikes {
            let has_missing = layout.has_missing(*column);
            layout = layout.with_spikes(*column, values.clone(), has_missing)?;
        }
        Ok(layout)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use crate::prelude::*;
    use crate::{Error, Missing};

    const NAN: f64 = f64::NAN;

    fn rows() -> Array2<f64> {
        array![[1.0, 0.0, 7.0], [NAN, 1.0, 8.0], [3.0, NAN, 6.0], [5.0, 1.0, 4.0]]
    }

    #[test]
    fn columns_with_missing_values_get_indicators_unless_they_are_missing_at_random() {
        let params = Pipeline::params().categorical([1]).standardize(true);
        let preprocessor = params.fit_preprocessor(&rows()).unwrap();
        let layout = preprocessor.layout().unwrap();
        assert_eq!(
            (layout.numbers(), layout.categories(), layout.indicators()),
            (&[0, 2][..], &[1][..], &[0, 1][..])
        );
        assert_eq!(preprocessor.scaler().unwrap().mean(), array![3.0, 6.25]);
        let params = params.missing(Missing::AtRandom);
        let preprocessor = params.fit_preprocessor(&rows()).unwrap();
        assert!(preprocessor.layout().unwrap().indicators().is_empty());
        // numbers alone, missing at random, need no layout
        let numbers = rows().select(Axis(1), &[0, 2]);
        let params = Pipeline::params().missing(Missing::AtRandom);
        assert!(params.fit_preprocessor(&numbers).unwrap().is_identity());
    }

    #[test]
    fn a_pca_concerns_the_numbers_and_needs_all_of_them() {
        let params = Pipeline::params().categorical([1]).pca(Pca::params(1));
        let error = params.fit_preprocessor(&rows()).unwrap_err();
        assert!(matches!(error, Error::IncompleteRows { .. }), "{error}");
        let complete = array![[1.0, 0.0, 7.0], [2.0, 1.0, 8.0], [3.0, NAN, 6.0], [5.0, 1.0, 4.0]];
        let preprocessor = params.fit_preprocessor(&complete).unwrap();
        let reduced = preprocessor.try_transform(complete.view()).unwrap();
        assert_eq!(reduced.dim(), (4, 3));
        let numbers = complete.select(Axis(1), &[0, 2]);
        let alone = Pipeline::params().pca(Pca::params(1)).fit_preprocessor(&numbers).unwrap();
        let expected = alone.try_transform(numbers.view()).unwrap();
        assert_eq!(reduced.column(0), expected.column(0));
        assert!(reduced[[2, 1]].is_nan() && reduced.column(2).to_vec() == [0.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn columns_that_cannot_be_used_are_refused() {
        let empty = array![[1.0, NAN], [2.0, NAN]];
        let error = Pipeline::params().fit_preprocessor(&empty).unwrap_err();
        assert!(matches!(error, Error::EmptyColumns { columns } if columns == [1]));
        let error = Pipeline::params().categorical([3]).fit_preprocessor(&rows()).unwrap_err();
        assert!(matches!(error, Error::InvalidParam { name: "categorical", .. }), "{error}");
        let categories = array![[0.0], [1.0]];
        let params = Pipeline::params().categorical([0]).pca(Pca::params(1));
        let error = params.fit_preprocessor(&categories).unwrap_err();
        assert!(matches!(error, Error::InvalidParam { name: "pca", .. }), "{error}");
    }
}
