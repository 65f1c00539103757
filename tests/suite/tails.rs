//! Components with heavy tails: multivariate t distributions.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use mixlab::prelude::*;
use mixlab::{CovarianceType, Error, GmmParams, Init, ModelFile, Tails};
use ndarray::{Array2, ArrayView1, Slice};

use super::tables::numbers;

fn heavy(n_components: usize, tails: Tails) -> GmmParams {
    GaussianMixture::params(n_components).tails(tails)
}

fn log_likelihood(model: &GaussianMixture, rows: &Array2<f64>) -> f64 {
    model.score(rows).unwrap() * rows.nrows() as f64
}

/// The first rows of a table with ordinary rows and some far away, with and without missing numbers, and every family fitted to
/// them.
fn models() -> Vec<(CovarianceType, Array2<f64>, GaussianMixture)> {
    let mut rows = numbers("iris");
    for (at, mut row) in rows.rows_mut().into_iter().enumerate().filter(|(at, _)| at % 30 == 7) {
        row[at % 4] += 12.0 - (at % 7) as f64 * 4.0;
    }
    let mut incomplete = rows.clone();
    for (at, value) in incomplete.iter_mut().enumerate().filter(|(at, _)| at % 11 == 3) {
        *value = if at % 4 == 0 { *value } else { f64::NAN };
    }
    let mut models = Vec::new();
    for family in CovarianceType::EVERY {
        for rows in [&rows, &incomplete] {
            let params = heavy(2, Tails::Estimated).covariance_type(family).n_init(2);
            let model = params.fit(&DatasetBase::from(rows.clone())).unwrap();
            models.push((family, rows.clone(), model));
        }
    }
    models
}

/// `δ` and `ln |Σ|` by Gaussian elimination.
fn square_and_log_determinant(shift: &[f64], matrix: &Array2<f64>) -> (f64, f64) {
    let d = shift.len();
    let (mut left, mut right, mut log_determinant) = (matrix.clone(), shift.to_vec(), 0.0);
    for i in 0..d {
        log_determinant += left[[i, i]].ln();
        for row in i + 1..d {
            let factor = left[[row, i]] / left[[i, i]];
            for column in i..d {
                left[[row, column]] -= factor * left[[i, column]];
            }
            right[row] -= factor * right[i];
        }
    }
    // of a symmetric matrix, the pivots are those of L D Lᵀ
    let square = (0..d).map(|i| right[i] * right[i] / left[[i, i]]).sum();
    (square, log_determinant)
}

/// ln f of the observed numbers of a row, by the formula.
fn expected_log_density(model: &GaussianMixture, row: ArrayView1<'_, f64>) -> f64 {
    let observed: Vec<usize> = (0..row.len()).filter(|&at| !row[at].is_nan()).collect();
    let d = observed.len() as f64;
    let degrees_of_freedom = model.degrees_of_freedom().unwrap();
    let of_component = |component: usize| {
        let nu = degrees_of_freedom[component];
        let scale = model.covariance(component) * ((nu - 2.0) / nu);
        let scale = scale.select(Axis(0), &observed).select(Axis(1), &observed);
        let mean = model.means().row(component).select(Axis(0), &observed);
        let shift: Vec<f64> = observed.iter().zip(mean).map(|(&at, mean)| row[at] - mean).collect();
        let (square, log_determinant) = square_and_log_determinant(&shift, &scale);
        let constant = libm::lgamma(0.5 * (nu + d)) - libm::lgamma(0.5 * nu);
        let normed = constant - 0.5 * d * (nu * std::f64::consts::PI).ln() - 0.5 * log_determinant;
        (model.weights()[component].ln() + normed - 0.5 * (nu + d) * (square / nu).ln_1p()).exp()
    };
    (0..model.n_components()).map(of_component).sum::<f64>().ln()
}

