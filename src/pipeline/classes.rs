//! Classes of rows: their prediction, and its error.

use linfa::DatasetBase;
use linfa::prelude::ParamGuard;
use ndarray::{Array1, Array2, Axis};
use rand::seq::SliceRandom;

use super::{Pipeline, PipelineParams};
use crate::compute::random::{child_seed, stream};
use crate::error::{Error, Result};
use crate::mixture::inference::most_probable;
use crate::mixture::{
    ClassModel, FitReport, GaussianMixture, GmmParams, Selection, SelectionFit, SelectionParams,
    labelled_rows,
};
use crate::preprocess::preprocessor::Preprocessor;
use crate::rows::RowSource;
use crate::rows::backend::Backend;

/// How well classes are predicted.
///
/// Rows without a class do not count. The Brier score is the mean of `½ Σ (p(c) - 1[c is the class])²`, 0 if every class is predicted
/// with certainty, 1 if every one is wrong with certainty (Brier 1950, halved).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ClassErrors {
    /// Number of rows of each class that are predicted as each class, shape `(n_classes, n_classes)`.
    pub confusion: Array2<usize>,
    /// The Brier score.
    pub brier: f64,
}

impl ClassErrors {
    /// Compares probabilities of classes, shape `(n_samples, n_classes)`, with the classes of rows, NaN if there is none.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`]; [`Error::UnknownLevel`] for a class that has no probability.
    pub fn of(classes: &Array1<f64>, probabilities: &Array2<f64>) -> Result<Self> {
        if classes.len() != probabilities.nrows() {
            return Err(Error::shape("the classes", probabilities.nrows(), classes.len()));
        }
        let n_classes = probabilities.ncols();
        let mut confusion = Array2::zeros((n_classes, n_classes));
        let mut squares = 0.0;
        for (row, (&value, p)) in classes.iter().zip(probabilities.rows()).enumerate() {
            if value.is_nan() {
                continue;
            }
            let class = value as usize;
            if value.fract() != 0.0 || !(0.0..n_classes as f64).contains(&value) {
                return Err(Error::UnknownLevel { row, column: 0, value, n_levels: n_classes });
            }
            confusion[[class, most_probable(p)]] += 1;
            let square = |(at, p): (usize, &f64)| (p - f64::from(at == class)).powi(2);
            squares += p.iter().enumerate().map(square).sum::<f64>() / 2.0;
        }
        let brier = squares / confusion.sum() as f64;
        Ok(Self { confusion, brier })
    }

    /// Number of rows with a class.
    pub fn n_samples(&self) -> usize {
        self.confusion.sum()
    }

    /// Number of rows whose class is not the most probable one.
    pub fn n_wrong(&self) -> usize {
        self.n_samples() - self.confusion.diag().sum()
    }

    /// Share of rows whose class is not the most probable one.
    pub fn error(&self) -> f64 {
        self.n_wrong() as f64 / self.n_samples() as f64
    }
}

impl Pipeline {
    /// The column of the data with the class, if the pipeline was fitted to rows with [classes](PipelineParams::class).
    pub fn class_column(&self) -> Option<usize> {
        let column = self.mixture.class_column()?;
        let category = self.mixture.categories().columns().binary_search(&column).ok()?;
        self.layout.categories().get(category).copied()
    }

    /// Posterior of each class for each row, given all other columns, shape `(n_samples, n_classes)`. The class of a row may be missing,
    /// and is not used.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for a pipeline without classes; otherwise same as [`score_samples`](Self::score_samples).
    pub fn predict_class_proba(&self, data: &dyn RowSource) -> Result<Array2<f64>> {
        self.on_reduced(data, |rows| self.mixture.class_posteriors_backend(rows))
    }

    /// The most probable class of each row, given all other columns.
    ///
    /// # Errors
    /// Same as [`predict_class_proba`](Self::predict_class_proba).
    pub fn predict_class(&self, data: &dyn RowSource) -> Result<Array1<usize>> {
        let probabilities = self.predict_class_proba(data)?;
        Ok(probabilities.rows().into_iter().map(most_probable).collect())
    }

    /// How well the classes of rows in memory are predicted.
    ///
    /// # Errors
    /// Same as [`predict_class_proba`](Self::predict_class_proba); [`Error::InvalidParam`] for rows that are not in memory.
    pub fn class_errors(&self, data: &dyn RowSource) -> Result<ClassErrors> {
        self.class_errors_of(data, &self.predict_class_proba(data)?)
    }

    /// How well `probabilities` of classes, shape `(n_samples, n_classes)`, agree with the classes of rows in memory.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for a pipeline without classes, and for rows that are not in memory; those of [`ClassErrors::of`].
    pub fn class_errors_of(
        &self,
        data: &dyn RowSource,
        probabilities: &Array2<f64>,
    ) -> Result<ClassErrors> {
        let Some(column) = self.class_column() else {
            return Err(Error::param("the pipeline", "one without classes", "fitted with classes"));
        };
        let backend = data.backend()?;
        let classes = labelled_rows(&*backend)?.records().column(column).to_owned();
        ClassErrors::of(&classes, probabilities)
    }
}

/// The child seed for the split of the rows.
const SPLIT: u64 = u64::MAX - 2;

