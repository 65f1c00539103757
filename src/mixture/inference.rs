//! Densities, posteriors and labels of rows under a model.

use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1, ArrayViewMut2, Axis};
use rand::Rng;
use rayon::prelude::*;

use super::GaussianMixture;
use super::covariance::Scratch;
use super::criteria::Criteria;
use crate::compute::random::stream;
use crate::compute::simd;
use crate::compute::simd::posteriors::Posteriors;
use crate::error::Result;
use crate::rows::linfa::predict_by_try_predict;
use crate::rows::{self, Block, Reader, RowBlocks, ToRows, check_columns};

/// Sums over rows that describe how a model fits them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Evaluation {
    /// Σ w
    pub(crate) total: f64,
    /// Σ w ln p(x)
    pub(crate) log_likelihood: f64,
    /// Σ w ln maxₖ rₖ
    pub(crate) log_certainty: f64,
}

impl GaussianMixture {
    /// ln πₖ + ln N(x | mₖ, Σₖ) of each row of a block, one contiguous run of rows for each component.
    fn weighted_log_prob(&self, block: &Block, out: &mut [f64], scratch: &mut Scratch) {
        let log_weights = self.weights().mapv(f64::ln).to_vec();
        self.covariances().log_prob(self.means(), &log_weights, block, out, scratch);
    }

    /// Posteriors of each row of a block, one contiguous run of rows for each component, and ln p(x).
    pub(super) fn posteriors(
        &self,
        block: &Block,
        posterior: &mut [f64],
        log_prob: &mut [f64],
        scratch: &mut Scratch,
    ) {
        self.weighted_log_prob(block, posterior, scratch);
        let largest = &mut scratch.of_rows;
        simd::run(Posteriors { log_prob: posterior, log_sums: log_prob, largest });
    }

