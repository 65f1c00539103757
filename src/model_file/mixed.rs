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

section! {
    ColumnLayout {
        "row_features" = ColumnLayout::n_features,
        "row_numbers" = |layout: &ColumnLayout| integers(layout.numbers()),
        "row_categories" = |layout: &ColumnLayout| integers(layout.categories()),
        "row_indicators" = |layout: &ColumnLayout| integers(layout.indicators()),
    } => column_layout
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
