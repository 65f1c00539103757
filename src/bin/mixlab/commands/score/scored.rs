//! Rows that are scored, all of them.

use mixlab::ModelFile;
use mixlab::table::Sheet;
use ndarray::Array1;

use crate::rows::RowBlock;

/// What is known of all rows, whichever are written.
pub struct Summary {
    pub n_rows: usize,
    sum: f64,
    pub lowest: f64,
}

/// Rows that have been scored so far.
pub struct Scored {
    pub summary: Summary,
    /// For JSON alone: numbers of the rows in their file, from 1, and their log-densities.
    pub rows: Vec<usize>,
    pub log_density: Vec<f64>,
    keeps: bool,
    only: bool,
}

impl Summary {
    pub fn new() -> Self {
        Self { n_rows: 0, sum: 0.0, lowest: f64::INFINITY }
    }

    /// Counts some rows.
    pub fn count(&mut self, log_density: &Array1<f64>) {
        self.n_rows += log_density.len();
        self.sum += log_density.sum();
        self.lowest = log_density.iter().copied().fold(self.lowest, f64::min);
    }

    /// The mean log-density; NaN without rows.
    pub fn mean(&self) -> f64 {
        self.sum / self.n_rows as f64
    }
}

impl Scored {
    /// Rows whose scores are kept or not, and written beside the columns of the data or as the `only` ones.
    pub fn new(keeps: bool, only: bool) -> Self {
        let (rows, log_density) = (Vec::new(), Vec::new());
        Self { summary: Summary::new(), rows, log_density, keeps, only }
    }

    /// Scores some rows of a table.
    pub fn block(&mut self, file: &ModelFile, sheet: &Sheet) -> anyhow::Result<RowBlock> {
        let log_density = file.pipeline.score_samples(&sheet.table.records)?;
        if self.keeps {
            self.rows.extend(sheet.rows.iter().map(|row| row + 1));
            self.log_density.extend(&log_density);
        }
        let block = if self.only { RowBlock::default() } else { RowBlock::of_sheet(sheet) };
        Ok(self.beside(block, &log_density))
    }

    /// Counts rows, and writes their log-densities beside other columns.
    pub fn beside(&mut self, mut block: RowBlock, log_density: &Array1<f64>) -> RowBlock {
        self.summary.count(log_density);
        block.push_numbers("log_density", log_density.view());
        block
    }
}
