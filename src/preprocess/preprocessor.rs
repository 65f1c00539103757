//! The preprocessor of a mixture: shapes, standardisation, then PCA, each optional, of the columns that are numbers.

use ndarray::{Array2, ArrayView2, Axis, CowArray, Ix2};

use crate::error::{Error, Result};
use crate::preprocess::columns::ColumnLayout;
use crate::preprocess::pca::Pca;
use crate::preprocess::scaler::StandardScaler;
use crate::preprocess::shape::{Shape, Shapes};
use crate::rows::backend::{Backend, RowTransform};
use crate::rows::linfa::transform_by_try_transform;
use crate::rows::pass::Pass;
use crate::rows::summaries::SummariesRequest;
use crate::rows::{check_columns, check_finite, has_missing};

/// Shapes of columns, standardisation, then PCA, each optional: the map from the space of the data to the space in which a mixture
/// is fitted, and its inverse.
///
/// With a [`ColumnLayout`] they concern the columns that are numbers, which become the first columns; categories and indicators of
/// missing values follow. Missing values, NaN, stay missing; a PCA needs complete numbers.
///
/// # Examples
/// ```
/// use mixlab::{Preprocessor, prelude::*};
///
/// let digits = datasets::digits();
/// let pca = Pca::params(0.99).whiten(true).fit(&digits)?;
/// let preprocessor = Preprocessor::new(None, Some(pca))?;
/// assert_eq!(preprocessor.try_transform(digits.records.view())?.ncols(), 41);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preprocessor {
    /// None if all columns are numbers without indicators.
    layout: Option<ColumnLayout>,
    /// None if all columns keep their shape.
    shapes: Option<Shapes>,
    scaler: Option<StandardScaler>,
    pca: Option<Pca>,
}

impl Preprocessor {
    /// Combines a scaler and a PCA.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless the scaler gives the columns that the PCA takes.
    pub fn new(scaler: Option<StandardScaler>, pca: Option<Pca>) -> Result<Self> {
        if let (Some(scaler), Some(pca)) = (&scaler, &pca)
            && scaler.mean().len() != pca.n_features()
        {
            return Err(Error::shape("the scaler", pca.n_features(), scaler.mean().len()));
        }
        Ok(Self { layout: None, shapes: None, scaler, pca })
    }

    /// Sets the shape of each column that is a number, in their order.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless there are as many shapes as numbers.
    pub fn with_shapes(mut self, shapes: Vec<Shape>) -> Result<Self> {
        let n_shapes = shapes.len();
        match self.layout.as_ref().map(|layout| layout.numbers().len()).or(self.n_scaled()) {
            Some(expected) if expected != n_shapes => {
                return Err(Error::shape("the shapes of columns", expected, n_shapes));
            }
            _ => {}
        }
        self.shapes = Shapes::new(shapes);
        Ok(self)
    }

    /// Sets which columns of the data are numbers, categories, and have an indicator of missing values or spikes.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] unless the shapes, the scaler or the PCA take as many columns as there are numbers;
    /// [`Error::InvalidParam`] for spikes before a PCA, which needs complete numbers.
    pub fn with_layout(mut self, layout: ColumnLayout) -> Result<Self> {
        let n_numbers = layout.numbers().len();
        match self.n_scaled() {
            Some(expected) if expected != n_numbers => {
                return Err(Error::shape("the numbers among the columns", expected, n_numbers));
            }
            _ => {}
        }
        if self.pca.is_some() && layout.has_spikes() {
            return Err(Error::param("spikes", "spikes before a PCA", "none"));
        }
        self.layout = (!layout.is_plain()).then_some(layout);
        Ok(self)
    }

    /// Which columns are numbers, categories, and have an indicator; none if all columns are numbers without indicators.
    pub fn layout(&self) -> Option<&ColumnLayout> {
        self.layout.as_ref()
    }

    /// The shapes of the columns that are numbers; none if all of them are identities.
    pub fn shapes(&self) -> Option<&Shapes> {
        self.shapes.as_ref()
    }

