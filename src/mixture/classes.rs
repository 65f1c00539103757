//! Classes: a category of which each level has components of its own.
//!
//! ```text
//! f(x, c) = Σₖ πₖ N(x | mₖ, Σₖ) 1[c = c(k)],   P(c | x) = Σₖ rₖ(x) 1[c = c(k)]
//! ```
//! The joint density of rows and their classes is that of a mixture with a category whose probabilities in each component are 0
//! and 1, so EM, scores, samples and conditionals need nothing else; a row without a class is one with a missing value.

use std::fmt;
use std::str::FromStr;

use ndarray::{Array1, Array2, ArrayView1};

use super::GaussianMixture;
use super::categories::Categories;
use super::covariance::CovarianceType;
use super::inference::most_probable;
use crate::error::{Error, Result};
use crate::rows::backend::Backend;
use crate::rows::{MatrixRows, RowSource};

/// What the components of different classes share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClassModel {
    /// One component for each class, with covariances of one family over all classes: discriminant analysis by eigenvalue
    /// decomposition (EDDA, Bensmail & Celeux 1996). With [`CovarianceType::Tied`] it is linear discriminant analysis, with
    /// [`CovarianceType::Full`] the quadratic one, with [`CovarianceType::Diag`] the naive classifier of Bayes.
    Edda,
    /// A mixture for each class, with its own number of components and family of covariances: mixture discriminant analysis
    /// (Hastie & Tibshirani 1996; MclustDA, Fraley & Raftery 2002).
    Mixtures,
}

impl ClassModel {
    /// Both models.
    pub const ALL: [Self; 2] = [Self::Edda, Self::Mixtures];
}

impl fmt::Display for ClassModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Edda => "edda",
            Self::Mixtures => "mixtures",
        })
    }
}

impl FromStr for ClassModel {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|model| model.to_string() == name);
        found.ok_or_else(|| Error::param("the model of classes", name, "edda or mixtures"))
    }
}

/// The category of classes, and the families of their covariances.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Classes {
    /// Which of the categories.
    pub(super) category: usize,
    /// The family of each class, or one family over all classes.
    families: Vec<CovarianceType>,
}

impl Classes {
    /// The family of each class, or one family over all classes.
    pub(super) fn families(&self) -> &[CovarianceType] {
        &self.families
    }

    /// The same classes, of which a fit with one family has the covariances.
    pub(super) fn in_family(&self, family: CovarianceType, d: usize) -> Self {
        let each = if family.shares_nothing(d) { self.families.len() } else { 1 };
        Self { category: self.category, families: vec![family; each] }
    }

    /// Number of free parameters of weights, means and covariances in `d` dimensions, of classes with these numbers of components.
    fn n_parameters(&self, n_components: &[usize], d: usize) -> usize {
        if let &[family] = self.families.as_slice() {
            return family.n_mixture_parameters(n_components.iter().sum(), d);
        }
        let classes = n_components.iter().zip(&self.families).filter(|&(&k, _)| k > 0);
        let of_classes = classes.clone().map(|(&k, family)| family.n_mixture_parameters(k, d));
        of_classes.sum::<usize>() + classes.count() - 1
    }
}

impl Categories {
    /// The column of the rows with the class.
    fn class_column(&self) -> Option<usize> {
        self.classes().map(|classes| self.columns()[classes.category])
    }

    /// The class of each component.
    fn class_of_components(&self) -> Option<Vec<usize>> {
        let of_levels = self.probabilities(self.classes()?.category);
        let level = |row: ArrayView1<'_, f64>| row.iter().position(|&p| p == 1.0);
        of_levels.rows().into_iter().map(level).collect()
    }

    /// The same categories, in which any class has the factor 1 in every component, as if it were missing.
    fn without_classes(&self) -> Self {
        let class = self.classes().map(|classes| classes.category);
        let equal = |category: usize| {
            let probabilities = self.probabilities(category);
            if Some(category) == class {
                return Array2::ones(probabilities.dim());
            }
            probabilities.to_owned()
        };
        let probabilities = (0..self.n_columns()).map(equal).collect();
        Self::from_checked(self.columns().to_vec(), probabilities)
    }
}

