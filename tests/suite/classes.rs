//! Models of rows with classes: discriminant analysis by one component for each class, and by mixtures.

use approx::assert_abs_diff_eq;
use mixlab::prelude::*;
use mixlab::{ClassErrors, ClassModel, CovarianceType, ModelFile, SelectionFit, SelectionParams};
use ndarray::{Array1, Array2, Axis, array};
use proptest::prelude::*;

use super::tables::numbers;

const NAN: f64 = f64::NAN;

/// The iris, whose column 4 is the species: 0, 1 or 2, of fifty rows each.
fn iris() -> Array2<f64> {
    numbers("iris").into_with(&Array1::from_shape_fn(150, |row| (row / 50) as f64))
}

/// Rows without their species.
fn unlabelled(mut rows: Array2<f64>) -> Array2<f64> {
    rows.column_mut(4).fill(NAN);
    rows
}

fn search(
    families: impl IntoIterator<Item = CovarianceType>,
    model: ClassModel,
    most: usize,
) -> SelectionParams {
    let mixture = GaussianMixture::params(1).reg_covar(0.0).tol(1e-13);
    let search = Selection::params(1..=most).covariance_types(families).mixture(mixture);
    search.class_models([model])
}

fn fitted(rows: &Array2<f64>, search: &SelectionParams) -> (Pipeline, SelectionFit) {
    let (pipeline, found) =
        Pipeline::params().class(rows.ncols() - 1).select(rows, search).unwrap();
    (pipeline, found.best().clone())
}

#[test]
fn mclust_has_no_higher_likelihood_of_iris() {
    // mclust 6.1.3, MclustDA: log-likelihoods of rows without their class
    let rows = iris();
    let vev = "VEV".parse().unwrap();
    let (edda, found) = fitted(&rows, &search([vev], ClassModel::Edda, 1));
    let of_rows = edda.score_samples(&unlabelled(iris())).unwrap().sum();
    assert!(of_rows > -187.709744405 - 1e-6, "{of_rows}");
    assert_eq!((edda.mixture().covariance_type(), found.criteria.n_parameters), (vev, 38));

    let (mixtures, found) = fitted(&rows, &search([CovarianceType::Tied], ClassModel::Mixtures, 2));
    let of_rows = mixtures.score_samples(&unlabelled(iris())).unwrap().sum();
    assert!(of_rows > -172.813516795 - 1e-6, "{of_rows}");
    assert_eq!(found.criteria.n_parameters, 49);
    assert_eq!(mixtures.mixture().class_of_components().unwrap(), [0, 0, 1, 2]);
    // the likelihood of rows and their classes, of the file as well
    assert_abs_diff_eq!(
        found.criteria.log_likelihood,
        mixtures.score_samples(&rows).unwrap().sum(),
        epsilon = 1e-9
    );
}

#[test]
fn one_component_for_each_class_is_linear_or_quadratic_discriminant_analysis() {
    let rows = iris();
    let numbers = |class: usize| {
        let all = rows.select(Axis(1), &[0, 1, 2, 3]);
        all.select(Axis(0), &(50 * class..50 * (class + 1)).collect::<Vec<_>>())
    };
    let mean = |class: usize| numbers(class).mean_axis(Axis(0)).unwrap();
    let scatter = |class: usize| {
        let centred = numbers(class) - mean(class);
        centred.t().dot(&centred) / 50.0
    };
    let (quadratic, _) = fitted(&rows, &search([CovarianceType::Full], ClassModel::Edda, 1));
    let (linear, _) = fitted(&rows, &search([CovarianceType::Tied], ClassModel::Edda, 1));
    let pooled = (0..3).map(scatter).reduce(|sum, one| sum + one).unwrap() / 3.0;
    for class in 0..3 {
        let near = |found: Array2<f64>, expected: &Array2<f64>| {
            assert_abs_diff_eq!(found, expected, epsilon = 1e-12);
        };
        near(quadratic.mixture().covariance(class), &scatter(class));
        near(linear.mixture().covariance(class), &pooled);
        let found = linear.mixture().means().row(class).to_owned();
        assert_abs_diff_eq!(found, mean(class), epsilon = 1e-12);
        assert_abs_diff_eq!(linear.mixture().weights()[class], 1.0 / 3.0, epsilon = 1e-15);
    }
    // scikit-learn 1.9.1: 1 - score of LinearDiscriminantAnalysis and QuadraticDiscriminantAnalysis, which divides by n - 1
    assert_eq!(linear.class_errors(&rows).unwrap().n_wrong(), 3);
    assert_eq!(quadratic.class_errors(&rows).unwrap().n_wrong(), 3);
}

