//! Conditional and marginal models of a pipeline: of some columns, given others or whatever they are.
//!
//! Both are pipelines: the scaler has fewer columns, and the mixture is that of [`crate::mixture::given`]. Behind a PCA the numbers
//! that are kept have a basis of their own, see [`super::subspace`].

use ndarray::{Array1, ArrayView1, Axis};

use super::Pipeline;
use super::subspace::{Basis, Given};
use crate::error::{Error, Result};
use crate::mixture::given::{Numbers, check_ascending, normalised};
use crate::preprocess::pca::Pca;
use crate::preprocess::preprocessor::Preprocessor;
use crate::preprocess::scaler::StandardScaler;

impl Pipeline {
    /// The model of all other columns, given the values of some: pairs of a column and its value, in the units of the data. The
    /// value of a category is the index of its level.
    ///
    /// It is exact, and a model of the same kind: it draws samples, scores rows and finds clusters as any other. A column that is
    /// given is observed, also if its missing values are [informative](crate::Missing). Behind a PCA full covariances are those of
    /// the result, or tied ones if they were.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] for columns that do not exist, are given twice, or are all columns, and for missing values;
    /// [`Error::NonFinite`]; [`Error::UnknownLevel`]; [`Error::SingularCovariance`] if that of the given numbers is singular to
    /// rounding.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let model = Pipeline::params().mixture(GaussianMixture::params(4)).fit(&datasets::survey())?;
    /// // people of 67 years: income, spending and visits
    /// let at_67 = model.given(&[(0, 67.0)])?;
    /// assert_eq!(at_67.n_features(), 3);
    /// let (rows, _) = at_67.sample(1000, 1);
    /// assert!((rows.column(0).mean().unwrap() - 34.5).abs() < 2.0);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn given(&self, values: &[(usize, f64)]) -> Result<Self> {
        Ok(self.given_with_density(values)?.0)
    }

    /// [`given`](Self::given), with the log-density of the given values: of their marginal density, in the units of the data.
    ///
    /// # Errors
    /// Same as [`given`](Self::given).
    pub fn given_with_density(&self, values: &[(usize, f64)]) -> Result<(Self, f64)> {
        let row = self.row_of(values)?;
        if values.is_empty() {
            return Ok((self.clone(), 0.0));
        }
        let kept: Vec<usize> = (0..row.len()).filter(|&column| row[column].is_nan()).collect();
        if kept.is_empty() {
            let expected = "some of the columns: the density of a complete row is its score, see score_samples";
            return Err(Error::param("given columns", "all columns", expected));
        }
        let of_categories = self.mixture.log_prob_of_codes(self.codes(&row).view());
        let of_categories = of_categories.map_err(|error| self.in_data(error))?;
        let (of_numbers, part) = self.numbers_given(&row)?;
        let log_weights = self.mixture.weights().mapv(f64::ln) + of_categories + of_numbers;
        let (weights, log_density) = normalised(&log_weights);
        Ok((self.with_part(part, weights, &kept)?, log_density))
    }

    /// The model of some columns, ascending, whatever the others are: their marginal density.
    ///
    /// # Errors
    /// [`Error::InvalidParam`] unless the columns ascend and are columns of the data, at least one.
    ///
    /// # Examples
    /// ```
    /// use mixlab::prelude::*;
    ///
    /// let digits = datasets::digits();
    /// let params = Pipeline::params().pca(Pca::params(20).whiten(true));
    /// let model = params.mixture(GaussianMixture::params(10)).fit(&digits)?;
    /// let upper: Vec<usize> = (0..32).collect();
    /// assert_eq!(model.keep(&upper)?.n_features(), 32);
    /// # Ok::<(), mixlab::Error>(())
    /// ```
    pub fn keep(&self, columns: &[usize]) -> Result<Self> {
        check_ascending(columns, self.n_features())?;
        if columns.len() == self.n_features() {
            return Ok(self.clone());
        }
        let is_kept = |column: &usize| columns.binary_search(column).is_ok();
        let all = self.layout.numbers();
        let positions: Vec<usize> = (0..all.len()).filter(|&at| is_kept(&all[at])).collect();
        let part = match self.preprocessor.pca() {
            Some(pca) if positions.len() == all.len() => self.all_numbers(pca)?,
            Some(pca) if !positions.is_empty() => {
                let basis = Basis::of(pca, self.preprocessor.residual_variance(), &positions)?;
                NumberPart {
                    numbers: basis.marginal(pca, &self.mixture),
                    behind: Behind::Basis(basis),
                }
            }
            // behind a PCA, no number is kept
            _ => NumberPart {
                numbers: self.mixture.numbers_kept(&positions)?,
                behind: Behind::Nothing,
            },
        };
        self.with_part(part, self.mixture.weights().to_owned(), columns)
    }

    /// A row of the data with these values; NaN where none is given.
    fn row_of(&self, values: &[(usize, f64)]) -> Result<Array1<f64>> {
        let mut row = Array1::from_elem(self.n_features(), f64::NAN);
        for &(column, value) in values {
            let Some(at) = row.get_mut(column) else {
                return Err(Error::param(
                    "given columns",
                    column,
                    "columns of the data, counted from 0",
                ));
            };
            if !at.is_nan() {
                return Err(Error::param("given columns", column, "each column at most once"));
            }
            if !value.is_finite() {
                return Err(Error::NonFinite { row: 0, column, value });
            }
            self.check_level(0, column, value)?;
            *at = value;
        }
        Ok(row)
    }

    /// Codes of the categories and indicators of the mixture in a row of the data, NaN where nothing is given; what is given is
    /// observed.
    fn codes(&self, row: &Array1<f64>) -> Array1<f64> {
        let columns = self.layout.categories().iter().chain(self.layout.indicators());
        let code =
            |(&column, code): (&usize, f64)| if row[column].is_nan() { f64::NAN } else { code };
        columns.zip(self.layout.codes(row.view())).map(code).collect()
    }

    /// The numbers that are not given in a row of the data, and the log-density of the others under each component, in the units of
    /// the data.
    fn numbers_given(&self, row: &Array1<f64>) -> Result<(Array1<f64>, NumberPart)> {
        let values = self.layout.select_numbers(row.view().insert_axis(Axis(0)));
        let numbers = self.preprocessor.scale(values.view()).index_axis(Axis(0), 0).to_owned();
        let scaling = self.preprocessor.log_scaling(values.view())[0];
        let is_given = |&at: &usize| !numbers[at].is_nan();
        let (given, missing): (Vec<usize>, Vec<usize>) = (0..numbers.len()).partition(is_given);
        let values = numbers.select(Axis(0), &given);
        let (log_densities, part) = match self.preprocessor.pca() {
            Some(pca) if given.is_empty() => {
                (Array1::zeros(self.mixture.n_components()), self.all_numbers(pca)?)
            }
            Some(pca) => {
                let variance = self.preprocessor.residual_variance();
                let behind = Given::new(pca, variance, &self.mixture, (&given, &missing))?;
                let (log_densities, numbers) = behind.at(values.view());
                (log_densities, NumberPart { numbers, behind: Behind::Basis(behind.basis) })
            }
            None => {
                let (log_densities, numbers) = self.without_spikes(row, numbers)?;
                (log_densities, NumberPart { numbers, behind: Behind::Nothing })
            }
        };
        Ok((log_densities + scaling, part))
    }

    /// The scaled numbers that are not given, and the log-density of the given ones. Where a spike is given, there is no number.
    fn without_spikes(
        &self,
        row: &Array1<f64>,
        numbers: Array1<f64>,
    ) -> Result<(Array1<f64>, Numbers)> {
        let columns = self.layout.numbers();
        let is_kept = |&at: &usize| !numbers[at].is_nan() || row[columns[at]].is_nan();
        let kept: Vec<usize> = (0..numbers.len()).filter(is_kept).collect();
        if kept.len() == numbers.len() {
            return self.mixture.numbers_given(numbers.view());
        }
        let weights = self.mixture.weights().to_owned();
        let categories = self.mixture.categories().placed(std::iter::empty());
        let mixture = self.mixture.numbers_kept(&kept)?.mixture(weights, categories)?;
        mixture.numbers_given(numbers.select(Axis(0), &kept).view())
    }

    /// All numbers of the mixture, behind the PCA.
    fn all_numbers(&self, pca: &Pca) -> Result<NumberPart> {
        let all: Vec<usize> = (0..self.mixture.n_numeric()).collect();
        let numbers = self.mixture.numbers_kept(&all)?;
        Ok(NumberPart { numbers, behind: Behind::Pca(pca.clone()) })
    }

    /// The pipeline of the columns that are `kept`, with these weights and numbers.
    fn with_part(&self, part: NumberPart, weights: Array1<f64>, kept: &[usize]) -> Result<Self> {
        let place = |column: &usize| kept.binary_search(column).ok();
        let (categories, indicators) = (self.layout.categories(), self.layout.indicators());
        let all = categories.iter().chain(indicators).enumerate();
        let places = all.filter_map(|(at, column)| Some((place(column)?, at)));
        let d = part.numbers.means.ncols();
        let categories = match self.preprocessor.layout() {
            // behind the numbers
            Some(_) => {
                let places = places.enumerate().map(|(index, (_, at))| (d + index, at));
                self.mixture.categories().placed(places)
            }
            None => self.mixture.categories().placed(places),
        };
        let mixture = part.numbers.mixture(weights, categories)?;
        let pca = match part.behind {
            Behind::Nothing => None,
            Behind::Pca(pca) => Some(pca),
            Behind::Basis(basis) => basis.pca(&mixture)?,
        };
        let is_kept = |(_, column): &(usize, &usize)| kept.binary_search(column).is_ok();
        let numbers = self.layout.numbers().iter().enumerate().filter(is_kept);
        let positions: Vec<usize> = numbers.map(|(at, _)| at).collect();
        let mut preprocessor = Preprocessor::new(self.scaler_of(&positions)?, pca)?;
        if self.preprocessor.layout().is_some() {
            preprocessor = preprocessor.with_layout(self.layout.keep(kept))?;
        }
        if let Some(shapes) = self.preprocessor.shapes() {
            preprocessor = preprocessor.with_shapes(shapes.select(&positions))?;
        }
        Self::new(preprocessor, mixture)
    }

    /// The scaler of some of the numbers.
    fn scaler_of(&self, positions: &[usize]) -> Result<Option<StandardScaler>> {
        let scaler = self.preprocessor.scaler().filter(|_| !positions.is_empty());
        let select = |scaler: &StandardScaler| {
            let of = |values: ArrayView1<'_, f64>| values.select(Axis(0), positions);
            StandardScaler::new(of(scaler.mean()), of(scaler.scale()))
        };
        scaler.map(select).transpose()
    }
}