#[test]
fn densities_of_every_family_follow_the_formula() {
    for (family, rows, model) in models() {
        let found = model.score_samples(&rows).unwrap();
        for (row, &found) in rows.rows().into_iter().zip(&found) {
            let expected = expected_log_density(&model, row);
            assert!((found - expected).abs() < 1e-8, "{family}: {found} {expected}");
        }
    }
}

#[test]
fn fits_reach_the_maxima_of_an_independent_optimiser() {
    let (iris, faithful) = (numbers("iris"), numbers("faithful"));
    // SciPy 1.17.1's BFGS over weights, means, Cholesky factors and, for the last, degrees of freedom, the best of several starts
    for (rows, k, tails, expected) in [
        (&iris, 1, Tails::Fixed(200.0), -379.979_494_032_8),
        (&iris, 1, Tails::Fixed(5.0), -394.099_148_215_6),
        (&iris, 2, Tails::Fixed(5.0), -223.895_726_842_3),
        (&faithful, 1, Tails::Fixed(5.0), -1_318.272_975_955_8),
        (&faithful, 2, Tails::Fixed(5.0), -1_137.169_985_605_3),
        // without bounds it is -1129.9387, with 1e5 degrees of freedom in one component
        (&faithful, 2, Tails::Estimated, -1_129.960_171_6),
    ] {
        let params = heavy(k, tails).reg_covar(0.0).remaining_gain(1e-9);
        let found = log_likelihood(&params.fit(&DatasetBase::from(rows.clone())).unwrap(), rows);
        // 1e-6 nats of a sum of hundreds
        assert!((found - expected).abs() < 1e-6, "{k} {tails}: {found} {expected}");
    }
}

#[test]
fn log_likelihoods_never_fall_and_are_those_of_the_model() {
    for (family, rows, _) in models() {
        for tails in [Tails::Estimated, Tails::Fixed(3.0)] {
            let params = heavy(3, tails).covariance_type(family).n_init(2).reg_covar(1e-9);
            let (model, report) = params.fit_with_report(&DatasetBase::from(rows.clone())).unwrap();
            // a component that has collapsed is held by the regularisation, which EM does not know
            for restart in report.restarts.iter().filter(|_| report.n_degenerate == 0) {
                for pair in restart.log_likelihoods.windows(2) {
                    assert!(pair[0] - pair[1] < 1e-6, "{family} {tails}: {pair:?}");
                }
            }
            let found = log_likelihood(&model, &rows);
            assert_relative_eq!(found, report.log_likelihood(), max_relative = 1e-11);
        }
    }
}

#[test]
fn degrees_of_freedom_are_found_again() {
    for (nu, reach) in [(3.0, 0.4), (8.0, 1.5)] {
        let means = array![[0.0, 0.0], [12.0, 3.0]];
        let covariances = array![[1.0, 2.0], [0.5, 0.5]].into_dyn();
        let truth =
            GaussianMixture::new(array![0.6, 0.4], means, CovarianceType::Diag, covariances)
                .unwrap()
                .with_degrees_of_freedom(array![nu, nu], false)
                .unwrap();
        let (rows, _) = truth.sample(20_000, 1);
        let model = heavy(2, Tails::Estimated).covariance_type(CovarianceType::Diag).n_init(3);
        let model = model.fit(&DatasetBase::from(rows.clone())).unwrap();
        for found in model.degrees_of_freedom().unwrap() {
            assert!((found - nu).abs() < reach, "{found} {nu}");
        }
        // the covariances are those of the rows
        for component in 0..2 {
            let found = model.covariance(component) / truth.covariance(component);
            assert!(found.diag().iter().all(|ratio| (ratio - 1.0).abs() < 0.15), "{found}");
        }
        // means, and shares of rows beyond three scales, of which a Gaussian has 0.0027
        let of_first: Vec<f64> = rows.column(0).iter().copied().filter(|x| *x < 6.0).collect();
        let far = of_first.iter().filter(|x| x.abs() > 3.0).count() as f64;
        let expected = if nu == 3.0 { 0.0577 } else { 0.0171 };
        // those above 6 are counted with the other component
        assert!((far / of_first.len() as f64 / expected - 1.0).abs() < 0.2, "{far}");
    }
}