#[test]
fn predictions_do_not_use_the_class_of_a_row() {
    let rows = iris();
    let (model, _) = fitted(&rows, &search(CovarianceType::ALL, ClassModel::Mixtures, 2));
    let known = model.predict_class_proba(&rows).unwrap();
    let hidden = model.predict_class_proba(&unlabelled(iris())).unwrap();
    let mut wrong = iris();
    wrong.column_mut(4).mapv_inplace(|class| (class + 1.0) % 3.0);
    assert_eq!(known, hidden);
    assert_eq!(known, model.predict_class_proba(&wrong).unwrap());
    assert!(known.sum_axis(Axis(1)).iter().all(|sum| (sum - 1.0).abs() < 1e-12));
    // by Bayes' rule, from densities of rows and classes
    let density = |row: usize, class: f64| {
        let mut one = rows.select(Axis(0), &[row]);
        one[[0, 4]] = class;
        model.score_samples(&one).unwrap()[0].exp()
    };
    for row in [0, 70, 106, 133] {
        let joint = Array1::from_iter((0..3).map(|class| density(row, f64::from(class))));
        assert_abs_diff_eq!(known.row(row).to_owned(), &joint / joint.sum(), epsilon = 1e-10);
    }
}

#[test]
fn a_row_far_from_its_class_stays_in_it() {
    // a thousand standard deviations from its class, at the mean of the other
    let mut rows = array![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [1e6, 1.0], [1e6 + 1.0, 1.0]];
    rows.push_row(array![1e6 + 2.0, 1.0].view()).unwrap();
    let (model, _) = fitted(&rows, &search([CovarianceType::Tied], ClassModel::Edda, 1));
    rows.push_row(array![1e6 + 1.0, 0.0].view()).unwrap();
    assert_eq!(model.try_predict(&rows).unwrap().to_vec(), [0, 0, 0, 1, 1, 1, 0]);
    assert!(model.score_samples(&rows).unwrap().iter().all(|value| value.is_finite()));
    assert_eq!(model.predict_class(&rows).unwrap()[6], 1);
}

#[test]
fn rows_without_a_class_take_part() {
    // two classes of two clusters each; ten rows have a class
    let blobs = datasets::stretched_blobs();
    let (mut rows, classes) = (blobs.records().to_owned(), blobs.targets());
    let truth = Array1::from_iter(classes.iter().map(|&class| f64::from(u8::from(class >= 2))));
    let mut known = Array1::from_elem(truth.len(), NAN);
    let mut n_known = [0; 4];
    for (row, &class) in classes.iter().enumerate() {
        if n_known[class] < 5 {
            n_known[class] += 1;
            known[row] = truth[row];
        }
    }
    rows.push_column(known.view()).unwrap();
    let mixture = GaussianMixture::params(1);
    let families = [CovarianceType::Full, CovarianceType::Diag, CovarianceType::Tied];
    let all = Selection::params(1..=2).covariance_types(families).mixture(mixture);
    let (model, found) = Pipeline::params().class(2).select(&rows, &all).unwrap();
    // tied components of different classes share their covariance, so they have no model of mixtures
    assert_eq!(found.cells().len(), 5);
    for cell in found.cells() {
        let report = &cell.outcome.as_ref().unwrap().report;
        // rounding of sums of 1500 logarithms
        assert!(report.best().largest_fall() < 1e-8, "{}", cell.covariance_type);
    }
    let predicted = model.predict_class(&rows).unwrap();
    let n_wrong = predicted.iter().zip(&truth).filter(|&(&a, &b)| a as f64 != b).count();
    assert!(n_wrong <= truth.len() / 100, "{n_wrong} wrong");
    // rows with a class are in components of their class
    let of_components = model.mixture().class_of_components().unwrap();
    for (row, component) in model.try_predict(&rows).unwrap().into_iter().enumerate() {
        assert!(known[row].is_nan() || of_components[component] as f64 == known[row]);
    }
    // fewer rows, without those that have no class, say less
    let complete: Vec<usize> = (0..truth.len()).filter(|&row| !known[row].is_nan()).collect();
    let (alone, _) =
        Pipeline::params().class(2).select(&rows.select(Axis(0), &complete), &all).unwrap();
    let scored =
        |model: &Pipeline| model.score(&blobs.records().clone().into_with(&truth)).unwrap();
    assert!(scored(&model) > scored(&alone));
}