/// The numbers of a conditional or a marginal, and what is between them and the scaled numbers.
struct NumberPart {
    numbers: Numbers,
    behind: Behind,
}

enum Behind {
    Nothing,
    Pca(Pca),
    Basis(Basis),
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use ndarray::{Array1, Array2, Axis};
    use rand::Rng;
    use rand_distr::StandardNormal;

    use crate::compute::random::stream;
    use crate::prelude::*;
    use crate::{ColumnLayout, Missing};

    const NAN: f64 = f64::NAN;

    /// Rows of three correlated groups of `d` numbers.
    fn correlated(n: usize, d: usize) -> Array2<f64> {
        let rng = &mut stream(3, 0);
        let loadings =
            Array2::from_shape_simple_fn((4, d), || rng.sample::<f64, _>(StandardNormal));
        let factors = Array2::from_shape_fn((n, 4), |(row, factor)| {
            (row % 3) as f64 * (factor as f64 - 1.0) + rng.sample::<f64, _>(StandardNormal)
        });
        let noise =
            Array2::from_shape_simple_fn((n, d), || 0.3 * rng.sample::<f64, _>(StandardNormal));
        factors.dot(&loadings) * 2.0 + noise + 10.0
    }

    /// Models with and without scaler and PCA, and of every family.
    fn models() -> Vec<(String, Pipeline, Array2<f64>)> {
        let rows = correlated(400, 30);
        let mut models = Vec::new();
        for family in CovarianceType::EVERY {
            // no component is degenerate, so that exact results are equal to many digits
            let mixture = GaussianMixture::params(3).covariance_type(family).n_init(2);
            let mixture = mixture.relative_reg_covar(1e-3);
            for (name, pca) in [
                ("no PCA", None),
                ("PCA", Some(Pca::params(6))),
                ("whitening PCA", Some(Pca::params(6).whiten(true))),
                ("complete PCA", Some(Pca::params(PcaComponents::All).whiten(true))),
            ] {
                for standardize in [false, true] {
                    let params = Pipeline::params().standardize(standardize);
                    let params = pca.iter().fold(params, |params, pca| params.pca(pca.clone()));
                    let data = DatasetBase::from(rows.clone());
                    let model = params.mixture(mixture.clone()).fit(&data).unwrap();
                    let name = format!("{family}, {name}, standardize {standardize}");
                    models.push((name, model, rows.clone()));
                }
            }
        }
        models
    }

