//! Samples in the user's units.

use ndarray::Array2;

use super::ModelFile;
#[cfg(doc)]
use crate::pipeline::Pipeline;
use crate::pipeline::value_maps::{Kept, ValueMaps};
use crate::pipeline::{Clipping, Rounding, UserUnits, decode};
use crate::rows::schema::Column;

impl ModelFile {
    /// Draws `n_samples` rows of the table in blocks, in the user's units; see [`Pipeline::sample_blocks`]. Unless `units` do not
    /// clip, and unless the rows are images, spikes of the columns keep their shares, and with [`Rounding::Auto`] so do the
    /// [values](Column::values) that recur.
    pub fn sample_blocks(
        &self,
        n_samples: usize,
        seed: u64,
        residual: bool,
        units: UserUnits,
    ) -> impl Iterator<Item = Array2<f64>> {
        let maps = self.value_maps(residual, units);
        let blocks =
            self.pipeline.sample_blocks(n_samples, seed, residual).complete(units.complete);
        blocks.map(move |(rows, _)| self.in_units(rows, &maps, units))
    }

    /// Draws `n_samples` rows at once, those of [`sample_blocks`](Self::sample_blocks).
    pub fn sample(
        &self,
        n_samples: usize,
        seed: u64,
        residual: bool,
        units: UserUnits,
    ) -> Array2<f64> {
        let blocks = self.pipeline.sample_blocks(n_samples, seed, residual);
        let (rows, _) = blocks.complete(units.complete).whole();
        self.in_units(rows, &self.value_maps(residual, units), units)
    }

    pub(super) fn value_maps(&self, residual: bool, units: UserUnits) -> ValueMaps {
        let has_maps = units.clipping != Clipping::None && self.image.is_none();
        let columns = if has_maps { &self.columns[..] } else { &[] };
        let kept = if units.rounding == Rounding::Auto { Kept::Recurring } else { Kept::Spikes };
        self.pipeline.value_maps(columns, residual, kept)
    }

    /// Rows of the model as rows of the table, in the user's units.
    fn in_units(&self, rows: Array2<f64>, maps: &ValueMaps, units: UserUnits) -> Array2<f64> {
        let nothing = vec![f64::NAN; self.table_columns().len()];
        self.written(self.rounded(rows, maps, units), &nothing, units)
    }

    /// Rows of the model with the values of the data, rounded and clipped.
    pub(super) fn rounded(
        &self,
        mut rows: Array2<f64>,
        maps: &ValueMaps,
        units: UserUnits,
    ) -> Array2<f64> {
        maps.apply(&mut rows);
        units.round_and_clip(&mut rows, &self.columns);
        rows
    }

    /// Rows of the model as rows of the table, with dates in their form; with rules, with the values of the table that are given,
    /// which are not NaN.
    pub(super) fn written(
        &self,
        rows: Array2<f64>,
        given: &[f64],
        units: UserUnits,
    ) -> Array2<f64> {
        let round = |column: &Column, value: f64| units.of_column(value, column);
        let mut rows = match &self.rules {
            Some(rules) => rules.restore_rounded(rows.view(), given, round),
            None => rows,
        };
        decode(&mut rows, self.table_columns());
        rows
    }
}