impl GaussianMixture {
    /// Declares that the category in a `column` of the rows is the class of a row: each component has rows of one class, and only
    /// these. `families` are those of the covariances of each class, for the number of parameters, or one family over all classes.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless the column is a category of at least two levels whose probabilities are 0 or 1;
    /// [`Error::ShapeMismatch`] for another number of families.
    ///
    /// # Examples
    /// Two classes, of which the second has two components:
    /// ```
    /// use mixlab::{CovarianceType, GaussianMixture};
    /// use ndarray::array;
    ///
    /// let (weights, means) = (array![0.5, 0.25, 0.25], array![[0.0], [3.0], [-3.0]]);
    /// let variances = array![[1.0], [0.5], [0.5]].into_dyn();
    /// let model = GaussianMixture::new(weights, means, CovarianceType::Diag, variances)?
    ///     .with_categories(vec![1], vec![array![[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]])?
    ///     .with_classes(1, vec![CovarianceType::Diag, CovarianceType::Tied])?;
    /// // the class of a row does not tell its class, and may be missing
    /// let probabilities = model.predict_class_proba(&array![[0.0, f64::NAN], [2.8, 0.0]])?;
    /// assert!(probabilities[[0, 0]] > 0.95 && probabilities[[1, 1]] > 0.95);
    /// assert_eq!((model.class_of_components(), model.n_parameters()), (Some(vec![0, 1, 1]), 7));
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn with_classes(self, column: usize, families: Vec<CovarianceType>) -> Result<Self> {
        let categories = self.categories();
        let Ok(category) = categories.columns().binary_search(&column) else {
            return Err(Error::param("the column of classes", column, "a category"));
        };
        let n_classes = categories.n_levels()[category];
        if n_classes < 2 {
            return Err(Error::param("the number of classes", n_classes, "at least 2"));
        }
        if ![1, n_classes].contains(&families.len()) {
            return Err(Error::shape("the families of classes", n_classes, families.len()));
        }
        if categories.probabilities(category).iter().any(|&p| p != 0.0 && p != 1.0) {
            let found = "shared by components";
            return Err(Error::param("a class", found, "that of whole components"));
        }
        let classes = Classes { category, families };
        let categories = categories.clone().with_classes(Some(classes));
        Ok(self.with_checked(categories))
    }

    /// The column of the rows with the class, if the mixture has classes.
    pub fn class_column(&self) -> Option<usize> {
        self.categories().class_column()
    }

    /// The class of each component, an index of a level, if the mixture has classes.
    pub fn class_of_components(&self) -> Option<Vec<usize>> {
        self.categories().class_of_components()
    }

    /// The family of the covariances of each class, or one family over all classes; none without classes.
    pub fn class_families(&self) -> &[CovarianceType] {
        self.categories().classes().map(Classes::families).unwrap_or_default()
    }

    /// Posterior of each class for each row, given all other columns, shape `(n_samples, n_classes)`. The class of a row may be missing,
    /// and is not used.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for a mixture without classes; otherwise same as [`score_samples`](Self::score_samples).
    pub fn predict_class_proba(&self, data: &dyn RowSource) -> Result<Array2<f64>> {
        self.class_posteriors_backend(&mut *self.check(data)?)
    }

    /// The most probable class of each row, given all other columns; see [`predict_class_proba`](Self::predict_class_proba).
    ///
    /// # Errors
    /// Same as [`predict_class_proba`](Self::predict_class_proba).
    pub fn predict_class(&self, data: &dyn RowSource) -> Result<Array1<usize>> {
        let probabilities = self.predict_class_proba(data)?;
        Ok(probabilities.rows().into_iter().map(most_probable).collect())
    }

    pub(crate) fn class_posteriors_backend(
        &self,
        backend: &mut dyn Backend,
    ) -> Result<Array2<f64>> {
        let (Some(classes), Some(of_components)) =
            (self.categories().classes(), self.class_of_components())
        else {
            return Err(Error::param("the mixture", "one without classes", "fitted with classes"));
        };
        let n_classes = self.categories().n_levels()[classes.category];
        let unlabelled = self.clone().with_checked(self.categories().without_classes());
        Ok(sum_by_class(&unlabelled.posteriors_backend(backend)?, &of_components, n_classes))
    }

    /// Number of free parameters of the numbers and weights, if the mixture has classes.
    pub(super) fn n_class_parameters(&self) -> Option<usize> {
        let classes = self.categories().classes()?;
        let mut n_components = vec![0; self.categories().n_levels()[classes.category]];
        self.class_of_components()?.into_iter().for_each(|class| n_components[class] += 1);
        Some(classes.n_parameters(&n_components, self.n_numeric()))
    }
}

/// The rows of a fit or a comparison with classes, which are in memory.
///
/// # Errors
/// [`Error::InvalidParam`] for others.
pub(crate) fn labelled_rows(backend: &dyn Backend) -> Result<MatrixRows<'_>> {
    backend.as_matrix().ok_or_else(|| {
        let expected = "ones in memory; raise --memory, or take a sample of the rows";
        Error::param("rows with classes", "rows in a file", expected)
    })
}

/// Sums posteriors of components, shape `(n_samples, n_components)`, by the class of each component.
pub(crate) fn sum_by_class(
    posteriors: &Array2<f64>,
    of_components: &[usize],
    n_classes: usize,
) -> Array2<f64> {
    let mut sums = Array2::zeros((posteriors.nrows(), n_classes));
    for (posterior, &class) in posteriors.columns().into_iter().zip(of_components) {
        let mut sum = sums.column_mut(class);
        sum += &posterior;
    }
    sums
}
