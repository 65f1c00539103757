//! Invariants of fits to any rows, family, dimension and initialisation.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use mixlab::prelude::*;
use mixlab::{GmmParams, ModelFile};
use ndarray::{Array1, Array2, Axis, array, concatenate};
use proptest::collection::vec;
use proptest::prelude::*;

/// Rows, and the parameters of a fit to them.
#[derive(Debug, Clone)]
struct Problem {
    rows: Array2<f64>,
    n_components: usize,
    family: CovarianceType,
    init: Init,
    seed: u64,
}

impl Problem {
    /// A short EM of this problem without tolerance: the number of steps does not depend on rounding.
    fn params(&self) -> GmmParams {
        GaussianMixture::params(self.n_components)
            .like_scikit_learn()
            .covariance_type(self.family)
            .init(self.init.clone())
            .seed(self.seed)
            .tol(0.0)
            .max_iter(8)
    }

    fn fit(&self) -> Result<GaussianMixture, TestCaseError> {
        self.fit_to(&self.rows)
    }

    /// Fits other rows. A restart may lose a component, which is an error and rejects the case.
    fn fit_to(&self, rows: &Array2<f64>) -> Result<GaussianMixture, TestCaseError> {
        let fit = self.params().fit_with_report(rows);
        fit.map(|(model, _)| model).map_err(|error| TestCaseError::reject(error.to_string()))
    }

    /// The same EM from a given model.
    fn from(&self, start: &GaussianMixture) -> Self {
        Self { init: Init::Model(Box::new(start.clone())), ..self.clone() }
    }
}

fn family() -> impl Strategy<Value = CovarianceType> {
    prop::sample::select(CovarianceType::EVERY.to_vec())
}

fn init() -> impl Strategy<Value = Init> {
    prop::sample::select(vec![
        Init::Auto,
        Init::KMeans,
        Init::KMeansPlusPlus,
        Init::Rows,
        Init::Random,
    ])
}

/// Two loose clusters, so that components are distinct.
fn rows(n: usize, d: usize) -> impl Strategy<Value = Array2<f64>> {
    vec(-3.0..3.0_f64, n * d).prop_map(move |numbers| {
        let mut rows = Array2::from_shape_vec((n, d), numbers).unwrap();
        for mut row in rows.rows_mut().into_iter().step_by(2) {
            row += 4.0;
        }
        rows
    })
}

fn problem(most_columns: usize) -> impl Strategy<Value = Problem> {
    (20..60_usize, 1..=most_columns, 1..4_usize, family(), init(), any::<u64>()).prop_flat_map(
        |(n, d, n_components, family, init, seed)| {
            rows(n, d).prop_map(move |rows| {
                let init = init.clone();
                Problem { rows, n_components, family, init, seed }
            })
        },
    )
}

fn with_rows(rows: &Array2<f64>) -> DatasetBase<Array2<f64>, Array1<()>> {
    DatasetBase::from(rows.clone())
}

/// A model with other means, and the covariances of rows multiplied by `factor`.
fn with_covariances(model: &GaussianMixture, means: Array2<f64>, factor: f64) -> GaussianMixture {
    let mut arrays = model.covariances().arrays();
    for (name, array) in &mut arrays {
        // loadings have the unit of the rows
        *array *= if *name == "loadings" { factor } else { factor * factor };
    }
    let array = |name| Ok(arrays.iter().find(|(known, _)| *known == name).unwrap().1.clone());
    let weights = model.weights().to_owned();
    GaussianMixture::from_arrays(weights, means, model.covariance_type(), array).unwrap()
}

/// Largest difference of the parameters of two models, relative to `scale` (lengths) to the power of the parameter.
fn distance(a: &GaussianMixture, b: &GaussianMixture, scale: f64) -> f64 {
    let largest = |differences: &mut dyn Iterator<Item = f64>| differences.fold(0.0, f64::max);
    let weights = largest(&mut a.weights().iter().zip(b.weights()).map(|(a, b)| (a - b).abs()));
    let means = largest(&mut a.means().iter().zip(b.means()).map(|(a, b)| (a - b).abs()));
    let of_component = |component| {
        let (a, b) = (a.covariance(component), b.covariance(component));
        largest(&mut a.iter().zip(&b).map(|(a, b)| (a - b).abs()))
    };
    let covariances = largest(&mut (0..a.n_components()).map(of_component));
    weights.max(means / scale).max(covariances / (scale * scale))
}

