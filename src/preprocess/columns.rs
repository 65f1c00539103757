//! The columns of the data by what they are: numbers, categories, and columns with an indicator of missing values.

use ndarray::{Array2, ArrayView2, Axis, Slice};

use crate::error::{Error, Result};

/// How missing values are modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Missing {
    /// Whether a value is missing tells something about its row: each column with missing values gets an indicator, a category
    /// of two levels (observed, missing), so that samples have missing values as the data do.
    #[default]
    Informative,
    /// Whether a value is missing does not depend on it, given the observed values of its row: missing values are integrated
    /// out, and samples are complete.
    AtRandom,
}

/// The columns of the data by what they are: numbers, categories, and columns with an indicator of missing values.
///
/// A [`Preprocessor`](crate::Preprocessor) with a layout makes rows of a mixture from rows of the data:
/// ```text
/// columns of the data, NaN is missing  ->  numbers (scaled, reduced) | categories | indicators (0 observed, 1 missing)
/// ```
///
/// # Examples
/// ```
/// use mixlab::{ColumnLayout, Preprocessor};
/// use ndarray::array;
///
/// // column 1 is a category, and values of column 2 can be missing
/// let layout = ColumnLayout::new(3, vec![1], vec![2])?;
/// let preprocessor = Preprocessor::new(None, None)?.with_layout(layout)?;
/// let rows = array![[0.5, 2.0, 7.0]];
/// assert_eq!(preprocessor.try_transform(rows.view())?, array![[0.5, 7.0, 2.0, 0.0]]);
/// # Ok::<(), mixlab::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnLayout {
    n_features: usize,
    numbers: Vec<usize>,
    categories: Vec<usize>,
    indicators: Vec<usize>,
}

impl ColumnLayout {
    /// The layout of `n_features` columns of which `categories` are categories, `indicators` get an indicator of missing values,
    /// and all that are no categories are numbers. The lists are ascending.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless the lists ascend and name columns below `n_features`.
    pub fn new(n_features: usize, categories: Vec<usize>, indicators: Vec<usize>) -> Result<Self> {
        let is_number = |column: &usize| !categories.contains(column);
        let numbers = (0..n_features).filter(is_number).collect();
        Self::from_parts(n_features, numbers, categories, indicators)
    }

    /// A layout of some of the columns; those that are in no list are left out.
    ///
    /// # Errors
    /// Same as [`new`](Self::new); [`Error::InvalidParam`] if a column is a number and a category.
    pub(crate) fn from_parts(
        n_features: usize,
        numbers: Vec<usize>,
        categories: Vec<usize>,
        indicators: Vec<usize>,
    ) -> Result<Self> {
        let lists = [
            ("number columns", &numbers),
            ("categorical columns", &categories),
            ("columns with indicators", &indicators),
        ];
        for (name, columns) in lists {
            let ascends = columns.is_sorted_by(|a, b| a < b);
            if !ascends || columns.last().is_some_and(|&last| last >= n_features) {
                let expected = "ascending columns of the data, counted from 0";
                return Err(Error::param(name, format!("{columns:?}"), expected));
            }
        }
        if let Some(column) = categories.iter().find(|column| numbers.contains(column)) {
            return Err(Error::param("categorical columns", column, "no numbers"));
        }
        Ok(Self { n_features, numbers, categories, indicators })
    }

    /// The layout of numbers alone.
    pub(crate) fn of_numbers(n_features: usize) -> Self {
        let numbers = (0..n_features).collect();
        Self { n_features, numbers, categories: Vec::new(), indicators: Vec::new() }
    }

    /// The same numbers without the other columns.
    pub(crate) fn numbers_only(&self) -> Self {
        Self { categories: Vec::new(), indicators: Vec::new(), ..self.clone() }
    }

    /// Number of columns of the data.
    pub fn n_features(&self) -> usize {
        self.n_features
    }

    /// Columns of the data that are numbers, ascending.
    pub fn numbers(&self) -> &[usize] {
        &self.numbers
    }

    /// Columns of the data that are categories, ascending.
    pub fn categories(&self) -> &[usize] {
        &self.categories
    }

    /// Columns of the data with an indicator of missing values, ascending.
    pub fn indicators(&self) -> &[usize] {
        &self.indicators
    }

    /// Number of categories of the mixture: categories of the data and indicators.
    pub(crate) fn n_categories(&self) -> usize {
        self.categories.len() + self.indicators.len()
    }

    /// Whether every column of the data is a number or a category.
    pub(crate) fn is_complete(&self) -> bool {
        self.numbers.len() + self.categories.len() == self.n_features
    }

    /// Whether rows are unchanged: all columns are numbers, without indicators.
    pub(crate) fn is_plain(&self) -> bool {
        self.numbers.len() == self.n_features && self.n_categories() == 0
    }

    /// Returns the numbers of rows of the data, shape `(n_samples, numbers)`.
    pub(crate) fn select_numbers(&self, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        // row by row, unlike `select`
        let shape = (rows.nrows(), self.numbers.len());
        Array2::from_shape_fn(shape, |(row, at)| rows[[row, self.numbers[at]]])
    }

    /// Appends the categories and indicators of rows of the data to their transformed numbers.
    pub(crate) fn assemble(&self, numbers: Array2<f64>, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        let n_numbers = numbers.ncols();
        let mut assembled = Array2::zeros((rows.nrows(), n_numbers + self.n_categories()));
        assembled.slice_axis_mut(Axis(1), Slice::from(..n_numbers)).assign(&numbers);
        for (mut to, row) in assembled.rows_mut().into_iter().zip(rows.rows()) {
            let codes = self.categories.iter().map(|&column| row[column]);
            let is_missing = |&column: &usize| if row[column].is_nan() { 1.0 } else { 0.0 };
            let indicators = self.indicators.iter().map(is_missing);
            let to = to.iter_mut().skip(n_numbers);
            to.zip(codes.chain(indicators)).for_each(|(to, code)| *to = code);
        }
        assembled
    }

