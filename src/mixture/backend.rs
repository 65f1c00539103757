//! What can be asked of rows, wherever they are.

use std::sync::Arc;

use ndarray::{Array2, Axis};

use super::GaussianMixture;
use super::em::assignment::Asked;
use super::em::statistics::{Statistics, Workspace};
use super::inference::Evaluation;
use super::init::Draw;
use crate::error::Result;
use crate::rows::select;
use crate::rows::summaries::{ColumnSummary, column_summaries};

/// Rows that are too many to be touched but by whole passes over them. Everything that a fit needs is asked of all fits
/// that are going on at once, so that they share each pass.
pub(crate) trait Passes {
    /// Number of rows.
    fn n_samples(&self) -> usize;

    /// Number of columns.
    fn n_features(&self) -> usize;

    /// Range and mean of every column.
    ///
    /// # Errors
    /// What a pass can raise; [`Error::TooWide`](crate::Error::TooWide).
    fn column_summaries(&mut self) -> Result<Vec<ColumnSummary>>;

    /// Random rows, for each draw; draws may have some in common.
    ///
    /// # Errors
    /// What a pass can raise.
    fn draw(&mut self, draws: &[Draw]) -> Result<Vec<Arc<Array2<f64>>>>;

    /// Statistics, for everything that is asked.
    ///
    /// # Errors
    /// What a pass can raise.
    fn gather(&mut self, asked: &[Asked<'_>]) -> Result<&[Statistics]>;

    /// How each of these models describes the rows.
    ///
    /// # Errors
    /// What a pass can raise.
    fn evaluate(&mut self, models: &[&GaussianMixture]) -> Result<Vec<Evaluation>>;
}

impl Passes for Workspace<'_> {
    fn n_samples(&self) -> usize {
        self.rows.rows().n_samples()
    }

    fn n_features(&self) -> usize {
        self.rows.rows().n_features()
    }

    fn column_summaries(&mut self) -> Result<Vec<ColumnSummary>> {
        column_summaries(&mut self.rows)
    }

    fn draw(&mut self, draws: &[Draw]) -> Result<Vec<Arc<Array2<f64>>>> {
        let n_samples = self.n_samples();
        let indices: Vec<_> = draws.iter().map(|draw| draw.indices(n_samples)).collect();
        let drawn = select(self.rows.rows(), &indices.concat())?;
        let mut rest = drawn.view();
        let mut of_draws = Vec::with_capacity(draws.len());
        for indices in indices {
            let (of_draw, others) = rest.split_at(Axis(0), indices.len());
            of_draws.push(Arc::new(of_draw.to_owned()));
            rest = others;
        }
        Ok(of_draws)
    }

    fn gather(&mut self, asked: &[Asked<'_>]) -> Result<&[Statistics]> {
        Workspace::gather(self, asked)
    }

    fn evaluate(&mut self, models: &[&GaussianMixture]) -> Result<Vec<Evaluation>> {
        GaussianMixture::evaluate(models, &mut self.rows)
    }
}