    /// Log-density ln p(x) of each row, shape `(n_samples,)`.
    ///
    /// # Errors
    /// [`Error::NonFinite`](crate::Error::NonFinite) and
    /// [`Error::ShapeMismatch`](crate::Error::ShapeMismatch).
    ///
    /// # Examples
    /// ```
    /// use mixlab::{CovarianceType, GaussianMixture};
    /// use ndarray::array;
    ///
    /// let variance = array![1.0].into_dyn();
    /// let standard_normal =
    ///     GaussianMixture::new(array![1.0], array![[0.0]], CovarianceType::Spherical, variance)?;
    /// let log_density = standard_normal.score_samples(&array![[0.0], [1e6]])?;
    /// assert!((log_density[0] + 0.5 * (2.0 * std::f64::consts::PI).ln()).abs() < 1e-15);
    /// assert!((log_density[1] + 5e11).abs() < 1.0);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn score_samples(&self, data: &dyn ToRows) -> Result<Array1<f64>> {
        self.score_rows(self.check(data)?.as_ref())
    }

    pub(crate) fn score_rows(&self, rows: &dyn RowBlocks) -> Result<Array1<f64>> {
        let mut out = Array1::zeros(rows.n_samples());
        let block_rows = rows::block_rows(rows.n_features());
        let chunks = out.axis_chunks_iter_mut(Axis(0), block_rows).into_par_iter();
        let write = |(index, mut out): (usize, ArrayViewMut1<'_, f64>)| -> Result<()> {
            let (_, log_prob) = self.read_posteriors(rows, index)?;
            out.iter_mut().zip(log_prob).for_each(|(to, from)| *to = from);
            Ok(())
        };
        chunks.enumerate().try_for_each(write)?;
        Ok(out)
    }

    /// Posterior of each component for each row, shape `(n_samples, n_components)`; rows sum to 1.
    ///
    /// # Errors
    /// As [`score_samples`](Self::score_samples).
    pub fn predict_proba(&self, data: &dyn ToRows) -> Result<Array2<f64>> {
        self.posteriors_of_rows(self.check(data)?.as_ref())
    }

    pub(crate) fn posteriors_of_rows(&self, rows: &dyn RowBlocks) -> Result<Array2<f64>> {
        let mut out = Array2::zeros((rows.n_samples(), self.n_components()));
        let block_rows = rows::block_rows(rows.n_features());
        let chunks = out.axis_chunks_iter_mut(Axis(0), block_rows).into_par_iter();
        let write = |(index, mut out): (usize, ArrayViewMut2<'_, f64>)| -> Result<()> {
            let (posterior, log_prob) = self.read_posteriors(rows, index)?;
            let components = posterior.chunks_exact(log_prob.len());
            for (mut column, component) in out.columns_mut().into_iter().zip(components) {
                column.iter_mut().zip(component).for_each(|(to, from)| *to = *from);
            }
            Ok(())
        };
        chunks.enumerate().try_for_each(write)?;
        Ok(out)
    }

    /// The most probable component of each row: what linfa's `predict` gives, but an error where that
    /// panics.
    ///
    /// # Errors
    /// As [`score_samples`](Self::score_samples).
    pub fn try_predict(&self, data: &dyn ToRows) -> Result<Array1<usize>> {
        self.labels_of_rows(self.check(data)?.as_ref())
    }

    pub(crate) fn labels_of_rows(&self, rows: &dyn RowBlocks) -> Result<Array1<usize>> {
        let most_probable = |posterior: ArrayView1<'_, f64>| {
            let mut best = 0;
            for (component, &p) in posterior.iter().enumerate() {
                if p > posterior[best] {
                    best = component;
                }
            }
            best
        };
        Ok(self.posteriors_of_rows(rows)?.rows().into_iter().map(most_probable).collect())
    }

    /// A component for each row, drawn from its posterior: hard labels that keep the uncertainty which
    /// the most probable component hides.
    ///
    /// # Errors
    /// As [`score_samples`](Self::score_samples).
    pub fn draw_labels(&self, data: &dyn ToRows, seed: u64) -> Result<Array1<usize>> {
        let rng = &mut stream(seed, 0);
        let draw = |posterior: ArrayView1<'_, f64>| {
            let mut left: f64 = rng.r#gen();
            for (component, &p) in posterior.iter().enumerate() {
                left -= p;
                if left < 0.0 {
                    return component;
                }
            }
            posterior.len() - 1
        };
        Ok(self.predict_proba(data)?.rows().into_iter().map(draw).collect())
    }

    /// Mean log-density of the rows, by sample weight: Σ w ln p(x) / Σ w.
    ///
    /// # Errors
    /// As [`score_samples`](Self::score_samples).
    pub fn score(&self, data: &dyn ToRows) -> Result<f64> {
        let evaluation = self.evaluate_one(&mut Reader::new(self.check(data)?.as_ref()))?;
        Ok(evaluation.log_likelihood / evaluation.total)
    }

    /// Log-likelihood and the information criteria of the model for the rows, by sample weight.
    ///
    /// # Errors
    /// As [`score_samples`](Self::score_samples).
    pub fn criteria(&self, data: &dyn ToRows) -> Result<Criteria> {
        self.criteria_of_rows(&mut Reader::new(self.check(data)?.as_ref()))
    }

    /// Akaike's criterion; see [`Criteria`].
    ///
    /// # Errors
    /// As [`score_samples`](Self::score_samples).
    pub fn aic(&self, data: &dyn ToRows) -> Result<f64> {
        Ok(self.criteria(data)?.aic)
    }

    /// The Bayesian information criterion; see [`Criteria`].
    ///
    /// # Errors
    /// As [`score_samples`](Self::score_samples).
    pub fn bic(&self, data: &dyn ToRows) -> Result<f64> {
        Ok(self.criteria(data)?.bic)
    }

    /// The integrated completed likelihood; see [`Criteria`].
    ///
    /// # Errors
    /// As [`score_samples`](Self::score_samples).
    pub fn icl(&self, data: &dyn ToRows) -> Result<f64> {
        Ok(self.criteria(data)?.icl)
    }

    pub(crate) fn criteria_of_rows(&self, rows: &mut Reader<'_>) -> Result<Criteria> {
        Ok(self.evaluate_one(rows)?.criteria(self))
    }

    fn check<'a>(&self, data: &'a dyn ToRows) -> Result<Box<dyn RowBlocks + 'a>> {
        let rows = data.to_rows()?;
        check_columns(rows.n_features(), self.n_features())?;
        Ok(rows)
    }

    fn read_posteriors(&self, rows: &dyn RowBlocks, index: usize) -> Result<(Vec<f64>, Vec<f64>)> {
        let mut block = Block::default();
        rows.read(index, &mut block)?;
        let mut posterior = vec![0.0; block.n_rows() * self.n_components()];
        let mut log_prob = vec![0.0; block.n_rows()];
        self.posteriors(&block, &mut posterior, &mut log_prob, &mut Scratch::default());
        Ok((posterior, log_prob))
    }

    fn evaluate_one(&self, rows: &mut Reader<'_>) -> Result<Evaluation> {
        Ok(Self::evaluate(&[self], rows)?.remove(0))
    }

    /// How each of some models describes the rows, in one pass.
    ///
    /// # Errors
    /// What reading the rows raises.
    pub(crate) fn evaluate(models: &[&Self], rows: &mut Reader<'_>) -> Result<Vec<Evaluation>> {
        let visit = |sums: &mut Vec<Evaluation>, block: &Block| {
            sums.iter_mut().zip(models).for_each(|(sums, model)| sums.add(model, block));
            Ok(())
        };
        rows.fold(
            || vec![Evaluation::default(); models.len()],
            visit,
            |sums, part| sums.iter_mut().zip(&part).for_each(|(sums, part)| sums.merge(part)),
        )
    }
}

impl Evaluation {
    /// Adds a block.
    pub(crate) fn add(&mut self, model: &GaussianMixture, block: &Block) {
        let n = block.n_rows();
        let mut posterior = vec![0.0; n * model.n_components()];
        let mut log_prob = vec![0.0; n];
        model.posteriors(block, &mut posterior, &mut log_prob, &mut Scratch::default());
        let mut certainty = vec![0.0_f64; n];
        for component in posterior.chunks_exact(n) {
            for (largest, &p) in certainty.iter_mut().zip(component) {
                *largest = largest.max(p);
            }
        }
        certainty.iter_mut().for_each(|p| *p = p.ln());
        self.total += simd::sum(block.weights());
        self.log_likelihood += simd::dot(block.weights(), &log_prob);
        self.log_certainty += simd::dot(block.weights(), &certainty);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.total += other.total;
        self.log_likelihood += other.log_likelihood;
        self.log_certainty += other.log_certainty;
    }

    /// The criteria of the model that was evaluated.
    pub(crate) fn criteria(&self, model: &GaussianMixture) -> Criteria {
        Criteria::new(self.total, self.log_likelihood, self.log_certainty, model.n_parameters())
    }
}

predict_by_try_predict!(GaussianMixture);
