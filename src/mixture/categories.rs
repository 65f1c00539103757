//! The categorical part of a mixture: the probabilities of the levels of each category in each component.
//!
//! ```text
//! f(x, c) = Σₖ πₖ N(x | mₖ, Σₖ) Πⱼ αₖⱼ(cⱼ)
//! ```
//! Within a component, categories are independent of each other and of the numbers (Hunt & Jorgensen 1999). A missing category
//! has the factor 1: it is summed out.

use std::cmp::Ordering;
use std::mem;

use ndarray::{Array2, ArrayView2, Axis};
use rand::Rng;

use super::classes::Classes;
use crate::compute::random::index_at;
use crate::compute::simd::levels::{AddLevels, stride};
use crate::compute::simd::{self, AlignedBuffer};
use crate::error::{Error, Result};
use crate::rows::layout::RowLayout;

/// The categories of a mixture: their columns, and the probabilities of their levels in each component.
///
/// In a row, a category is the index of its level, a whole number from 0, or NaN if it is missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Categories {
    columns: Vec<usize>,
    /// α of each category, (k, levels).
    probabilities: Vec<Array2<f64>>,
    n_levels: Vec<usize>,
    /// ln α, as [`AddLevels`] takes them.
    log_table: Vec<f64>,
    classes: Option<Box<Classes>>,
}

/// The smallest probability in logarithms, so that a level that a component has never had is all but impossible there, and not
/// infinitely improbable: ln 0 would make posteriors undefined.
const LEAST: f64 = f64::MIN_POSITIVE;

/// The logarithm of the probability that a component has a row of another class: below the log-density of any row of its own, and
/// small enough that differences between components survive its rounding.
const OF_ANOTHER_CLASS: f64 = -1e12;

impl Categories {
    /// Categories in these `columns` of the rows, ascending, each with `probabilities` of shape `(n_components, n_levels)`.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless columns ascend and probabilities are not negative, with a sum of 1 within 1e-6;
    /// [`Error::ShapeMismatch`] if sizes disagree.
    pub(crate) fn new(
        columns: Vec<usize>,
        mut probabilities: Vec<Array2<f64>>,
        n_components: usize,
    ) -> Result<Self> {
        if !columns.is_sorted_by(|a, b| a < b) {
            return Err(Error::param("columns", format!("{columns:?}"), "ascending"));
        }
        if columns.len() != probabilities.len() {
            return Err(Error::shape("probabilities", columns.len(), probabilities.len()));
        }
        for of_column in &mut probabilities {
            let (k, n_levels) = of_column.dim();
            if k != n_components || n_levels == 0 {
                let expected = format!("{n_components} rows and at least one level");
                return Err(Error::shape("probabilities", expected, format!("{k} x {n_levels}")));
            }
            for mut of_component in of_column.rows_mut() {
                let total = of_component.sum();
                let sums_to_one = (total - 1.0).abs() <= 1e-6;
                if !(of_component.iter().all(|&p| p >= 0.0) && sums_to_one) {
                    let expected = "not negative, with a sum of 1";
                    return Err(Error::param("probabilities", of_component.to_owned(), expected));
                }
                if of_component.iter().any(|p| p.is_sign_negative()) {
                    of_component.mapv_inplace(|p| p + 0.0);
                }
            }
        }
        Ok(Self::from_checked(columns, probabilities))
    }

    /// Categories whose probabilities are known to be valid.
    pub(super) fn from_checked(columns: Vec<usize>, probabilities: Vec<Array2<f64>>) -> Self {
        let n_levels = probabilities.iter().map(Array2::ncols).collect();
        let mut categories =
            Self { columns, probabilities, n_levels, log_table: Vec::new(), classes: None };
        categories.fill_log_table();
        categories
    }

    /// The same categories, one of which has the classes of the components; checked by [`Classes`].
    pub(super) fn with_classes(mut self, classes: Option<Classes>) -> Self {
        if classes.is_some() || self.classes.is_some() {
            self.classes = classes.map(Box::new);
            self.fill_log_table();
        }
        self
    }

    fn fill_log_table(&mut self) {
        let mut log_table = mem::take(&mut self.log_table);
        log_table.clear();
        for (category, probabilities) in self.probabilities.iter().enumerate() {
            for of_level in probabilities.columns() {
                let end = log_table.len() + stride(of_level.len());
                log_table.extend(of_level.iter().map(|&p| self.log_of(category, p)));
                log_table.resize(end, 0.0);
            }
        }
        self.log_table = log_table;
    }

