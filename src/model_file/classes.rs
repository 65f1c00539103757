//! The classes of a model, with their names.

use ndarray::Array2;

use super::ModelFile;
use crate::error::{Error, Result};
use crate::mixture::inference::most_probable;
use crate::mixture::sum_by_class;
use crate::pipeline::Pipeline;
use crate::rows::RowSource;

/// The classes of a model: the name of their column, their names, and the class of each component.
///
/// It also tells the classes of the components of a marginal model without the column of the class, such as that of
/// [`ModelFile::keep`], whose components are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassNames {
    /// The name of the column.
    pub column: String,
    /// The names of the classes.
    pub names: Vec<String>,
    /// The class of each component.
    pub of_components: Vec<usize>,
}

impl ClassNames {
    /// Probabilities of the classes of each row, shape `(n_samples, n_classes)`, by the pipeline of the model, or by that of a marginal
    /// model without the column of the class.
    ///
    /// # Errors
    /// Same as [`Pipeline::predict_class_proba`]; [`Error::ShapeMismatch`] for a pipeline with another number of components.
    pub fn predict_proba(&self, pipeline: &Pipeline, rows: &dyn RowSource) -> Result<Array2<f64>> {
        if pipeline.class_column().is_some() {
            return pipeline.predict_class_proba(rows);
        }
        let (k, found) = (self.of_components.len(), pipeline.mixture().n_components());
        if found != k {
            return Err(Error::shape("the pipeline", format!("{k} components"), found));
        }
        let posteriors = pipeline.predict_proba(rows)?;
        Ok(sum_by_class(&posteriors, &self.of_components, self.names.len()))
    }

    /// The most probable class of each row, an index of a name, by probabilities of shape `(n_samples, n_classes)`.
    pub fn most_probable(&self, probabilities: &Array2<f64>) -> Vec<usize> {
        probabilities.rows().into_iter().map(most_probable).collect()
    }
}

impl ModelFile {
    /// The classes of the model; none if it was fitted without.
    pub fn class_names(&self) -> Option<ClassNames> {
        let column = self.pipeline.class_column()?;
        let name = self.columns.get(column).map(|column| column.name.clone());
        Some(ClassNames {
            column: name.unwrap_or_else(|| format!("column {column}")),
            names: self.level_names(column)?,
            of_components: self.pipeline.mixture().class_of_components()?,
        })
    }
}
