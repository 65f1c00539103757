//! Inference: log-densities, posteriors and labels of rows under a model.

use std::any::Any;
use std::borrow::Cow;

use ndarray::{Array1, Array2, ArrayView1, Axis};
use rand::Rng;

use super::GaussianMixture;
use super::covariance::Scratch;
use super::criteria::Criteria;
use super::em::evaluation::Evaluation;
use super::em::pass::MixtureRequest;
use crate::compute::random::stream;
use crate::error::Result;
use crate::rows::backend::{Backend, RowAnswers, collect_answers};
use crate::rows::linfa::predict_by_try_predict;
use crate::rows::mixed::MixedRows;
use crate::rows::pass::Pass;
use crate::rows::{Block, RowSource, check_columns};

impl GaussianMixture {
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
    pub fn score_samples(&self, data: &dyn RowSource) -> Result<Array1<f64>> {
        self.score_backend(&mut *self.check(data)?)
    }

    /// Posterior probabilities (responsibilities) of the components for each row, shape `(n_samples, n_components)`; rows sum
    /// to 1.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn predict_proba(&self, data: &dyn RowSource) -> Result<Array2<f64>> {
        self.posteriors_backend(&mut *self.check(data)?)
    }

    /// The most probable component of each row.
    ///
    /// linfa's `predict` returns the same, but panics where this returns an error.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn try_predict(&self, data: &dyn RowSource) -> Result<Array1<usize>> {
        self.labels_backend(&mut *self.check(data)?)
    }

    /// Draws a component for each row from its posterior: hard labels that preserve the uncertainty, unlike the most probable
    /// component.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn draw_labels(&self, data: &dyn RowSource, seed: u64) -> Result<Array1<usize>> {
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
    /// Same as [`score_samples`](Self::score_samples).
    pub fn score(&self, data: &dyn RowSource) -> Result<f64> {
        let evaluation = self.evaluate(&mut *self.check(data)?)?;
        Ok(evaluation.log_likelihood / evaluation.total)
    }

    /// Log-likelihood and information criteria of the model on the rows, by sample weight.
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn criteria(&self, data: &dyn RowSource) -> Result<Criteria> {
        self.criteria_backend(&mut *self.check(data)?)
    }

    /// Akaike's information criterion; see [`Criteria`].
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn aic(&self, data: &dyn RowSource) -> Result<f64> {
        Ok(self.criteria(data)?.aic)
    }

    /// The Bayesian information criterion; see [`Criteria`].
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn bic(&self, data: &dyn RowSource) -> Result<f64> {
        Ok(self.criteria(data)?.bic)
    }

    /// The integrated completed likelihood; see [`Criteria`].
    ///
    /// # Errors
    /// Same as [`score_samples`](Self::score_samples).
    pub fn icl(&self, data: &dyn RowSource) -> Result<f64> {
        Ok(self.criteria(data)?.icl)
    }

    pub(super) fn check<'a>(&self, data: &'a dyn RowSource) -> Result<Box<dyn Backend + 'a>> {
        let backend = data.backend()?;
        check_columns(backend.n_features(), self.n_features())?;
        Ok(backend)
    }
}

/// The same methods for the rows of any backend, which must have the columns of the model.
impl GaussianMixture {
    /// Same as [`score_samples`](Self::score_samples).
    pub(crate) fn score_backend(&self, backend: &mut dyn Backend) -> Result<Array1<f64>> {
        let answers = ModelAnswers { model: Cow::Borrowed(self), question: Question::LogDensity };
        Ok(collect_answers(backend, &answers)?.remove_axis(Axis(1)))
    }

    /// Same as [`predict_proba`](Self::predict_proba).
    pub(crate) fn posteriors_backend(&self, backend: &mut dyn Backend) -> Result<Array2<f64>> {
        let answers = ModelAnswers { model: Cow::Borrowed(self), question: Question::Posteriors };
        collect_answers(backend, &answers)
    }

    /// Same as [`try_predict`](Self::try_predict).
    pub(crate) fn labels_backend(&self, backend: &mut dyn Backend) -> Result<Array1<usize>> {
        let answers = ModelAnswers { model: Cow::Borrowed(self), question: Question::Label };
        let labels = collect_answers(backend, &answers)?.remove_axis(Axis(1));
        Ok(labels.mapv(|label| label as usize))
    }

    /// Same as [`criteria`](Self::criteria).
    pub(crate) fn criteria_backend(&self, backend: &mut dyn Backend) -> Result<Criteria> {
        Ok(self.evaluate(backend)?.criteria(self))
    }

    fn evaluate(&self, backend: &mut dyn Backend) -> Result<Evaluation> {
        let evaluations = vec![Cow::Borrowed(self)];
        let layout = Cow::Owned(self.categories().layout(backend.may_be_missing()));
        let request = MixtureRequest { layout, statistics: Vec::new(), evaluations };
        Ok(Pass::new(request).over(backend)?.evaluations.remove(0))
    }
}

/// A quantity that a model computes for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Question {
    /// ln p(x)
    LogDensity,
    /// The posterior of each component.
    Posteriors,
    /// The most probable component, the first of equally probable ones.
    Label,
}

/// The answers of a model to a question, for each row.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct ModelAnswers<'a> {
    pub(crate) model: Cow<'a, GaussianMixture>,
    pub(crate) question: Question,
}

impl RowAnswers for ModelAnswers<'_> {
    fn width(&self) -> usize {
        match self.question {
            Question::LogDensity | Question::Label => 1,
            Question::Posteriors => self.model.n_components(),
        }
    }

    fn answer(&self, block: &Block, answers: &mut Vec<f64>) -> Result<()> {
        let first = answers.len();
        answers.resize(first + block.n_rows() * self.width(), 0.0);
        let layout = self.model.categories().layout(block.has_missing());
        let split = block.split(&layout)?;
        split.parts().try_for_each(|rows| self.answer_part(rows, &mut answers[first..]))
    }

    fn owned(&self) -> Option<Box<dyn Any + Send>> {
        let model = Cow::Owned(self.model.as_ref().clone());
        Some(Box::new(ModelAnswers { model, question: self.question }))
    }
}

impl ModelAnswers<'_> {
    /// Writes the answers of some rows of a block to those of the block, row by row.
    fn answer_part(&self, rows: MixedRows<'_>, answers: &mut [f64]) -> Result<()> {
        let (n, k) = (rows.n_rows(), self.model.n_components());
        let mut posterior = vec![0.0; n * k];
        let mut log_prob = vec![0.0; n];
        let scratch = &mut Scratch::default();
        self.model.posteriors(rows, &mut posterior, &mut log_prob, scratch)?;
        match self.question {
            Question::LogDensity => {
                log_prob
                    .iter()
                    .enumerate()
                    .for_each(|(row, value)| answers[rows.index(row)] = *value);
            }
            Question::Posteriors => {
                for (component, posterior) in posterior.chunks_exact(n).enumerate() {
                    for (row, &posterior) in posterior.iter().enumerate() {
                        answers[rows.index(row) * k + component] = posterior;
                    }
                }
            }
            Question::Label => {
                for row in 0..n {
                    let of_row = posterior[row..].iter().step_by(n);
                    answers[rows.index(row)] = most_probable(of_row) as f64;
                }
            }
        }
        Ok(())
    }
}

/// The component with the largest posterior, or log-posterior; the first one of several.
pub(crate) fn most_probable<'a>(posterior: impl IntoIterator<Item = &'a f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (component, &p) in posterior.into_iter().enumerate() {
        if p > best.1 {
            best = (component, p);
        }
    }
    best.0
}

predict_by_try_predict!(GaussianMixture);