/// Records with a column.
trait IntoWith {
    fn into_with(self, column: &Array1<f64>) -> Self;
}

impl IntoWith for Array2<f64> {
    fn into_with(mut self, column: &Array1<f64>) -> Self {
        self.push_column(column.view()).unwrap();
        self
    }
}

#[test]
fn levels_that_a_class_does_not_have_are_drawn_to_the_shares_in_all_rows() {
    // class, category; the category follows one number
    let rows = array![
        [0.0, 0.0, 0.0],
        [1.0, 0.0, 0.0],
        [2.0, 1.0, 0.0],
        [7.0, 2.0, 1.0],
        [9.0, 2.0, 1.0],
        [8.0, 0.0, 1.0]
    ];
    for model in ClassModel::ALL {
        let search = search([CovarianceType::Full], model, 1);
        let mixture = GaussianMixture::params(1).reg_covar(0.0).smoothing(1.5);
        let params = Pipeline::params().categorical([1]).class(2);
        let (model, _) = params.select(&rows, &search.mixture(mixture)).unwrap();
        let shares = array![3.0, 1.0, 2.0] / 6.0;
        let counts = array![[2.0, 1.0, 0.0], [1.0, 0.0, 2.0]];
        let expected = (counts + 1.5 * &shares) / 4.5;
        let found = model.mixture().categories().probabilities(0).to_owned();
        assert_abs_diff_eq!(found, expected, epsilon = 1e-12);
        assert_eq!(model.mixture().n_parameters(), 1 + 2 + 2 + 2 * 2);
    }
}

