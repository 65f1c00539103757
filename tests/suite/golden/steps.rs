//! EM from the same start, step by step; PCA, scaler and k-means.

use approx::assert_relative_eq;
use mixlab::prelude::*;
use ndarray::{Array1, Array2, ArrayD, Ix2};

use super::reader::{Golden, assert_close};

/// Tolerance of 20 steps on 300 rows: both programs take the same steps in another order of summation, with some thousand
/// rounding errors of 1e-16.
const PER_STEP: f64 = 1e-9;

/// Few columns, and enough columns for matrix product kernels.
const COLUMNS: [usize; 2] = [3, 20];

fn golden_mixture(
    n_features: usize,
    family: CovarianceType,
) -> (Golden, Array2<f64>, GaussianMixture) {
    let mut golden = Golden::open(&format!("mixture-{n_features}-{family}"));
    let data = golden.get::<Ix2>("data");
    let start = GaussianMixture::new(
        golden.get("weights"),
        golden.get("means"),
        family,
        golden.get("covariances"),
    );
    (golden, data, start.unwrap())
}

fn families(n_features: usize) -> [(usize, CovarianceType); 4] {
    CovarianceType::ALL.map(|family| (n_features, family))
}

fn after(golden: &mut Golden, family: CovarianceType, steps: i64) -> GaussianMixture {
    GaussianMixture::new(
        golden.get(&format!("weights_{steps}")),
        golden.get(&format!("means_{steps}")),
        family,
        golden.get(&format!("covariances_{steps}")),
    )
    .unwrap()
}

#[test]
fn em_steps_from_the_same_start_agree_for_every_family() {
    for (n_features, family) in COLUMNS.into_iter().flat_map(families) {
        let (mut golden, data, start) = golden_mixture(n_features, family);
        for steps in golden.integers("steps") {
            let (model, report) = GaussianMixture::params(start.n_components())
                .like_scikit_learn()
                .covariance_type(family)
                .init(Init::Model(Box::new(start.clone())))
                .max_iter(steps as usize)
                .tol(0.0)
                .fit_with_report(&data)
                .unwrap();
            assert_eq!(report.n_iter() as i64, steps);
            let reference = after(&mut golden, family, steps);
            assert_close(&model.weights().to_owned(), &reference.weights().to_owned(), PER_STEP);
            assert_close(&model.means().to_owned(), &reference.means().to_owned(), PER_STEP);
            assert_close(
                &model.covariances().to_array(),
                &reference.covariances().to_array(),
                PER_STEP,
            );
            let score = golden.number(&format!("score_{steps}"));
            assert_relative_eq!(model.score(&data).unwrap(), score, max_relative = PER_STEP);
            let mean = report.log_likelihood() / data.nrows() as f64;
            assert_relative_eq!(mean, score, max_relative = PER_STEP);
        }
    }
}

#[test]
fn densities_posteriors_and_criteria_of_the_same_parameters_agree() {
    // no iterations: some hundred rounding errors
    const TOLERANCE: f64 = 1e-12;
    for (n_features, family) in COLUMNS.into_iter().flat_map(families) {
        let (mut golden, data, _) = golden_mixture(n_features, family);
        let model = after(&mut golden, family, 20);
        let log_prob: Array1<f64> = golden.get("log_prob");
        assert_close(&model.score_samples(&data).unwrap(), &log_prob, TOLERANCE);
        let posterior: Array2<f64> = golden.get("posterior");
        assert_close(&model.predict_proba(&data).unwrap(), &posterior, TOLERANCE);
        let factors: ArrayD<f64> = golden.get("precisions_cholesky");
        assert_close(&model.covariances().precisions_cholesky(), &factors, TOLERANCE);
        let (aic, bic) = (golden.number("aic"), golden.number("bic"));
        assert_relative_eq!(model.aic(&data).unwrap(), aic, max_relative = TOLERANCE);
        assert_relative_eq!(model.bic(&data).unwrap(), bic, max_relative = TOLERANCE);
    }
}

#[test]
fn principal_components_agree_for_tall_and_wide_data() {
    // well-separated variances: axes are as accurate as the factorisations, some hundred rounding errors
    const TOLERANCE: f64 = 1e-10;
    for shape in ["tall", "wide"] {
        let mut golden = Golden::open(&format!("pca-{shape}"));
        let data = DatasetBase::from(golden.get::<Ix2>("data"));
        let axes: Array2<f64> = golden.get("axes");
        let pca = Pca::params(axes.nrows()).fit(&data).unwrap();
        assert_close(&pca.components().to_owned(), &axes, TOLERANCE);
        assert_close(&pca.mean().to_owned(), &golden.get("mean"), TOLERANCE);
        assert_close(&pca.explained_variance().to_owned(), &golden.get("variances"), TOLERANCE);
        assert_close(&pca.explained_variance_ratio(), &golden.get("ratios"), TOLERANCE);
        assert_close(&pca.transform(data.records.clone()), &golden.get("scores"), TOLERANCE);
        let whitened = Pca::params(axes.nrows()).whiten(true).fit(&data).unwrap();
        assert_close(&whitened.transform(data.records.clone()), &golden.get("whitened"), TOLERANCE);
        if shape == "tall" {
            let noise = golden.number("noise_variance");
            assert_relative_eq!(pca.noise_variance(), noise, max_relative = TOLERANCE);
        }
    }
}

#[test]
fn scalers_agree() {
    let mut golden = Golden::open("scaler");
    let data = DatasetBase::from(golden.get::<Ix2>("data"));
    let scaler = StandardScaler::params().fit(&data).unwrap();
    assert_close(&scaler.mean().to_owned(), &golden.get("mean"), 1e-14);
    assert_close(&scaler.scale().to_owned(), &golden.get("scale"), 1e-14);
    assert_close(&scaler.transform(data.records), &golden.get("scaled"), 1e-14);
}

#[test]
fn k_means_from_given_centroids_agrees() {
    let mut golden = Golden::open("kmeans");
    let data = DatasetBase::from(golden.get::<Ix2>("data"));
    let params = KMeans::params(4).centroids(golden.get("start")).tol(0.0);
    let clusters = params.fit(&data).unwrap();
    assert_close(&clusters.centroids().to_owned(), &golden.get("centroids"), 1e-12);
    assert_relative_eq!(clusters.inertia(), golden.number("inertia"), max_relative = 1e-12);
    let labels = clusters.predict(&data).mapv(|label| label as i64);
    assert_eq!(labels, golden.integers("labels"));
}