    /// The logarithm of a probability of a category, finite for 0.
    pub(super) fn log_of(&self, category: usize, probability: f64) -> f64 {
        let is_class = self.classes.as_ref().is_some_and(|classes| classes.category == category);
        if is_class && probability == 0.0 {
            return OF_ANOTHER_CLASS;
        }
        probability.max(LEAST).ln()
    }

    /// The classes of the components, if one of the categories has them.
    pub(super) fn classes(&self) -> Option<&Classes> {
        self.classes.as_deref()
    }

    /// Positions of the categories in a row, ascending.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Probabilities of the levels of a category in each component, shape `(n_components, n_levels)`.
    ///
    /// # Panics
    /// If the mixture has no such category; `category` counts the categories alone.
    pub fn probabilities(&self, category: usize) -> ArrayView2<'_, f64> {
        self.probabilities[category].view()
    }

    /// Number of categories.
    pub fn n_columns(&self) -> usize {
        self.columns.len()
    }

    /// Whether there are no categories.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Number of levels of each category.
    pub fn n_levels(&self) -> &[usize] {
        &self.n_levels
    }

    /// Number of free parameters: levels - 1 of each category in each component, without the category of classes.
    pub fn n_parameters(&self) -> usize {
        let class = self.classes.as_ref().map(|classes| classes.category);
        let all = self.probabilities.iter().enumerate();
        let free = all.filter(|&(category, _)| Some(category) != class);
        free.map(|(_, of_column)| of_column.nrows() * (of_column.ncols() - 1)).sum()
    }

    /// The layout of rows with these categories.
    pub(crate) fn layout(&self, may_be_missing: bool) -> RowLayout {
        let (categorical, n_levels) = (self.columns.clone(), self.n_levels.clone());
        RowLayout { categorical, n_levels, may_be_missing }
    }

    /// Adds Σⱼ ln α(cⱼ) of `n` rows with these codes to `out`, one contiguous run of rows for each component.
    pub(super) fn add_log_prob(
        &self,
        (codes, n): (&[u32], usize),
        out: &mut [f64],
        by_row: &mut AlignedBuffer,
    ) {
        if !self.is_empty() {
            let Self { n_levels, log_table: table, .. } = self;
            simd::run(AddLevels { codes, n_levels, table, n, out, by_row });
        }
    }

    /// Σⱼ ln α(cⱼ) of one of `n` rows with these codes under a component.
    pub(super) fn log_prob(
        &self,
        (codes, n): (&[u32], usize),
        row: usize,
        component: usize,
    ) -> f64 {
        let of_category = |(category, probabilities): (usize, &Array2<f64>)| {
            let level = probabilities.get([component, codes[category * n + row] as usize]);
            level.map_or(0.0, |&p| self.log_of(category, p))
        };
        self.probabilities.iter().enumerate().map(of_category).sum()
    }

    /// Draws a level of a category in a component.
    pub(crate) fn draw(&self, category: usize, component: usize, rng: &mut impl Rng) -> usize {
        index_at(self.probabilities[category].row(component).iter(), rng.r#gen())
    }

    /// Moves the categories of a row from behind its numbers to their columns.
    pub(super) fn to_row_order(&self, row: &mut [f64]) {
        let n_numeric = row.len() - self.n_columns();
        for (category, &column) in self.columns.iter().enumerate() {
            // the category is the first of those that follow the numbers
            row[column..=n_numeric + category].rotate_right(1);
        }
    }

    /// Compares two components by decreasing probabilities, rounded to `unit`.
    pub(super) fn compare(&self, a: usize, b: usize, unit: f64) -> Ordering {
        let rounded = |p: f64| (p / unit).round();
        let levels = self.probabilities.iter().flat_map(|of_column| of_column.columns());
        let mut orders =
            levels.map(|of_level| rounded(of_level[b]).total_cmp(&rounded(of_level[a])));
        orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    /// Reorders the components.
    pub(super) fn permuted(&self, order: &[usize]) -> Self {
        let permuted = self.probabilities.iter().map(|of_column| of_column.select(Axis(0), order));
        Self::from_checked(self.columns.clone(), permuted.collect())
            .with_classes(self.classes().cloned())
    }
}