#[test]
fn outliers_do_not_pull() {
    let truth = GaussianMixture::new(
        array![0.5, 0.5],
        array![[0.0, 0.0], [10.0, 0.0]],
        CovarianceType::Spherical,
        array![1.0, 1.0].into_dyn(),
    );
    let truth = truth.unwrap();
    let (mut rows, _) = truth.sample(420, 1);
    // one in twenty is anywhere in a square of 120
    for (at, mut row) in rows.rows_mut().into_iter().enumerate().filter(|(at, _)| at % 20 == 0) {
        row.assign(&array![60.0 * (at as f64).sin(), 60.0 * (at as f64 * 1.7).cos()]);
    }
    let distance = |tails: Tails| {
        let model = heavy(2, tails).fit(&DatasetBase::from(rows.clone())).unwrap();
        let nearest = |mean: ArrayView1<'_, f64>| {
            let to = |other: ArrayView1<'_, f64>| (&mean - &other).mapv(|x| x * x).sum().sqrt();
            model.means().rows().into_iter().map(to).fold(f64::INFINITY, f64::min)
        };
        truth.means().rows().into_iter().map(nearest).fold(0.0, f64::max)
    };
    let (heavy, gaussian) = (distance(Tails::Estimated), distance(Tails::Gaussian));
    assert!(heavy < 0.3 && gaussian > 3.0, "{heavy} {gaussian}");
}

#[test]
fn many_degrees_of_freedom_are_gaussian_components() {
    let rows = numbers("faithful");
    for family in CovarianceType::EVERY {
        let gaussian = GaussianMixture::params(2).covariance_type(family).n_init(2);
        let heavy = gaussian.clone().tails(Tails::Fixed(1e10));
        let dataset = DatasetBase::from(rows.clone());
        let (gaussian, heavy) = (gaussian.fit(&dataset).unwrap(), heavy.fit(&dataset).unwrap());
        assert_eq!(gaussian.n_parameters(), heavy.n_parameters());
        let (found, expected) = (log_likelihood(&heavy, &rows), log_likelihood(&gaussian, &rows));
        // paths that end within a few hundredths of the maximum
        assert!((found - expected).abs() < 0.05, "{family}: {found} {expected}");
    }
}

#[test]
fn the_density_is_that_of_some_numbers_times_that_of_the_others_given_these() {
    for (family, rows, model) in models() {
        let model = Pipeline::from(model);
        let complete = rows.rows().into_iter().filter(|row| row.iter().all(|x| !x.is_nan()));
        for row in complete.take(20) {
            for given in [&[0][..], &[1, 3], &[0, 1, 2]] {
                let values: Vec<_> = given.iter().map(|&column| (column, row[column])).collect();
                let (rest, of_given) = model.given_with_density(&values).unwrap();
                let others: Vec<usize> = (0..4).filter(|at| !given.contains(at)).collect();
                let of_rest = row.select(Axis(0), &others).insert_axis(Axis(0));
                let found = of_given + rest.score_samples(&of_rest).unwrap()[0];
                let whole = row.to_owned().insert_axis(Axis(0));
                let expected = model.score_samples(&whole).unwrap()[0];
                assert!((found - expected).abs() < 1e-8, "{family} {given:?}: {found} {expected}");
                // and the marginal is the density of a row with missing numbers
                let mut some = whole.clone();
                others.iter().for_each(|&at| some[[0, at]] = f64::NAN);
                assert_abs_diff_eq!(
                    model.score_samples(&some).unwrap()[0],
                    of_given,
                    epsilon = 1e-8
                );
                let marginal = model.keep(given).unwrap();
                let kept = row.select(Axis(0), given).insert_axis(Axis(0));
                assert_abs_diff_eq!(
                    marginal.score_samples(&kept).unwrap()[0],
                    of_given,
                    epsilon = 1e-8
                );
            }
        }
    }
}