    /// The standardisation.
    pub fn scaler(&self) -> Option<&StandardScaler> {
        self.scaler.as_ref()
    }

    /// The principal component analysis.
    pub fn pca(&self) -> Option<&Pca> {
        self.pca.as_ref()
    }

    /// Whether rows are unchanged.
    pub fn is_identity(&self) -> bool {
        self.layout.is_none() && self.keeps_units()
    }

    /// Whether numbers keep their units, so that log-densities are those of the data.
    pub fn keeps_units(&self) -> bool {
        self.shapes.is_none() && self.scaler.is_none() && self.pca.is_none()
    }

    /// Number of features of the data, if it is determined.
    pub(crate) fn n_features(&self) -> Option<usize> {
        self.layout.as_ref().map(ColumnLayout::n_features).or(self.n_scaled())
    }

    /// Number of numbers that the shapes, the scaler or the PCA take.
    fn n_scaled(&self) -> Option<usize> {
        let of_shapes = self.shapes.as_ref().map(|shapes| shapes.as_slice().len());
        let of_scaler = || self.scaler.as_ref().map(|scaler| scaler.mean().len());
        of_shapes.or_else(of_scaler).or(self.pca.as_ref().map(Pca::n_features))
    }

    /// Number of numbers of the mixture, if it is determined.
    pub(crate) fn n_reduced_numbers(&self) -> Option<usize> {
        let of_layout = || self.layout.as_ref().map(|layout| layout.numbers().len());
        self.pca.as_ref().map(Pca::n_components).or_else(of_layout).or(self.n_scaled())
    }

    /// Number of features of the mixture, if it is determined.
    pub(crate) fn n_reduced(&self) -> Option<usize> {
        let n_categories = self.layout.as_ref().map_or(0, ColumnLayout::n_categories);
        self.n_reduced_numbers().map(|n_numbers| n_numbers + n_categories)
    }

    /// Columns of the mixture that are categories or indicators; none without a layout.
    pub(crate) fn categories(&self) -> Option<std::ops::Range<usize>> {
        let (layout, n_numbers) = self.layout.as_ref().zip(self.n_reduced_numbers())?;
        Some(n_numbers..n_numbers + layout.n_categories())
    }

    /// Replaces columns of the mixture in an error by those of the data.
    pub(crate) fn in_data(&self, error: Error) -> Error {
        match &self.layout {
            Some(layout) => layout.in_data(error, self.pca.as_ref().map(Pca::n_components)),
            None => error,
        }
    }

    /// Returns an error if numbers are missing that a PCA needs.
    ///
    /// # Errors
    /// [`Error::IncompleteRows`], and any error from reading the rows.
    pub(crate) fn check_complete(&self, backend: &mut dyn Backend) -> Result<()> {
        if self.pca.is_none() || !backend.may_be_missing() {
            return Ok(());
        }
        let summaries = Pass::new(SummariesRequest::default()).over(backend)?;
        let is_missing = |column: usize| summaries.missing[column].1 > 0;
        let is_incomplete = match &self.layout {
            Some(layout) => layout.numbers().iter().any(|&column| is_missing(column)),
            None => (0..backend.n_features()).any(is_missing),
        };
        if is_incomplete { Err(Error::IncompleteRows { what: "PCA" }) } else { Ok(()) }
    }

    /// Transforms rows into the space of the mixture.
    ///
    /// linfa's `transform` does the same, but panics where this returns an error.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`]; [`Error::NonFinite`] for infinite values, and before a PCA for missing numbers.
    pub fn try_transform(&self, records: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        if let Some(n_features) = self.n_features() {
            check_columns(records.ncols(), n_features)?;
        }
        let is_incomplete = has_missing(records)?;
        if is_incomplete && self.pca.is_some() {
            check_finite(self.numbers(records).view())?;
        }
        Ok(self.apply(records))
    }

