//! What a first look at all numbers of a table tells.

use std::path::Path;

use ndarray::ArrayView1;

use crate::error::{Error, Result};
use crate::rows::schema::Feature;
use crate::rows::{Block, RowBlocks, fold};

/// What the numbers of a table are: their ranges and decimals, and whether all are there.
pub(super) struct Survey {
    columns: Vec<Option<Feature>>,
    n_gaps: usize,
    pub(super) n_with_gaps: usize,
    /// Row and column.
    first_gap: Option<(usize, usize)>,
    first_infinite: Option<(usize, usize, f64)>,
}

impl Survey {
    pub(super) fn of(rows: &dyn RowBlocks) -> Result<Self> {
        let n_columns = rows.n_features();
        let empty = || Self {
            columns: vec![None; n_columns],
            n_gaps: 0,
            n_with_gaps: 0,
            first_gap: None,
            first_infinite: None,
        };
        let visit = |survey: &mut Self, block: &Block| {
            survey.add(block);
            Ok(())
        };
        fold(rows, empty, visit, Self::merge)
    }

    fn add(&mut self, block: &Block) {
        let finite =
            |values: &[f64]| values.iter().fold(true, |all, value| all & value.is_finite());
        if !finite(block.row_major()) {
            self.add_faults(block);
        }
        for (column, values) in self.columns.iter_mut().zip(block.features()) {
            // values that are missing have no place in a range
            let there: Vec<f64>;
            let values = match finite(values) {
                true => values,
                false => {
                    there = values.iter().copied().filter(|value| value.is_finite()).collect();
                    &there
                }
            };
            let more = Feature::of(ArrayView1::from(values), "");
            *column = Some(column.take().map_or_else(|| more.clone(), |column| column.and(&more)));
        }
    }

    fn add_faults(&mut self, block: &Block) {
        let n_features = self.columns.len();
        for (index, row) in block.row_major().chunks_exact(n_features).enumerate() {
            let row_index = block.first_row() + index;
            let n_gaps = row.iter().filter(|value| value.is_nan()).count();
            self.n_gaps += n_gaps;
            self.n_with_gaps += usize::from(n_gaps > 0);
            if let Some(column) = row.iter().position(|value| value.is_nan()) {
                self.first_gap.get_or_insert((row_index, column));
            }
            if let Some(column) = row.iter().position(|value| value.is_infinite()) {
                self.first_infinite.get_or_insert((row_index, column, row[column]));
            }
        }
    }

    fn merge(&mut self, part: Self) {
        for (column, more) in self.columns.iter_mut().zip(part.columns) {
            *column = match (column.take(), more) {
                (Some(column), Some(more)) => Some(column.and(&more)),
                (column, more) => column.or(more),
            };
        }
        self.n_gaps += part.n_gaps;
        self.n_with_gaps += part.n_with_gaps;
        self.first_gap = self.first_gap.or(part.first_gap);
        self.first_infinite = self.first_infinite.or(part.first_infinite);
    }

    /// Refuses what cannot be fitted to; `places` are those of the columns in the file.
    ///
    /// # Errors
    /// [`Error::NonFinite`] and [`Error::MissingValues`].
    pub(super) fn check(
        &self,
        path: &Path,
        names: &[String],
        places: &[usize],
        n_rows: usize,
    ) -> Result<()> {
        if let Some((row, column)) = self.first_gap {
            return Err(Error::MissingValues {
                path: path.into(),
                unit: "row",
                line: row + 1,
                column: places[column] + 1,
                name: names[column].clone(),
                n_values: self.n_gaps,
                n_rows: self.n_with_gaps,
                of_rows: n_rows,
            });
        }
        match self.first_infinite {
            Some((row, column, value)) => Err(Error::NonFinite { row, column, value }),
            None => Ok(()),
        }
    }

    /// What is known of the columns.
    pub(super) fn features(self, names: &[String]) -> Vec<Feature> {
        let named = |(feature, name): (Option<Feature>, &String)| Feature {
            name: name.clone(),
            ..feature.unwrap_or_else(|| Feature::named(""))
        };
        self.columns.into_iter().zip(names).map(named).collect()
    }
}