#[test]
fn imputed_values_are_those_of_the_conditional_model() {
    for (family, _, model) in models() {
        let model = Pipeline::from(model);
        let row = array![[5.5, f64::NAN, 9.0, f64::NAN]];
        let given = model.given(&[(0, 5.5), (2, 9.0)]).unwrap();
        let imputed = model.impute(row.view()).unwrap();
        let (means, deviations) = given.overall_moments();
        for (at, column) in [1, 3].into_iter().enumerate() {
            assert_abs_diff_eq!(imputed.rows[[0, column]], means[at], epsilon = 1e-9);
            let found = imputed.deviations[[0, column]];
            assert_relative_eq!(found, deviations[at], max_relative = 1e-8);
        }
        let draws = model.impute_draws(row.view(), 4000, 3).unwrap();
        for (at, column) in [1, 3].into_iter().enumerate() {
            let mut values: Vec<f64> = draws.iter().map(|rows| rows[[0, column]]).collect();
            values.sort_by(f64::total_cmp);
            // quartiles, since variances of heavy tails vary much; about four standard errors
            let (rows, _) = given.sample(20_000, 5);
            let mut sampled = rows.column(at).to_vec();
            sampled.sort_by(f64::total_cmp);
            let spread = sampled[15_000] - sampled[5_000];
            for share in [0.25, 0.5, 0.75] {
                let (a, b) =
                    (values[(4000.0 * share) as usize], sampled[(20_000.0 * share) as usize]);
                assert!((a - b).abs() < 0.12 * spread, "{family} {column}: {a} {b}");
            }
        }
    }
}

#[test]
fn deviations_are_those_of_conditional_distributions() {
    for (family, rows, model) in models() {
        if model.n_components() != 2 || rows.iter().any(|x| x.is_nan()) {
            continue;
        }
        // one component, so that the most probable one is all
        let one = heavy(1, Tails::Fixed(4.0)).covariance_type(family);
        let one = Pipeline::from(one.fit(&DatasetBase::from(rows.clone())).unwrap());
        let rows = rows.slice_axis(Axis(0), Slice::from(..40));
        let found = one.deviations(rows).unwrap();
        for (row, found) in rows.rows().into_iter().zip(found.rows()) {
            for column in 0..4 {
                let others = (0..4).filter(|&at| at != column).map(|at| (at, row[at]));
                let given = one.given(&others.collect::<Vec<_>>()).unwrap();
                let (mean, deviation) = given.overall_moments();
                let expected = (row[column] - mean[0]) / deviation[0];
                assert_abs_diff_eq!(found[column], expected, epsilon = 1e-7);
            }
        }
    }
}

#[test]
fn categories_weights_and_rows_far_away_are_handled() {
    let mut rows = numbers("iris");
    rows.column_mut(3).mapv_inplace(|width| f64::from(u8::from(width > 1.0)));
    let params = heavy(2, Tails::Estimated).categorical([3]).n_init(2);
    let model = params.fit(&DatasetBase::from(rows.clone())).unwrap();
    assert_eq!(model.categories().columns(), [3]);
    // weights count rows as often
    let weighted = DatasetBase::from(rows.clone()).with_weights(vec![2.0; 150].into());
    let twice = params.fit(&weighted).unwrap();
    let doubled = params
        .fit(&DatasetBase::from(
            ndarray::concatenate(Axis(0), &[rows.view(), rows.view()]).unwrap(),
        ))
        .unwrap();
    assert_relative_eq!(
        log_likelihood(&twice, &rows),
        log_likelihood(&doubled, &rows),
        max_relative = 1e-6
    );
    // as far as numbers go: finite, and lower the further
    let mut last = 0.0;
    for scale in [1e3, 1e10, 1e100, 1e160, 1e300] {
        let far = array![[scale, -scale, scale, 1.0], [scale, f64::NAN, -scale, f64::NAN]];
        let scores = model.score_samples(&far).unwrap();
        assert!(scores.iter().all(|score| score.is_finite() && *score < last), "{scale}: {scores}");
        last = scores[0].max(scores[1]);
        let posteriors = model.predict_proba(&far).unwrap();
        assert!(posteriors.rows().into_iter().all(|row| (row.sum() - 1.0).abs() < 1e-12));
    }
    // the density falls by its power law: d + ν for each factor, of the component with the smallest ν
    let score = |scale: f64| model.score_samples(&array![[scale, -scale, scale, 1.0]]).unwrap()[0];
    let slope = (score(1e100) - score(1e99)) / 10.0_f64.ln();
    let beyond = (score(1e200) - score(1e199)) / 10.0_f64.ln();
    assert_relative_eq!(slope, beyond, max_relative = 1e-9);
}