    /// The density of a row is that of some values times that of the others given these; the first factor is the marginal density.
    fn check_chain_rule(name: &str, model: &Pipeline, row: &Array1<f64>, given: &[usize]) {
        let values: Vec<(usize, f64)> = given.iter().map(|&column| (column, row[column])).collect();
        let (conditional, log_density) = model.given_with_density(&values).unwrap();
        let kept: Vec<usize> = (0..row.len()).filter(|at| !given.contains(at)).collect();
        let score = |model: &Pipeline, columns: &[usize]| {
            let row = row.select(Axis(0), columns).insert_axis(Axis(0));
            model.score_samples(&row).unwrap()[0]
        };
        let all: Vec<usize> = (0..row.len()).collect();
        let joint = score(model, &all);
        let tolerance = 1e-10 * joint.abs().max(1.0);
        let product = log_density + score(&conditional, &kept);
        assert!((joint - product).abs() < tolerance, "{name}, {given:?}: {joint} != {product}");
        let marginal = score(&model.keep(given).unwrap(), given);
        assert!((marginal - log_density).abs() < tolerance, "{name}, {given:?}: {marginal}");
    }

    #[test]
    fn the_density_of_rows_is_that_of_given_values_times_that_of_the_others() {
        for (name, model, rows) in models() {
            for given in [vec![4], vec![0, 7, 29], (0..15).collect(), (3..29).collect()] {
                for row in [0, 1, 2] {
                    check_chain_rule(&name, &model, &rows.row(row).to_owned(), &given);
                }
            }
        }
    }