    /// Returns rows of the data with these numbers and these categories and indicators, shape `(n_samples, n_categories)`. Values
    /// whose indicator says so are missing, unless `complete`; columns of no list are missing.
    pub(crate) fn disassemble(
        &self,
        numbers: ArrayView2<'_, f64>,
        categories: ArrayView2<'_, f64>,
        complete: bool,
    ) -> Array2<f64> {
        let mut rows = Array2::from_elem((numbers.nrows(), self.n_features), f64::NAN);
        for (index, mut row) in rows.rows_mut().into_iter().enumerate() {
            for (&column, &number) in self.numbers.iter().zip(numbers.row(index)) {
                row[column] = number;
            }
            let codes = categories.row(index);
            for (&column, &code) in self.categories.iter().zip(codes) {
                row[column] = code;
            }
            let indicators = codes.iter().skip(self.categories.len());
            for (&column, &indicator) in self.indicators.iter().zip(indicators) {
                if indicator == 1.0 && !complete {
                    row[column] = f64::NAN;
                }
            }
        }
        rows
    }

    /// Replaces columns of the mixture in an error by those of the data. With a PCA its numbers are principal components, of
    /// which there are `n_reduced`, and not columns of the data.
    pub(crate) fn in_data(&self, error: Error, n_reduced: Option<usize>) -> Error {
        let n_numbers = n_reduced.unwrap_or(self.numbers.len());
        let others = || self.categories.iter().chain(&self.indicators);
        let of_data = |column: usize| match column.checked_sub(n_numbers) {
            Some(at) => others().nth(at).copied().unwrap_or(column),
            None if n_reduced.is_some() => column,
            None => self.numbers[column],
        };
        match error {
            Error::ConstantColumns { columns } => {
                Error::ConstantColumns { columns: columns.into_iter().map(of_data).collect() }
            }
            Error::EmptyColumns { columns } => {
                Error::EmptyColumns { columns: columns.into_iter().map(of_data).collect() }
            }
            Error::TooWide { column, min, max } => {
                Error::TooWide { column: of_data(column), min, max }
            }
            Error::UnknownLevel { row, column, value, n_levels } => {
                Error::UnknownLevel { row, column: of_data(column), value, n_levels }
            }
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    const NAN: f64 = f64::NAN;

    /// Columns of category, number, number, category; the first number and the last category can be missing.
    fn layout() -> ColumnLayout {
        ColumnLayout::new(4, vec![0, 3], vec![1, 3]).unwrap()
    }

    /// Compares rows in which NaN equals NaN.
    fn assert_same(rows: &Array2<f64>, expected: &Array2<f64>) {
        let bits =
            |rows: &Array2<f64>| rows.mapv(|x| if x.is_nan() { u64::MAX } else { x.to_bits() });
        assert_eq!(bits(rows), bits(expected));
    }

    #[test]
    fn rows_are_assembled_and_disassembled() {
        let layout = layout();
        let rows = array![[2.0, 0.5, 7.0, 1.0], [0.0, NAN, 8.0, NAN], [NAN, 1.5, 9.0, 0.0]];
        let numbers = layout.select_numbers(rows.view());
        let assembled = layout.assemble(numbers, rows.view());
        let expected = array![
            [0.5, 7.0, 2.0, 1.0, 0.0, 0.0],
            [NAN, 8.0, 0.0, NAN, 1.0, 1.0],
            [1.5, 9.0, NAN, 0.0, 0.0, 0.0]
        ];
        assert_same(&assembled, &expected);
        let (numbers, categories) = assembled.view().split_at(Axis(1), 2);
        assert_same(&layout.disassemble(numbers, categories, false), &rows);
    }

    #[test]
    fn indicators_make_drawn_values_missing_unless_rows_are_complete() {
        let (numbers, categories) = (array![[0.5, 7.0]], array![[2.0, 1.0, 1.0, 0.0]]);
        let rows = |complete| layout().disassemble(numbers.view(), categories.view(), complete);
        assert_same(&rows(false), &array![[2.0, NAN, 7.0, 1.0]]);
        assert_same(&rows(true), &array![[2.0, 0.5, 7.0, 1.0]]);
    }

    #[test]
    fn errors_name_columns_of_the_data() {
        let column = |column, n_reduced| {
            let error = Error::UnknownLevel { row: 0, column, value: 9.0, n_levels: 2 };
            match layout().in_data(error, n_reduced) {
                Error::UnknownLevel { column, .. } => column,
                other => panic!("{other}"),
            }
        };
        // numbers 1 and 2, categories 0 and 3, indicators of 1 and 3
        let columns: Vec<usize> = (0..6).map(|at| column(at, None)).collect();
        assert_eq!(columns, [1, 2, 0, 3, 1, 3]);
        // one principal component
        assert_eq!((column(0, Some(1)), column(2, Some(1))), (0, 3));
        let constant = Error::ConstantColumns { columns: vec![0, 1] };
        match layout().in_data(constant, None) {
            Error::ConstantColumns { columns } => assert_eq!(columns, [1, 2]),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn lists_of_columns_are_checked() {
        for (categories, indicators) in
            [(vec![4], vec![]), (vec![1, 0], vec![]), (vec![], vec![9]), (vec![1, 1], vec![])]
        {
            assert!(ColumnLayout::new(4, categories, indicators).is_err());
        }
        assert!(ColumnLayout::from_parts(2, vec![0, 1], vec![1], vec![]).is_err());
        assert!(ColumnLayout::new(2, vec![], vec![]).unwrap().is_plain());
    }
}
