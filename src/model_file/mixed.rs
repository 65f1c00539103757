//! The fields of models of mixed columns: categories, and the layout of columns.

use ndarray::{Array1, Array2, ArrayD, Axis, Slice, concatenate};

use super::described::{Described, Section};
use super::fields::{Fields, malformed};
use super::source::{Source, count};
use crate::error::Result;
use crate::mixture::Categories;
use crate::preprocess::columns::ColumnLayout;

section! {
    Categories {
        "category_columns" = |categories: &Categories| integers(categories.columns()),
        "category_levels" = |categories: &Categories| integers(categories.n_levels()),
        "category_probabilities" = probabilities,
    } => categories
}

impl Section for ColumnLayout {
    const NAMES: &'static [&'static str] =
        &["row_features", "row_numbers", "row_categories", "row_indicators"];
}

impl Described for ColumnLayout {
    /// Values of levels and of indicators are optional.
    fn fields(&self) -> Fields<'_> {
        let mut fields = Fields::default();
        fields.push("row_features", self.n_features());
        fields.push("row_numbers", integers(self.numbers()));
        fields.push("row_categories", integers(self.categories()));
        fields.push("row_indicators", integers(self.indicators()));
        let mut push = |name, rows: Vec<[f64; 2]>| {
            if !rows.is_empty() {
                fields.push(name, Array2::from(rows).into_dyn());
            }
        };
        let pairs = |&column: &usize, values: &[f64]| -> Vec<[f64; 2]> {
            values.iter().map(|&value| [column as f64, value]).collect()
        };
        let levels = |column: &usize| pairs(column, self.levels(*column).unwrap_or_default());
        push("row_levels", self.categories().iter().flat_map(levels).collect());
        let states = |column: &usize| {
            let spikes = self.spikes(*column);
            let is_missing = !spikes.is_empty() && self.has_missing(*column);
            let mut states = pairs(column, if is_missing { &[f64::NAN] } else { &[] });
            states.extend(pairs(column, spikes));
            states
        };
        push("row_states", self.indicators().iter().flat_map(states).collect());
        fields
    }

    fn from_fields(source: &mut Source<'_>) -> Result<Self> {
        let mut layout = column_layout(
            source.read("row_features")?,
            source.read("row_numbers")?,
            source.read("row_categories")?,
            source.read("row_indicators")?,
        )?;
        if source.group(&["row_levels"])? {
            for (column, values) in by_column("row_levels", &source.read("row_levels")?)? {
                layout = layout.with_levels(column, values)?;
            }
        }
        if source.group(&["row_states"])? {
            for (column, mut values) in by_column("row_states", &source.read("row_states")?)? {
                let has_missing = values.first().is_some_and(|value| value.is_nan());
                values.drain(..usize::from(has_missing));
                layout = layout.with_spikes(column, values, has_missing)?;
            }
        }
        Ok(layout)
    }
}

fn integers(columns: &[usize]) -> Vec<i64> {
    columns.iter().map(|&column| column as i64).collect()
}

fn counts(name: &str, values: Array1<f64>) -> Result<Vec<usize>> {
    values.into_iter().map(|value| count(name, value)).collect()
}

/// The probabilities of all levels side by side, shape `(n_components, total)`.
fn probabilities(categories: &Categories) -> ArrayD<f64> {
    let all: Vec<_> = (0..categories.n_columns()).map(|at| categories.probabilities(at)).collect();
    concatenate(Axis(1), &all).expect("categories of the same components").into_dyn()
}

fn categories(
    columns: Array1<f64>,
    n_levels: Array1<f64>,
    probabilities: Array2<f64>,
) -> Result<Categories> {
    let (columns, n_levels) =
        (counts("category_columns", columns)?, counts("category_levels", n_levels)?);
    let total = n_levels.iter().try_fold(0_usize, |total, &n| total.checked_add(n));
    if total != Some(probabilities.ncols()) {
        let problem = "array \"category_probabilities\" has not one column for each level";
        return Err(malformed(problem.into()));
    }
    let mut first = 0;
    let of_category = |&n: &usize| {
        first += n;
        probabilities.slice_axis(Axis(1), Slice::from(first - n..first)).to_owned()
    };
    let of_categories = n_levels.iter().map(of_category).collect();
    Categories::new(columns, of_categories, probabilities.nrows())
}

fn column_layout(
    n_features: usize,
    numbers: Array1<f64>,
    categories: Array1<f64>,
    indicators: Array1<f64>,
) -> Result<ColumnLayout> {
    ColumnLayout::from_parts(
        n_features,
        counts("row_numbers", numbers)?,
        counts("row_categories", categories)?,
        counts("row_indicators", indicators)?,
    )
}

/// The values of what indicators and levels say: rows of a column of the data and a value.
fn by_column(name: &str, rows: &Array2<f64>) -> Result<Vec<(usize, Vec<f64>)>> {
    if rows.ncols() != 2 {
        return Err(malformed(format!("array {name:?} has not two columns")));
    }
    let mut groups: Vec<(usize, Vec<f64>)> = Vec::new();
    for (&column, &value) in rows.column(0).iter().zip(rows.column(1)) {
        let column = count(name, column)?;
        match groups.last_mut().filter(|(last, _)| *last == column) {
            Some((_, values)) => values.push(value),
            None => groups.push((column, vec![value])),
        }
    }
    Ok(groups)
}