    #[test]
    fn means_and_covariances_are_those_of_the_dense_formula() {
        let all: Vec<usize> = (0..30).collect();
        for (name, model, rows) in models() {
            // every column in the units of the data, with matrices of 30 x 30
            let dense = model.marginal(&all).unwrap();
            for given in [vec![2, 11], (0..26).collect::<Vec<_>>()] {
                let mut row = Array1::from_elem(30, NAN);
                given.iter().for_each(|&column| row[column] = rows[[7, column]]);
                let expected = dense.given(row.view()).unwrap();
                let values: Vec<_> = given.iter().map(|&column| (column, row[column])).collect();
                let found = model.given(&values).unwrap();
                let kept: Vec<usize> = (0..30 - given.len()).collect();
                let found = found.marginal(&kept).unwrap();
                assert_abs_diff_eq!(found.weights(), expected.weights(), epsilon = 1e-9);
                assert_abs_diff_eq!(found.means(), expected.means(), epsilon = 1e-9);
                for component in 0..3 {
                    let (a, b) = (found.covariance(component), expected.covariance(component));
                    let difference = (&a - &b).iter().map(|x| x.abs()).fold(0.0, f64::max);
                    let unit = b.iter().map(|x| x.abs()).fold(0.0, f64::max);
                    assert!(difference < 1e-10 * unit, "{name}: {difference:e} of {unit:e}");
                }
            }
        }
    }