#[test]
fn files_keep_the_classes() {
    let folder = tempfile();
    let rows = iris();
    let families = [CovarianceType::Tied, CovarianceType::Diag];
    for model in ClassModel::ALL {
        let (pipeline, _) = fitted(&rows, &search(families, model, 2));
        let expected = pipeline.predict_class_proba(&rows).unwrap();
        for name in ["model.npz", "model.json"] {
            let path = folder.join(name);
            ModelFile::from(pipeline.clone()).save(&path).unwrap();
            let loaded = ModelFile::load(&path).unwrap();
            assert_eq!(loaded.pipeline, pipeline);
            assert_eq!(loaded.pipeline.class_column(), Some(4));
            assert_eq!(loaded.pipeline.predict_class_proba(&rows).unwrap(), expected);
            // the marginal model of two numbers has the classes of its components still
            let classes = loaded.class_names().unwrap();
            let two = Pipeline::from(loaded.pipeline.mixture().keep(&[2, 3]).unwrap());
            let known = classes.predict_proba(&two, &rows.select(Axis(1), &[2, 3])).unwrap();
            let mut others = iris();
            others.column_mut(0).fill(NAN);
            others.column_mut(1).fill(NAN);
            let same = loaded.pipeline.predict_class_proba(&others).unwrap();
            assert_abs_diff_eq!(known, same, epsilon = 1e-10);
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

fn tempfile() -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("mixlab-classes-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn errors_of_left_out_rows_are_those_of_models_that_have_not_seen_them() {
    let rows = iris();
    let search = search([CovarianceType::Tied], ClassModel::Edda, 1);
    let params = Pipeline::params().standardize(true).class(4);
    let (model, found) = params.select(&rows, &search).unwrap();
    // leaving out single rows: linear discriminant analysis without each of them
    let errors = params.cross_validate_classes(&rows, &search, found.best_model(), 150).unwrap();
    let mut expected = Array2::zeros((150, 3));
    for row in 0..150 {
        let others: Vec<usize> = (0..150).filter(|&other| other != row).collect();
        let (model, _) = params.select(&rows.select(Axis(0), &others), &search).unwrap();
        let one = model.predict_class_proba(&rows.select(Axis(0), &[row])).unwrap();
        expected.row_mut(row).assign(&one.row(0));
    }
    let expected = ClassErrors::of(&rows.column(4).to_owned(), &expected).unwrap();
    assert_eq!(errors.confusion, expected.confusion);
    assert_abs_diff_eq!(errors.brier, expected.brier, epsilon = 1e-9);
    assert_eq!((errors.n_samples(), errors.n_wrong()), (150, 3));
    // the same parts for the same seed
    let five = || params.cross_validate_classes(&rows, &search, model.mixture(), 5).unwrap();
    assert_eq!(five(), five());
}

#[test]
fn what_has_no_classes_is_refused_by_name() {
    let search = search([CovarianceType::Full], ClassModel::Edda, 1);
    let select = |rows: Array2<f64>, class: usize| {
        Pipeline::params().class(class).select(&rows, &search).unwrap_err().to_string()
    };
    let one = array![[0.0, 0.0], [1.0, 0.0], [2.0, NAN]];
    assert!(select(one, 1).contains("the number of classes is 1"));
    let none = array![[0.0, NAN], [1.0, NAN], [2.0, NAN]];
    assert!(select(none, 1).contains("no values"));
    assert!(select(iris(), 5).contains("columns of the rows"));

    let params = Pipeline::params().class(4);
    let (model, found) = params.select(&iris(), &search).unwrap();
    let folds = |n_folds| {
        let errors = params.cross_validate_classes(&iris(), &search, found.best_model(), n_folds);
        errors.unwrap_err().to_string()
    };
    assert!(folds(1).contains("n_folds is 1") && folds(151).contains("n_folds is 151"));
    let without: Pipeline =
        GaussianMixture::params(1).fit(&DatasetBase::from(iris())).unwrap().into();
    let error = without.predict_class(&iris()).unwrap_err().to_string();
    assert!(error.contains("without classes"), "{error}");
    assert_eq!((model.class_column(), without.class_column()), (Some(4), None));
    // a class whose rows are all equal can have no mixture, but a covariance with others
    let rows = array![[1.0, 0.0], [1.0, 0.0], [4.0, 1.0], [5.0, 1.0], [7.0, 1.0]];
    let both = Selection::params([1]).class_models(ClassModel::ALL);
    let both = both.covariance_types([CovarianceType::Tied]);
    let (_, found) = Pipeline::params().class(1).select(&rows, &both).unwrap();
    let error = found.cells()[1].outcome.as_ref().unwrap_err().to_string();
    assert!(error.contains("class 0 cannot have a mixture of its own"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn every_family_has_the_joint_density_of_its_classes(seed in 0_u64..1000) {
        // two classes of three columns
        let (first, _) = GaussianMixture::params(1)
            .fit(&DatasetBase::from(iris().select(Axis(1), &[0, 1, 2])))
            .unwrap()
            .sample(60, seed);
        let class = Array1::from_iter((0..60).map(|row| f64::from(row % 3 / 2)));
        let rows = first.into_with(&class);
        for family in CovarianceType::EVERY {
            let mixture = GaussianMixture::params(1).n_init(1).max_iter(20);
            let search = Selection::params([1]).covariance_types([family]).mixture(mixture);
            let (model, found) = Pipeline::params().class(3).select(&rows, &search).unwrap();
            for cell in found.cells() {
                let fit = cell.outcome.as_ref().unwrap();
                prop_assert_eq!(fit.model.class_of_components().unwrap(), [0, 1], "{}", family);
                let density = rows.nrows() as f64 * fit.model.score(&rows).unwrap();
                prop_assert!((density - fit.criteria.log_likelihood).abs() < 1e-7);
            }
            let probabilities = model.predict_class_proba(&rows).unwrap();
            prop_assert!(probabilities.iter().all(|p| (0.0..=1.0 + 1e-12).contains(p)));
        }
    }
}
