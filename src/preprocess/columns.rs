//! The columns of the data by what they are: numbers, categories, and columns with an indicator of missing values.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Slice};

use super::states::States;
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

/// The columns of the data by what they are: numbers, categories, and columns with an indicator of missing values and spikes.
///
/// A [`Preprocessor`](crate::Preprocessor) with a layout makes rows of a mixture from rows of the data:
/// ```text
/// columns of the data, NaN is missing  ->  numbers (scaled, reduced) | categories | indicators
/// ```
/// The indicator of a column says what a value is: 0 a number, then, if its missing values are informative, 1 missing, then each
/// of its spikes. A spike is a value with a probability of its own, such as 0 for days without rain: rows at it have no number.
///
/// A category is the index of its level, unless the layout lists the [values](Self::with_levels) of its levels: then rows of the
/// data have these values, and any other value counts as missing.
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
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnLayout {
    n_features: usize,
    numbers: Vec<usize>,
    categories: Vec<usize>,
    indicators: Vec<usize>,
    /// Values of the levels of each category, ascending; empty if rows have indices of levels.
    levels: Vec<Vec<f64>>,
    /// What each indicator says of a value that is no number.
    states: Vec<States>,
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
        let levels = vec![Vec::new(); categories.len()];
        let states = vec![States::MISSING; indicators.len()];
        Ok(Self { n_features, numbers, categories, indicators, levels, states })
    }

    /// Sets the values of the levels of a category, ascending.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless the column is a category, and the values are finite and ascend.
    pub fn with_levels(mut self, column: usize, values: Vec<f64>) -> Result<Self> {
        let Ok(at) = self.categories.binary_search(&column) else {
            return Err(Error::param("the column of levels", column, "a category"));
        };
        let ascends = values.is_sorted_by(|a, b| a < b);
        if values.is_empty() || !ascends || !values.iter().all(|value| value.is_finite()) {
            let expected = "finite values that ascend, at least one";
            return Err(Error::param("levels", format!("{values:?}"), expected));
        }
        self.levels[at] = values;
        Ok(self)
    }

    /// Sets the spikes of a column of numbers, and whether its missing values are informative.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless the column is a number, and the spikes are finite and differ.
    pub fn with_spikes(
        mut self,
        column: usize,
        spikes: Vec<f64>,
        has_missing: bool,
    ) -> Result<Self> {
        if self.numbers.binary_search(&column).is_err() {
            return Err(Error::param("the column of spikes", column, "a column of numbers"));
        }
        let is_new = |at: usize| spikes[at].is_finite() && !spikes[..at].contains(&spikes[at]);
        if spikes.is_empty() || !(0..spikes.len()).all(is_new) {
            let expected = "finite values that differ, at least one";
            return Err(Error::param("spikes", format!("{spikes:?}"), expected));
        }
        let states = States { has_missing, spikes };
        match self.indicators.binary_search(&column) {
            Ok(at) => self.states[at] = states,
            Err(at) => {
                self.indicators.insert(at, column);
                self.states.insert(at, states);
            }
        }
        Ok(self)
    }

    /// The layout of some of the columns, ascending, by their place among these.
    pub(crate) fn keep(&self, kept: &[usize]) -> Self {
        let place = |column: &usize| kept.binary_search(column).ok();
        let of_kept = |columns: &[usize]| -> Vec<usize> {
            (0..columns.len()).filter(|&at| place(&columns[at]).is_some()).collect()
        };
        let placed = |columns: &[usize]| columns.iter().filter_map(place).collect::<Vec<_>>();
        let levels = of_kept(&self.categories).into_iter().map(|at| self.levels[at].clone());
        let states = of_kept(&self.indicators).into_iter().map(|at| self.states[at].clone());
        Self {
            n_features: kept.len(),
            numbers: placed(&self.numbers),
            categories: placed(&self.categories),
            indicators: placed(&self.indicators),
            levels: levels.collect(),
            states: states.collect(),
        }
    }

    /// The layout of numbers alone.
    pub(crate) fn of_numbers(n_features: usize) -> Self {
        Self {
            n_features,
            numbers: (0..n_features).collect(),
            categories: Vec::new(),
            indicators: Vec::new(),
            levels: Vec::new(),
            states: Vec::new(),
        }
    }

    /// The same numbers without the other columns; the columns have no spikes.
    pub(crate) fn numbers_only(&self) -> Self {
        let none = Self::of_numbers(self.n_features);
        Self { numbers: self.numbers.clone(), ..none }
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

    /// Columns of the data with an indicator of missing values or spikes, ascending.
    pub fn indicators(&self) -> &[usize] {
        &self.indicators
    }

    /// Values of the levels of a category, ascending; none if rows have indices of its levels, or if the column is no category.
    pub fn levels(&self, column: usize) -> Option<&[f64]> {
        let at = self.categories.binary_search(&column).ok()?;
        Some(self.levels[at].as_slice()).filter(|values| !values.is_empty())
    }

    /// Spikes of a column of numbers.
    pub fn spikes(&self, column: usize) -> &[f64] {
        self.states_of(column).map_or(&[], |states| &states.spikes)
    }

    /// Whether missing values of a column are informative.
    pub fn has_missing(&self, column: usize) -> bool {
        self.states_of(column).is_some_and(|states| states.has_missing)
    }

    /// Whether missing values of any column are informative.
    pub(crate) fn has_any_missing(&self) -> bool {
        self.states.iter().any(|states| states.has_missing)
    }

    /// What the indicator of a column says of a value that is no number; none without an indicator.
    pub(crate) fn states_of(&self, column: usize) -> Option<&States> {
        let at = self.indicators.binary_search(&column).ok()?;
        Some(&self.states[at])
    }

    /// Whether any category has levels with values, or any column spikes.
    pub(crate) fn has_values(&self) -> bool {
        self.has_spikes() || self.levels.iter().any(|values| !values.is_empty())
    }

    /// Whether any column has spikes.
    pub(crate) fn has_spikes(&self) -> bool {
        self.states.iter().any(|states| !states.spikes.is_empty())
    }

    /// Number of levels of each category and indicator; none of categories without a list of values.
    pub(crate) fn n_levels(&self) -> Vec<Option<usize>> {
        let of_category = |values: &Vec<f64>| (!values.is_empty()).then_some(values.len());
        let categories = self.levels.iter().map(of_category);
        categories.chain(self.states.iter().map(|states| Some(states.n_levels()))).collect()
    }

    /// Codes of the categories and indicators of a row of the data; NaN where they are missing.
    pub(crate) fn codes<'a>(
        &'a self,
        row: ArrayView1<'a, f64>,
    ) -> impl Iterator<Item = f64> + use<'a> {
        let code = move |(&column, values): (&usize, &Vec<f64>)| code_of(values, row[column]);
        let state = move |(&column, states): (&usize, &States)| states.code(row[column]);
        let categories = self.categories.iter().zip(&self.levels).map(code);
        categories.chain(self.indicators.iter().zip(&self.states).map(state))
    }

    /// The value of a level of a category, counted among the categories, in rows of the data.
    pub(crate) fn value_of(&self, category: usize, code: f64) -> f64 {
        match self.levels[category].as_slice() {
            [] => code,
            // NaN stays NaN
            values => values.get(code as usize).filter(|_| !code.is_nan()).map_or(code, |&x| x),
        }
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
        let spikes: Vec<&[f64]> = self.numbers.iter().map(|&column| self.spikes(column)).collect();
        // row by row, unlike `select`
        Array2::from_shape_fn((rows.nrows(), self.numbers.len()), |(row, at)| {
            let value = rows[[row, self.numbers[at]]];
            if spikes[at].contains(&value) { f64::NAN } else { value }
        })
    }

    /// Appends the categories and indicators of rows of the data to their transformed numbers.
    pub(crate) fn assemble(&self, numbers: Array2<f64>, rows: ArrayView2<'_, f64>) -> Array2<f64> {
        let n_numbers = numbers.ncols();
        let mut assembled = Array2::zeros((rows.nrows(), n_numbers + self.n_categories()));
        assembled.slice_axis_mut(Axis(1), Slice::from(..n_numbers)).assign(&numbers);
        for (mut to, row) in assembled.rows_mut().into_iter().zip(rows.rows()) {
            to.iter_mut().skip(n_numbers).zip(self.codes(row)).for_each(|(to, code)| *to = code);
        }
        assembled
    }

    /// Returns rows of the data with these numbers and these categories and indicators, shape `(n_samples, n_categories)`. Values
    /// whose indicator says so are spikes or missing; columns of no list are missing.
    pub(crate) fn disassemble(
        &self,
        numbers: ArrayView2<'_, f64>,
        categories: ArrayView2<'_, f64>,
    ) -> Array2<f64> {
        let mut rows = Array2::from_elem((numbers.nrows(), self.n_features), f64::NAN);
        for (index, mut row) in rows.rows_mut().into_iter().enumerate() {
            for (&column, &number) in self.numbers.iter().zip(numbers.row(index)) {
                row[column] = number;
            }
            let codes = categories.row(index);
            for (at, (&column, &code)) in self.categories.iter().zip(codes).enumerate() {
                row[column] = self.value_of(at, code);
            }
            let indicators = codes.iter().skip(self.categories.len());
            for ((&column, states), &state) in
                self.indicators.iter().zip(&self.states).zip(indicators)
            {
                if let Some(value) = states.value(state) {
                    row[column] = value;
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

/// The index of a value among those of the levels, or the value itself if it is an index; NaN of other values.
fn code_of(values: &[f64], value: f64) -> f64 {
    if values.is_empty() {
        return value;
    }
    let found = values.binary_search_by(|level| level.total_cmp(&(value + 0.0)));
    found.map_or(f64::NAN, |at| at as f64)
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
        assert_same(&layout.disassemble(numbers, categories), &rows);
    }

    #[test]
    fn indicators_make_drawn_values_missing() {
        let (numbers, categories) = (array![[0.5, 7.0]], array![[2.0, 1.0, 1.0, 0.0]]);
        let rows = layout().disassemble(numbers.view(), categories.view());
        assert_same(&rows, &array![[2.0, NAN, 7.0, 1.0]]);
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