    /// Two numbers, the first of which can be missing, and two categories.
    fn mixed(pca: bool) -> (Pipeline, Array2<f64>) {
        let rng = &mut stream(5, 0);
        let mut rows = Array2::zeros((300, 5));
        for (index, mut row) in rows.rows_mut().into_iter().enumerate() {
            let group = (index % 2) as f64;
            row[0] = 3.0 * group + rng.sample::<f64, _>(StandardNormal);
            row[1] = f64::from(u8::from(rng.gen_bool(0.2 + 0.6 * group)));
            row[2] = row[0] + 0.5 * rng.sample::<f64, _>(StandardNormal);
            row[3] = rng.gen_range(0..3) as f64;
            row[4] = row[0] - row[2] + 0.1 * rng.sample::<f64, _>(StandardNormal);
            if !pca && rng.gen_bool(0.2) {
                row[0] = NAN;
            }
        }
        let params = Pipeline::params().categorical([1, 3]).standardize(true);
        let params = if pca { params.pca(Pca::params(2)) } else { params };
        let params = params.missing(Missing::Informative).mixture(GaussianMixture::params(2));
        (params.fit(&DatasetBase::from(rows.clone())).unwrap(), rows)
    }

    #[test]
    fn categories_and_missing_values_follow_the_chain_rule() {
        for pca in [false, true] {
            let (model, rows) = mixed(pca);
            let complete = (0..300).find(|&row| !rows[[row, 0]].is_nan()).unwrap();
            let row = rows.row(complete).to_owned();
            for given in [vec![0], vec![1], vec![0, 3], vec![1, 3], vec![0, 2, 4], vec![0, 1, 2, 3]]
            {
                check_chain_rule("mixed", &model, &row, &given);
            }
            let rest = model.given(&[(2, 1.0)]).unwrap();
            assert_eq!(rest.layout().categories(), [1, 2]);
            assert_eq!(rest.layout().indicators(), if pca { &[][..] } else { &[0] });
            let layout = model.keep(&[1, 3]).unwrap().layout().clone();
            assert_eq!(layout, ColumnLayout::new(2, vec![0, 1], vec![]).unwrap());
        }
    }

    #[test]
    fn samples_of_the_joint_density_near_a_value_agree_with_the_conditional() {
        for pca in [false, true] {
            let params = Pipeline::params().standardize(true);
            let params = if pca { params.pca(Pca::params(2)) } else { params };
            let model =
                params.mixture(GaussianMixture::params(4)).fit(&datasets::survey()).unwrap();
            let (rows, _) = model.sample(400_000, 1);
            let near: Vec<f64> = rows
                .rows()
                .into_iter()
                .filter(|row| (row[0] - 40.0).abs() < 0.5)
                .map(|row| row[1])
                .collect();
            let at_40 = model.given(&[(0, 40.0)]).unwrap();
            let (conditional, _) = at_40.sample(near.len(), 2);
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            let variance = |values: &[f64]| {
                let center = mean(values);
                values.iter().map(|x| (x - center).powi(2)).sum::<f64>() / values.len() as f64
            };
            let conditional = conditional.column(0).to_vec();
            let error = (variance(&near) / near.len() as f64 * 2.0).sqrt();
            let difference = mean(&near) - mean(&conditional);
            assert!(difference.abs() < 4.0 * error + 0.05, "{difference} of {error}");
        }
    }

    #[test]
    fn values_far_from_all_rows_give_finite_models() {
        for (name, model, _) in models().into_iter().step_by(3) {
            for value in [1e9, -1e9] {
                let (far, log_density) = model.given_with_density(&[(1, value)]).unwrap();
                assert!(log_density.is_finite() && log_density < -1e6, "{name}: {log_density}");
                let (rows, _) = far.sample(10, 1);
                assert!(rows.iter().all(|x| x.is_finite()), "{name}");
            }
        }
    }

    #[test]
    fn impossible_conditions_are_refused_and_none_is_the_model() {
        let (model, _) = mixed(false);
        assert_eq!(model.given(&[]).unwrap(), model);
        assert_eq!(model.keep(&[0, 1, 2, 3, 4]).unwrap(), model);
        let all: Vec<_> = (0..5).map(|column| (column, 1.0)).collect();
        for (values, words) in [
            (&all[..], "complete row"),
            (&[(5, 1.0)], "counted from 0"),
            (&[(0, 1.0), (0, 2.0)], "at most once"),
            (&[(0, NAN)], "not finite"),
            (&[(1, 2.0)], "2"),
            (&[(3, 0.5)], "0.5"),
        ] {
            let error = model.given(values).unwrap_err().to_string();
            assert!(error.contains(words), "{values:?}: {error}");
        }
        for columns in [&[][..], &[1, 0], &[5]] {
            assert!(model.keep(columns).is_err());
        }
    }
}