impl PipelineParams {
    /// How well the classes of rows are predicted by models that have not seen them: in each of `n_folds` parts of the rows in turn, by
    /// the preprocessor and the mixture that are fitted to the other parts, with the numbers of components and families of `found`. Rows
    /// of a class are in all parts, as evenly as possible; rows without a class are in all fits. Fits honour sample weights; errors
    /// count rows.
    ///
    /// # Errors
    /// Errors of the fits; [`Error::InvalidParam`] for rows that are not in memory, for fewer than 2 parts or more than rows with a
    /// class, and for parameters or a mixture without classes.
    ///
    /// # Examples
    /// ```
    /// use mixlab::{ClassModel, CovarianceType, prelude::*};
    /// use ndarray::{Array1, Axis};
    ///
    /// // two blobs and their classes; the last column is the class
    /// let blobs = datasets::stretched_blobs();
    /// let classes: Array1<f64> = blobs.targets().iter().map(|&class| class as f64).collect();
    /// let mut rows = blobs.records().to_owned();
    /// rows.push_column(classes.view()).unwrap();
    /// let params = Pipeline::params().class(2);
    /// let search = Selection::params(1..=2).covariance_types(CovarianceType::ALL);
    /// let (model, found) = params.select(&rows, &search)?;
    /// assert!(model.class_errors(&rows)?.error() < 0.01);
    /// let errors = params.cross_validate_classes(&rows, &search, found.best_model(), 5)?;
    /// assert!(errors.n_samples() == rows.nrows() && errors.error() < 0.01);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn cross_validate_classes(
        &self,
        data: &dyn RowSource,
        selection: &SelectionParams,
        found: &GaussianMixture,
        n_folds: usize,
    ) -> Result<ClassErrors> {
        let Some(column) = self.check_ref()?.class() else {
            return Err(Error::param("the pipeline", "one without classes", "one with classes"));
        };
        let backend = data.backend()?;
        let rows = labelled_rows(&*backend)?;
        let records = rows.records();
        if column >= records.ncols() {
            return Err(Error::param("class", column, "a column of the rows, from 0"));
        }
        let classes = records.column(column).to_owned();
        let seed = selection.check_ref()?.mixture().check_ref()?.seed();
        let parts = parts(&classes, n_folds, seed)?;
        let n_classes = 1 + classes.iter().fold(0.0, |most: f64, &class| most.max(class)) as usize;
        let mut probabilities = Array2::zeros((records.nrows(), n_classes));
        for fold in 0..n_folds {
            let rows_where = |is_in_part: bool| -> Vec<usize> {
                let rows = 0..records.nrows();
                rows.filter(|&row| (parts[row] == Some(fold)) == is_in_part).collect()
            };
            let others = rows_where(false);
            let training = DatasetBase::from(records.select(Axis(0), &others));
            let model = match rows.sample_weights_f32() {
                Some(weights) => {
                    let weights = others.iter().map(|&row| weights[row]).collect();
                    self.refit(&training.with_weights(weights), selection, found)?
                }
                None => self.refit(&training, selection, found)?,
            };
            let left_out = rows_where(true);
            let predicted = model.predict_class_proba(&records.select(Axis(0), &left_out))?;
            for (&row, of_row) in left_out.iter().zip(predicted.rows()) {
                // a class that no row has after the last of the others has no probability
                for (to, &from) in probabilities.row_mut(row).iter_mut().zip(of_row) {
                    *to = from;
                }
            }
        }
        ClassErrors::of(&classes, &probabilities)
    }

    /// Fits the preprocessor and a mixture of the classes and families of another to rows.
    fn refit(
        &self,
        rows: &dyn RowSource,
        selection: &SelectionParams,
        found: &GaussianMixture,
    ) -> Result<Pipeline> {
        let rows = self.preprocess(rows)?;
        let mixture = rows.refit_classes(selection, found)?;
        Pipeline::new(rows.preprocessor, mixture)
    }
}

/// Fits a model of classes without a search.
pub(super) fn fit_classes(
    rows: &mut dyn Backend,
    column: Option<usize>,
    params: &GmmParams,
) -> Result<(GaussianMixture, FitReport)> {
    let column = column.expect("the class is a category");
    let checked = params.check_ref()?;
    let selection = Selection::params([checked.n_components()])
        .covariance_types([checked.covariance_type()])
        .class_models([match checked.n_components() {
            1 => ClassModel::Edda,
            _ => ClassModel::Mixtures,
        }])
        .mixture(params.clone());
    let found = selection.check_ref()?.fit_classes(rows, column, None)?;
    let SelectionFit { model, report, .. } = found.take_best();
    Ok((model, report))
}

impl Preprocessor {
    /// The column of preprocessed rows that has a category of the data.
    pub(super) fn column_of_category(&self, column: usize) -> Option<usize> {
        let at = self.layout()?.categories().binary_search(&column).ok()?;
        Some(self.categories()?.start + at)
    }
}

/// The part of each row with a class; the rows of each class are divided at random, one after another.
fn parts(classes: &Array1<f64>, n_folds: usize, seed: u64) -> Result<Vec<Option<usize>>> {
    let mut labelled: Vec<usize> =
        (0..classes.len()).filter(|&row| !classes[row].is_nan()).collect();
    if n_folds < 2 || n_folds > labelled.len() {
        return Err(Error::param(
            "n_folds",
            n_folds,
            "at least 2 and at most the number of rows with a class",
        ));
    }
    labelled.shuffle(&mut stream(child_seed(seed, SPLIT), 0));
    labelled.sort_by(|&a, &b| classes[a].total_cmp(&classes[b]));
    let mut parts = vec![None; classes.len()];
    labelled.into_iter().enumerate().for_each(|(at, row)| parts[row] = Some(at % n_folds));
    Ok(parts)
}
