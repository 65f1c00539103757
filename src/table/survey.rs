//! What a first look at all numbers of a table tells.

use std::path::Path;

use ndarray::ArrayView1;

use super::missing::{Missing, Place, all_finite};
use crate::error::{Error, Result};
use crate::rows::schema::Feature;
use crate::rows::{Block, RowBlocks, fold};

/// What the numbers of a table are: their ranges and decimals, and whether all are there.
pub(super) struct Survey {
    columns: Vec<Option<Feature>>,
    pub(super) missing: Missing,
    first_infinite: Option<(Place, f64)>,
}

impl Survey {
    pub(super) fn of(rows: &dyn RowBlocks) -> Result<Self> {
        let n_columns = rows.n_features();
        let empty = || Self {
            columns: vec![None; n_columns],
            missing: Missing::default(),
            first_infinite: None,
        };
        let visit = |survey: &mut Self, block: &Block| {
            survey.add(block);
            Ok(())
        };
        fold(rows, empty, visit, Self::merge)
    }

    fn add(&mut self, block: &Block) {
        if !all_finite(block.row_major()) {
            self.add_faults(block);
        }
        for (column, values) in self.columns.iter_mut().zip(block.features()) {
            // values that are missing have no place in a range
            let there: Vec<f64>;
            let values = if all_finite(values) {
                values
            } else {
                there = values.iter().copied().filter(|value| value.is_finite()).collect();
                &there
            };
            let more = Feature::of(ArrayView1::from(values), "");
            *column = Some(column.take().map_or_else(|| more.clone(), |column| column.and(&more)));
        }
    }

    fn add_faults(&mut self, block: &Block) {
        let n_features = self.columns.len();
        for (index, row) in block.row_major().chunks_exact(n_features).enumerate() {
            let row_index = block.first_row() + index;
            self.missing.add_row(row_index, row);
            if let Some(column) = row.iter().position(|value| value.is_infinite()) {
                self.first_infinite.get_or_insert(((row_index, column), row[column]));
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
        self.missing.merge(part.missing, 0);
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
        if let Some((row, column)) = self.missing.first {
            let of_column = (names[column].as_str(), places[column] + 1);
            return Err(self.missing.error(path, ("row", row + 1), of_column, (n_rows, false)));
        }
        match self.first_infinite {
            Some(((row, column), value)) => Err(Error::NonFinite { row, column, value }),
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