#[test]
fn files_keep_every_bit_and_older_versions_are_not_misled() {
    let folder = tempfile::tempdir().unwrap();
    for tails in [Tails::Estimated, Tails::Fixed(4.0)] {
        let rows = DatasetBase::from(numbers("faithful"));
        let model = heavy(2, tails).n_init(2).fit(&rows).unwrap();
        assert_eq!(model.tails(), tails);
        let estimated = tails == Tails::Estimated;
        assert_eq!(model.n_parameters(), 1 + 4 + 6 + if estimated { 2 } else { 0 });
        for name in ["model.npz", "model.json"] {
            let path = folder.path().join(name);
            let file = ModelFile::from(Pipeline::from(model.clone()));
            file.save(&path).unwrap();
            assert_eq!(ModelFile::load(&path).unwrap().pipeline.mixture(), &model);
        }
        let error = ModelFile::from(Pipeline::from(model.clone()))
            .save_for_sklearn(&folder.path().join("sklearn.npz"))
            .unwrap_err();
        assert!(error.to_string().contains("without --tails"), "{error}");
        let json = std::fs::read_to_string(folder.path().join("model.json")).unwrap();
        assert!(json.contains("\"version\":[5]"), "{json}");
        // continues where it was
        let again = heavy(2, tails).init(Init::Model(Box::new(model.clone()))).n_init(1);
        let (_, report) = again.fit_with_report(&rows).unwrap();
        assert!(report.n_iter() < 10);
        let gaussian = GaussianMixture::params(2).init(Init::Model(Box::new(model))).n_init(1);
        assert!(gaussian.fit(&rows).unwrap().degrees_of_freedom().is_none());
    }
}

#[test]
fn what_heavy_tails_exclude_is_refused() {
    let blobs = datasets::stretched_blobs();
    let mixture = || heavy(2, Tails::Estimated);
    let of_pca = Pipeline::params().pca(Pca::params(1)).mixture(mixture()).fit(&blobs);
    let of_shapes =
        Pipeline::params().shape(mixlab::ShapeChoice::YeoJohnson).mixture(mixture()).fit(&blobs);
    for outcome in [of_pca, of_shapes] {
        let message = outcome.unwrap_err().to_string();
        assert!(message.contains("tails") && message.contains("gaussian"), "{message}");
    }
    let model = Pipeline::params().standardize(true).mixture(mixture()).fit(&blobs).unwrap();
    let message = model.given_range(0, 1.0, 2.0).unwrap_err().to_string();
    assert!(message.contains("Gaussian tails"), "{message}");
    let mixture = model.mixture().clone();
    for degrees in [array![2.0, 5.0], array![f64::NAN, 5.0], array![3.0]] {
        let error = mixture.clone().with_degrees_of_freedom(degrees, true).unwrap_err();
        let is_known = matches!(
            error,
            Error::InvalidParam { name: "degrees_of_freedom", .. } | Error::ShapeMismatch { .. }
        );
        assert!(is_known, "{error}");
    }
    let nothing = Array2::<f64>::zeros((1, 0));
    let variances = nothing.clone().into_dyn();
    let of_nothing = GaussianMixture::new(array![1.0], nothing, CovarianceType::Diag, variances);
    assert!(of_nothing.unwrap().with_degrees_of_freedom(array![3.0], true).is_err());
}