    /// Transforms rows back into the space of the data. Values are missing where an indicator says so.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`].
    pub fn inverse_transform(&self, reduced: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        if let Some(n_reduced) = self.n_reduced() {
            check_columns(reduced.ncols(), n_reduced)?;
        }
        let (numbers, categories) = self.split_reduced(reduced);
        let numbers = self.inverse_numbers(numbers)?;
        Ok(self.join(numbers, categories))
    }

    /// Splits rows of the mixture into numbers and categories.
    pub(crate) fn split_reduced<'r>(
        &self,
        reduced: ArrayView2<'r, f64>,
    ) -> (ArrayView2<'r, f64>, ArrayView2<'r, f64>) {
        let n_categories = self.layout.as_ref().map_or(0, ColumnLayout::n_categories);
        reduced.split_at(Axis(1), reduced.ncols() - n_categories)
    }

    /// Returns rows of the data with these numbers, in the space of the data, and these categories and indicators.
    /// Values are missing where an indicator says so.
    pub(crate) fn join(
        &self,
        numbers: Array2<f64>,
        categories: ArrayView2<'_, f64>,
    ) -> Array2<f64> {
        match &self.layout {
            Some(layout) => layout.disassemble(numbers.view(), categories),
            None => numbers,
        }
    }

    /// Transforms the numbers of rows of the mixture back into the space of the data.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`].
    pub(crate) fn inverse_numbers(&self, reduced: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        self.unshape(self.inverse_shaped(reduced)?)
    }

    /// Transforms the numbers of rows of the mixture back into shaped numbers.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`].
    pub(crate) fn inverse_shaped(&self, reduced: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
        let scaled = match &self.pca {
            Some(pca) => pca.inverse_transform(reduced)?,
            None => reduced.to_owned(),
        };
        match &self.scaler {
            Some(scaler) => scaler.inverse_transform(scaled.view()),
            None => Ok(scaled),
        }
    }

    /// Transforms shaped numbers back into the space of the data.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`].
    pub(crate) fn unshape(&self, shaped: Array2<f64>) -> Result<Array2<f64>> {
        match &self.shapes {
            Some(shapes) => shapes.inverse(shaped),
            None => Ok(shaped),
        }
    }

    /// The numbers of rows of the data.
    pub(super) fn numbers<'r>(&self, records: ArrayView2<'r, f64>) -> CowArray<'r, f64, Ix2> {
        match &self.layout {
            Some(layout) => layout.select_numbers(records).into(),
            None => records.into(),
        }
    }

    /// Shapes the numbers of rows.
    pub(crate) fn shape<'r>(&self, numbers: ArrayView2<'r, f64>) -> CowArray<'r, f64, Ix2> {
        match &self.shapes {
            Some(shapes) => shapes.apply(numbers).into(),
            None => numbers.into(),
        }
    }

    /// Shapes and scales the numbers of rows.
    pub(crate) fn scale<'r>(&self, numbers: ArrayView2<'r, f64>) -> CowArray<'r, f64, Ix2> {
        match &self.scaler {
            Some(scaler) => scaler.apply(self.shape(numbers).view()).into(),
            None => self.shape(numbers),
        }
    }
}

transform_by_try_transform!(Preprocessor);

impl RowTransform for Preprocessor {
    fn is_identity(&self) -> bool {
        self.is_identity()
    }

    fn n_inputs(&self) -> Option<usize> {
        self.n_features()
    }

    fn n_outputs(&self, n_inputs: usize) -> usize {
        self.n_reduced().unwrap_or(n_inputs)
    }

    /// Rows at a spike have no number, and values that are no levels count as missing.
    fn may_make_missing(&self) -> bool {
        self.layout.as_ref().is_some_and(ColumnLayout::has_values)
    }

    fn apply(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        let numbers = self.numbers(rows);
        let scaled = self.scale(numbers.view());
        let reduced = match &self.pca {
            Some(pca) => pca.apply(scaled.view()),
            None => scaled.into_owned(),
        };
        match &self.layout {
            Some(layout) => layout.assemble(reduced, rows),
            None => reduced,
        }
    }
}