/// The smallest variance of any component in any direction; that of a singular one may be negative by a rounding error.
fn smallest_variance(model: &GaussianMixture) -> f64 {
    let smallest = model.smallest_variances().unwrap().fold(f64::INFINITY, |a, &b| a.min(b));
    smallest.max(f64::EPSILON)
}

/// Tolerance of eight EM steps on some dozens of rows of size 10 with covariances down to 1e-6: each step may multiply a
/// rounding error of 1e-16 by the condition number of a covariance.
const STEPS: f64 = 1e-7;

/// [`STEPS`], and more for families whose M-steps begin at the previous parameters, which multiplies rounding errors further.
fn most_after_steps(family: CovarianceType) -> f64 {
    if CovarianceType::ALL.contains(&family) { STEPS } else { 1e-3 }
}

/// Whether rounding chooses axes in common that variances leave open, and the path of a fit from there on.
fn chooses_axes_by_rounding(family: CovarianceType) -> bool {
    ["EVE", "VVE"].contains(&family.name())
}

proptest! {
    #![proptest_config(ProptestConfig { max_global_rejects: 1 << 20, ..ProptestConfig::default() })]

    #[test]
    fn posteriors_and_weights_sum_to_one(problem in problem(6), far in -1e6..1e6_f64) {
        let model = problem.fit()?;
        // sums of at most three numbers
        prop_assert!((model.weights().sum() - 1.0).abs() < 1e-14);
        let everywhere = concatenate![Axis(0), problem.rows, Array2::from_elem((1, problem.rows.ncols()), far)];
        for sum in model.predict_proba(&everywhere).unwrap().sum_axis(Axis(1)) {
            prop_assert!((sum - 1.0).abs() < 1e-14);
        }
    }

    #[test]
    fn log_likelihood_never_decreases_without_regularisation(problem in problem(5)) {
        let fit = problem.params().reg_covar(0.0).max_iter(30).fit_with_report(&problem.rows);
        // a component on fewer rows than dimensions is an error without regularisation
        let Ok((model, report)) = fit else { return Ok(()) };
        // log-densities grow with the precision, and so does their rounding
        let rounding = 1e-12 * (1.0 + 1.0 / smallest_variance(&model)) * problem.rows.len() as f64;
        for restart in &report.restarts {
            prop_assert!(restart.largest_fall() <= rounding, "decreased by {:e}", restart.largest_fall());
        }
    }

    #[test]
    fn shifting_the_rows_shifts_the_model(problem in problem(5), by in -100.0..100.0_f64) {
        let model = problem.fit()?;
        // from the same model: k-means of shifted rows may order two distances differently
        let start = with_covariances(&model, &model.means() + by, 1.0);
        let again = problem.from(&start).fit_to(&(&problem.rows + by))?;
        let on = problem.from(&model).fit()?;
        let back = with_covariances(&again, &again.means() - by, 1.0);
        prop_assert!(distance(&on, &back, 10.0) < most_after_steps(problem.family));
    }

    #[test]
    fn scaling_the_rows_scales_the_model(problem in problem(5), power in -20..20_i32) {
        // multiplication by a power of two is exact
        let factor = 2.0_f64.powi(power);
        let unregularised = |rows: &Array2<f64>| {
            problem.params().reg_covar(0.0).fit_with_report(rows).map(|(model, _)| model)
        };
        let stretched = &problem.rows * factor;
        match (unregularised(&problem.rows), unregularised(&stretched)) {
            (Ok(model), Ok(stretched)) => {
                let expected = with_covariances(&model, &model.means() * factor, factor);
                prop_assert!(distance(&expected, &stretched, 10.0 * factor) < STEPS);
            }
            (Err(_), Err(_)) => {}
            // rounding may choose another path, on which a covariance becomes singular
            _ if chooses_axes_by_rounding(problem.family) => {}
            // rounding decides at the edge of singularity: densities differ by d ln 2^power
            (Ok(model), Err(_)) => prop_assert!(smallest_variance(&model) < 1e-9),
            (Err(_), Ok(model)) => prop_assert!(smallest_variance(&model) < 1e-9 * factor * factor),
        }
    }

    #[test]
    fn the_order_of_components_and_of_rows_does_not_matter(problem in problem(5)) {
        prop_assume!(!chooses_axes_by_rounding(problem.family));
        let start = problem.fit()?;
        let order: Vec<usize> = (0..problem.n_components).rev().collect();
        let from = |start: &GaussianMixture, rows: &Array2<f64>| problem.from(start).fit_to(rows);
        let straight = from(&start, &problem.rows)?;
        let turned = from(&start.permuted(&order), &problem.rows)?;
        let most = most_after_steps(problem.family);
        prop_assert!(distance(&straight.permuted(&order), &turned, 10.0) < most);
        let rows: Vec<usize> = (0..problem.rows.nrows()).rev().collect();
        let shuffled = from(&start, &problem.rows.select(Axis(0), &rows))?;
        prop_assert!(distance(&straight, &shuffled, 10.0) < most);
    }

    #[test]
    fn full_diag_and_spherical_are_equal_in_one_dimension(problem in problem(1)) {
        let of = |family| Problem { family, ..problem.clone() }.fit();
        let full = of(CovarianceType::Full)?;
        for family in [CovarianceType::Diag, CovarianceType::Spherical] {
            let other = of(family)?;
            assert_abs_diff_eq!(full.means().to_owned(), other.means().to_owned(), epsilon = STEPS * 10.0);
            let score = |model: &GaussianMixture| model.score(&problem.rows).unwrap();
            // narrow components amplify differences in rounding
            prop_assert!((score(&full) - score(&other)).abs() < 1e-6 * (1.0 + score(&full).abs()));
        }
    }

    #[test]
    fn more_restarts_are_never_worse(problem in problem(4)) {
        // the first of five restarts is the only one of one
        let best = |n_init| problem.params().n_init(n_init).fit_with_report(&problem.rows);
        if let (Ok((_, one)), Ok((_, five))) = (best(1), best(5)) {
            prop_assert!(five.log_likelihood() >= one.log_likelihood());
        }
    }

    #[test]
    fn weights_of_two_equal_repeated_rows(problem in problem(4)) {
        let start = problem.fit()?;
        let doubled = concatenate![Axis(0), problem.rows, problem.rows];
        let weights = Array1::from_elem(problem.rows.nrows(), 2.0);
        let weighted = with_rows(&problem.rows).with_weights(weights);
        let from = problem.from(&start).params();
        let (a, b) = (from.fit_with_report(&weighted), from.fit_with_report(&doubled));
        match (a, b) {
            (Ok((a, _)), Ok((b, _))) => {
                prop_assert!(distance(&a, &b, 10.0) < STEPS);
                let (a, b) = (a.bic(&weighted).unwrap(), a.bic(&doubled).unwrap());
                assert_relative_eq!(a, b, max_relative = 1e-10, epsilon = 1e-8);
            }
            (Err(_), Err(_)) => {}
            (one, other) => prop_assert!(false, "{one:?} but {other:?}"),
        }
    }

    #[test]
    fn criteria_follow_from_their_definitions(problem in problem(5)) {
        let model = problem.fit()?;
        let (n, d) = problem.rows.dim();
        let k = problem.n_components;
        // ln p(x) by its definition: determinant and quadratic form by Gaussian elimination
        let log_likelihood: f64 = problem.rows.rows().into_iter().map(|row| {
            let terms = (0..k).map(|component| {
                let difference = &row - &model.means().row(component);
                let (log_det, solved) = eliminate(model.covariance(component), difference.clone());
                let squared = difference.dot(&solved);
                let constant = d as f64 * (2.0 * std::f64::consts::PI).ln();
                model.weights()[component].ln() - 0.5 * (constant + log_det + squared)
            });
            let terms: Vec<f64> = terms.collect();
            let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            largest + terms.iter().map(|term| (term - largest).exp()).sum::<f64>().ln()
        }).sum();
        let covariances = match problem.family {
            CovarianceType::Full => k * d * (d + 1) / 2,
            CovarianceType::Tied => d * (d + 1) / 2,
            CovarianceType::Diag => k * d,
            CovarianceType::Spherical => k,
            other => other.n_parameters(k, d),
        };
        let n_parameters = (k - 1 + k * d + covariances) as f64;
        let bic = n_parameters * (n as f64).ln() - 2.0 * log_likelihood;
        let aic = 2.0 * n_parameters - 2.0 * log_likelihood;
        // elimination loses digits in proportion to the condition number: here a covariance of 1e-6 and one of 10
        let tolerance = 1e-11 * (1.0 + 10.0 / smallest_variance(&model));
        assert_relative_eq!(model.bic(&problem.rows).unwrap(), bic, max_relative = tolerance, epsilon = tolerance * n as f64);
        assert_relative_eq!(model.aic(&problem.rows).unwrap(), aic, max_relative = tolerance, epsilon = tolerance * n as f64);
    }

    #[test]
    fn saved_models_are_loaded_bit_for_bit(problem in problem(4)) {
        let model = problem.fit()?;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.npz");
        let file = ModelFile::from(Pipeline::from(model.clone()));
        file.save(&path).unwrap();
        let loaded = ModelFile::load(&path).unwrap();
        prop_assert!(loaded.pipeline.mixture() == &model);
    }

    #[test]
    fn pipeline_densities_change_variables(problem in problem(4)) {
        // a full PCA, whitened, of standardised columns: p(x) = p(z) |det dz/dx|
        let params = Pipeline::params()
            .standardize(true)
            .pca(Pca::params(PcaComponents::All).whiten(true))
            .mixture(problem.params());
        let fit = params.fit_with_report(&problem.rows);
        let (pipeline, _) = fit.map_err(|error| TestCaseError::reject(error.to_string()))?;
        let reduced = pipeline.preprocessor().try_transform(problem.rows.view()).unwrap();
        let scales = pipeline.preprocessor().scaler().unwrap().scale().to_owned();
        let variances = pipeline.preprocessor().pca().unwrap().explained_variance().to_owned();
        let log_det = -scales.mapv(f64::ln).sum() - 0.5 * variances.mapv(f64::ln).sum();
        let expected = pipeline.mixture().score_samples(&reduced).unwrap() + log_det;
        let ours = pipeline.score_samples(&problem.rows).unwrap();
        for (ours, expected) in ours.iter().zip(&expected) {
            // the same densities, plus one constant
            assert_relative_eq!(ours, expected, max_relative = 1e-10, epsilon = 1e-10);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn densities_integrate_to_one(problem in problem(2)) {
        // components wide enough for a grid, and a grid large enough for the components
        let fit = problem.params().reg_covar(0.3).fit_with_report(&problem.rows);
        let (model, _) = fit.map_err(|error| TestCaseError::reject(error.to_string()))?;
        let step: f64 = 0.25;
        let axis: Vec<f64> = (0..400).map(|i| -48.0 + step * f64::from(i)).collect();
        let d = problem.rows.ncols();
        let points = match d {
            1 => Array2::from_shape_fn((axis.len(), 1), |(i, _)| axis[i]),
            _ => Array2::from_shape_fn((axis.len().pow(2), 2), |(i, j)| {
                if j == 0 { axis[i / axis.len()] } else { axis[i % axis.len()] }
            }),
        };
        let density = model.score_samples(&points).unwrap().mapv(f64::exp).sum();
        // on a grid finer than a third of the smallest deviation, the sum is exact to many digits
        prop_assert!((density * step.powi(d as i32) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn samples_have_the_moments_of_the_mixture(problem in problem(3)) {
        let model = problem.fit()?;
        let n = 40_000;
        let (sample, labels) = model.sample(n, problem.seed);
        for (component, &weight) in model.weights().iter().enumerate() {
            let count = labels.iter().filter(|&&label| label == component).count() as f64;
            // six standard deviations of a binomial count: one failure in 10^9
            let allowed = 6.0 * (n as f64 * weight * (1.0 - weight)).sqrt() + 1.0;
            prop_assert!((count - n as f64 * weight).abs() <= allowed);
        }
        let mean = model.weights().dot(&model.means());
        let deviation = sample.std_axis(Axis(0), 0.0);
        for ((ours, expected), sd) in sample.mean_axis(Axis(0)).unwrap().iter().zip(&mean).zip(&deviation) {
            prop_assert!((ours - expected).abs() <= 6.0 * sd / (n as f64).sqrt() + 1e-12);
        }
    }
}

/// ln det A and A⁻¹ b of a symmetric positive definite matrix, by Gaussian elimination without pivoting.
fn eliminate(mut a: Array2<f64>, mut b: Array1<f64>) -> (f64, Array1<f64>) {
    let d = b.len();
    let mut log_det = 0.0;
    for i in 0..d {
        log_det += a[[i, i]].ln();
        for row in i + 1..d {
            let factor = a[[row, i]] / a[[i, i]];
            for column in i..d {
                a[[row, column]] -= factor * a[[i, column]];
            }
            b[row] -= factor * b[i];
        }
    }
    for i in (0..d).rev() {
        let known: f64 = (i + 1..d).map(|column| a[[i, column]] * b[column]).sum();
        b[i] = (b[i] - known) / a[[i, i]];
    }
    (log_det, b)
}

#[test]
fn elimination_gives_the_determinant_and_the_solution() {
    let (log_det, solved) = eliminate(array![[4.0, 2.0], [2.0, 3.0]], array![2.0, 5.0]);
    assert_abs_diff_eq!(log_det, 8.0_f64.ln(), epsilon = 1e-15);
    assert_abs_diff_eq!(solved, array![-0.5, 2.0], epsilon = 1e-15);
}
