//! Scores of all rows.

use std::path::Path;

use mixlab::ModelFile;
use mixlab::table::Sheet;
use ndarray::Array1;

use crate::rows::RowBlock;

/// Summary of the log-densities of all rows.
pub struct Summary {
    pub n_rows: usize,
    sum: f64,
    pub lowest: f64,
}

/// The scores so far.
pub struct Scored {
    pub summary: Summary,
    /// For JSON output only: numbers of the rows in their file, from 1, and their log-densities.
    pub rows: Vec<usize>,
    pub log_density: Vec<f64>,
    keeps: bool,
    only: bool,
}

impl Summary {
    pub fn new() -> Self {
        Self { n_rows: 0, sum: 0.0, lowest: f64::INFINITY }
    }

    /// Adds the log-densities of a block of rows.
    pub fn count(&mut self, log_density: &Array1<f64>) {
        self.n_rows += log_density.len();
        // rows far from all components can have the smallest log-density, whose sum overflows
        self.sum = (self.sum + log_density.sum()).max(f64::MIN);
        self.lowest = log_density.iter().copied().fold(self.lowest, f64::min);
    }

    /// Returns the mean log-density; NaN without rows.
    pub fn mean(&self) -> f64 {
        self.sum / self.n_rows as f64
    }
}

impl Scored {
    /// `keeps` is whether the scores are kept, `only` whether the columns of the data are left out of the blocks.
    pub fn new(keeps: bool, only: bool) -> Self {
        let (rows, log_density) = (Vec::new(), Vec::new());
        Self { summary: Summary::new(), rows, log_density, keeps, only }
    }

    /// Scores a block of rows.
    pub fn block(
        &mut self,
        file: &ModelFile,
        path: &Path,
        sheet: &Sheet,
    ) -> anyhow::Result<RowBlock> {
        let log_density = file.pipeline.score_samples(&file.encode(path, sheet)?)?;
        if self.keeps {
            self.rows.extend(sheet.rows.iter().map(|row| row + 1));
            self.log_density.extend(&log_density);
        }
        let block = if self.only { RowBlock::default() } else { RowBlock::of_sheet(sheet) };
        Ok(self.append_to(block, &log_density))
    }

    /// Adds the log-densities of rows to the summary, and appends them to a block as a column.
    pub fn append_to(&mut self, mut block: RowBlock, log_density: &Array1<f64>) -> RowBlock {
        self.summary.count(log_density);
        block.push_numbers("log_density", log_density.view());
        block
    }
}
