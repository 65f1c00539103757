//! PCA, pipelines and model files.

use std::f64::consts::PI;
use std::fs;
use std::path::Path;

use approx::{assert_abs_diff_eq, assert_relative_eq};
use mixlab::prelude::*;
use mixlab::{Column, Error, ImageShape, ModelFile, PreprocessedRows, Preprocessor};
use ndarray::{Array1, Array2, Axis, array, s};
use ndarray_npy::{NpzReader, NpzWriter};

fn digits_pca(components: impl Into<PcaComponents>, whiten: bool) -> Pca {
    Pca::params(components).whiten(whiten).fit(&datasets::digits()).unwrap()
}

#[test]
fn round_trips_at_full_rank_are_exact() {
    let digits = datasets::digits().records;
    let scale = digits.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    for whiten in [false, true] {
        let pca = digits_pca(PcaComponents::All, whiten);
        // three border pixels are 0 in every digit
        assert_eq!(pca.n_components(), 61);
        let scores = pca.try_transform(digits.view()).unwrap();
        let back = pca.inverse_transform(scores.view()).unwrap();
        assert_abs_diff_eq!(back, digits, epsilon = 1e-10 * scale);
    }
}

#[test]
fn round_trips_of_wide_data_are_exact() {
    let data = datasets::digits().records.slice(s![..20, ..]).to_owned();
    for whiten in [false, true] {
        let params = Pca::params(PcaComponents::All).whiten(whiten);
        let pca = params.fit(&DatasetBase::from(data.clone())).unwrap();
        assert_eq!(pca.n_components(), 19);
        let scores = pca.try_transform(data.view()).unwrap();
        assert_abs_diff_eq!(pca.inverse_transform(scores.view()).unwrap(), data, epsilon = 1e-10);
    }
}

#[test]
fn the_reconstruction_error_is_the_dropped_variance() {
    let digits = datasets::digits().records;
    let pca = digits_pca(0.99, true);
    assert_eq!(pca.n_components(), 41);
    let scores = pca.try_transform(digits.view()).unwrap();
    let lost = &digits - &pca.inverse_transform(scores.view()).unwrap();
    let lost_variance = lost.mapv(|x| x * x).sum() / 1796.0;
    let dropped = pca.total_variance() - pca.explained_variance().sum();
    assert_relative_eq!(lost_variance, dropped, max_relative = 1e-10);
    assert_relative_eq!(pca.noise_variance() * 23.0, dropped, max_relative = 1e-10);
}

#[test]
fn whitened_scores_are_uncorrelated_with_variance_one() {
    let digits = datasets::digits().records;
    let scores = digits_pca(0.9, true).try_transform(digits.view()).unwrap();
    let covariance = scores.t().dot(&scores) / 1796.0;
    assert_abs_diff_eq!(covariance, Array2::eye(scores.ncols()), epsilon = 1e-11);
}

#[test]
fn impossible_numbers_of_components_are_refused() {
    let digits = datasets::digits();
    for params in [Pca::params(0), Pca::params(65), Pca::params(0.0), Pca::params(1.5)] {
        assert!(matches!(params.fit(&digits), Err(Error::InvalidParam { .. })));
    }
    let whitened = Pca::params(64).whiten(true).fit(&digits);
    assert!(matches!(whitened, Err(Error::CannotWhiten { rank: 61, .. })));
    assert!(Pca::params(64).fit(&digits).is_ok());
}

#[test]
fn pipeline_density_is_the_mixture_after_a_change_of_variables() {
    // scaling and a full whitened PCA are an affine map of the plane, so the density is again a mixture
    let blobs = datasets::stretched_blobs();
    let pipeline = Pipeline::params()
        .standardize(true)
        .pca(Pca::params(2).whiten(true))
        .mixture(GaussianMixture::params(4).reg_covar(0.0))
        .fit(&blobs)
        .unwrap();
    let to_data = |z: &Array2<f64>| pipeline.preprocessor().inverse_transform(z.view()).unwrap();
    let origin = to_data(&Array2::zeros((1, 2)));
    // columns of the linear part, from the images of the unit vectors
    let linear = (to_data(&Array2::eye(2)) - &origin).reversed_axes();
    let inner = pipeline.mixture();
    let covariances = (0..4).map(|k| linear.dot(&inner.covariance(k)).dot(&linear.t()));
    let covariances: Vec<_> = covariances.collect();
    let views: Vec<_> = covariances.iter().map(|c| c.view()).collect();
    let outer = GaussianMixture::new(
        inner.weights().to_owned(),
        to_data(&inner.means().to_owned()),
        CovarianceType::Full,
        ndarray::stack(Axis(0), &views).unwrap().into_dyn(),
    );
    let expected = outer.unwrap().score_samples(&blobs).unwrap();
    let ours = pipeline.score_samples(&blobs).unwrap();
    assert_abs_diff_eq!(ours, expected, epsilon = 1e-9);
}

#[test]
fn one_component_after_a_pca_is_probabilistic_pca() {
    // Tipping & Bishop 1999: covariance V Λ Vᵀ + σ² (I - V Vᵀ)
    let blobs = datasets::make_blobs(&[500], array![[1.0, 2.0, 3.0, 4.0]].view(), &[1.0], 3);
    let data = blobs.unwrap().records * &array![3.0, 2.0, 0.5, 0.1];
    let dataset = DatasetBase::from(data.clone());
    let pca = Pca::params(2).fit(&dataset).unwrap();
    let pipeline = Pipeline::params()
        .pca(Pca::params(2).whiten(true))
        .mixture(GaussianMixture::params(1).reg_covar(0.0))
        .fit(&dataset)
        .unwrap();
    let v = pca.components();
    // the mixture's covariance divides by n, the PCA's by n - 1
    let lambda = Array2::from_diag(&(&pca.explained_variance() * (499.0 / 500.0)));
    let residual = Array2::<f64>::eye(4) - v.t().dot(&v);
    let covariance = v.t().dot(&lambda).dot(&v) + residual * pca.noise_variance();
    let mean = data.mean_axis(Axis(0)).unwrap().insert_axis(Axis(0));
    let ppca = GaussianMixture::new(
        array![1.0],
        mean,
        CovarianceType::Tied,
        ((&covariance + &covariance.t()) / 2.0).into_dyn(),
    );
    let expected = ppca.unwrap().score_samples(&data).unwrap();
    assert_abs_diff_eq!(pipeline.score_samples(&data).unwrap(), expected, epsilon = 1e-9);

    let (sample, _) = pipeline.sample(100_000, 5);
    let centred = &sample - &sample.mean_axis(Axis(0)).unwrap();
    let sampled = centred.t().dot(&centred) / 100_000.0;
    // five standard errors of the largest variance, 9
    assert_abs_diff_eq!(sampled, covariance, epsilon = 5.0 * 1.5 * 9.0 / 100_000_f64.sqrt());
}

#[test]
fn columns_of_very_different_scale_keep_their_own_residual_variance() {
    // prices dominate the total variance; the residual variance is still measured, not assumed
    let data = rows_of_scales(&[6e4, 1.5, 6.0]);
    let pipeline = Pipeline::params()
        .pca(Pca::params(0.99))
        .mixture(GaussianMixture::params(1))
        .fit(&data)
        .unwrap();
    let preprocessor = pipeline.preprocessor();
    assert_eq!(preprocessor.pca().unwrap().n_components(), 1);
    assert!(!preprocessor.residual_is_assumed());
    assert_eq!(preprocessor.residual_variance(), preprocessor.pca().unwrap().noise_variance());
    let (sample, _) = pipeline.sample(20_000, 1);
    assert!(sample.column(1).std(0.0) < 10.0);
}

#[test]
fn directions_without_variance_get_an_assumed_residual_variance() {
    let data = rows_of_scales(&[1.0, 2.0, 0.0]);
    let pca = Pca::params(PcaComponents::All).fit(&data).unwrap();
    assert_eq!(pca.n_components(), 2);
    let preprocessor = Preprocessor::new(None, Some(pca)).unwrap();
    assert!(preprocessor.residual_is_assumed() && preprocessor.residual_variance() > 0.0);
}

#[test]
fn columns_of_small_scale_are_kept_by_a_pca_of_few_rows() {
    // a ratio of 1e-10 in standard deviations is far above the rounding of singular values
    let data = rows_of_scales(&[1e6, 1e-4]);
    let few = DatasetBase::from(data.records.slice(s![..15, ..]).to_owned());
    assert_eq!(Pca::params(PcaComponents::All).fit(&few).unwrap().n_components(), 2);
}

/// 500 rows of independent normal columns with these standard deviations.
fn rows_of_scales(sds: &[f64]) -> DatasetBase<Array2<f64>, Array1<()>> {
    let centers = Array2::zeros((1, sds.len()));
    let blobs = datasets::make_blobs(&[500], centers.view(), &[1.0], 3).unwrap();
    DatasetBase::from(blobs.records * &Array1::from(sds.to_vec()))
}

#[test]
fn pipeline_density_integrates_to_one() {
    let moons = datasets::moons();
    let pipeline = Pipeline::params()
        .standardize(true)
        .pca(Pca::params(1).whiten(true))
        .mixture(GaussianMixture::params(3))
        .fit(&moons)
        .unwrap();
    let step = 0.02;
    let side = 500;
    let grid = Array2::from_shape_fn((side * side, 2), |(i, j)| {
        let at = if j == 0 { i / side } else { i % side };
        (at as f64 - side as f64 / 2.0) * step
    });
    let density = pipeline.score_samples(&grid).unwrap().mapv(f64::exp);
    // the midpoint rule on smooth densities converges faster than any power of the step
    assert_abs_diff_eq!(density.sum() * step * step, 1.0, epsilon = 1e-6);
}

#[test]
fn a_standard_normal_in_the_reduced_space_has_the_density_of_the_formula() {
    let mixture = GaussianMixture::new(
        array![1.0],
        array![[0.0]],
        CovarianceType::Spherical,
        array![1.0].into_dyn(),
    );
    let scaler = StandardScaler::new(array![10.0], array![4.0]).unwrap();
    let preprocessor = Preprocessor::new(Some(scaler), None).unwrap();
    let pipeline = Pipeline::new(preprocessor, mixture.unwrap()).unwrap();
    let log_density = pipeline.score_samples(&array![[14.0]]).unwrap()[0];
    assert_relative_eq!(log_density, -0.5 - (2.0 * PI).sqrt().ln() - 4.0_f64.ln(), epsilon = 1e-14);
}

fn digits_file() -> ModelFile {
    let digits = datasets::digits();
    let pipeline = Pipeline::params()
        .standardize(true)
        .pca(Pca::params(10).whiten(true))
        .mixture(GaussianMixture::params(5).covariance_type(CovarianceType::Tied))
        .fit(&digits)
        .unwrap();
    ModelFile {
        image: Some(ImageShape::grey(8, 8, 0.0, 16.0)),
        columns: Column::all(digits.records.view(), digits.feature_names()),
        ..pipeline.into()
    }
}

#[test]
fn model_files_preserve_every_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.npz");
    let file = digits_file();
    file.save(&path).unwrap();
    let loaded = ModelFile::load(&path).unwrap();
    let digits = datasets::digits();
    assert_eq!(loaded.image, file.image);
    assert_eq!(loaded.columns, file.columns);
    assert_eq!(loaded.pipeline.mixture(), file.pipeline.mixture());
    let scores = |file: &ModelFile| file.pipeline.score_samples(&digits).unwrap();
    assert_eq!(scores(&loaded), scores(&file));
    for family in CovarianceType::EVERY {
        let params = GaussianMixture::params(3).covariance_type(family);
        let model = params.fit(&datasets::moons()).unwrap();
        ModelFile::from(model.clone()).save(&path).unwrap();
        assert_eq!(*ModelFile::load(&path).unwrap().pipeline.mixture(), model);
    }
}

/// Writes a model file as a NumPy user might, and loads it.
fn load_written(write: impl FnOnce(&mut NpzWriter<fs::File>)) -> Result<ModelFile, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("written.npz");
    let mut npz = NpzWriter::new_compressed(fs::File::create(&path).unwrap());
    write(&mut npz);
    npz.finish().unwrap();
    ModelFile::load(&path)
}

fn bytes(text: &str) -> Array1<u8> {
    text.bytes().collect()
}

#[test]
fn four_arrays_written_by_hand_load_as_a_mixture() {
    let file = load_written(|npz| {
        npz.add_array("covariance_type", &bytes("diag")).unwrap();
        npz.add_array("weights", &array![0.25_f32, 0.75]).unwrap();
        npz.add_array("means", &array![[0_i64, 0], [3, 4]]).unwrap();
        npz.add_array("covariances", &array![[1.0, 2.0], [0.5, 0.5]]).unwrap();
    });
    let file = file.unwrap();
    assert!(file.pipeline.preprocessor().is_identity());
    assert_eq!(file.pipeline.mixture().means(), array![[0.0, 0.0], [3.0, 4.0]]);
    assert_eq!(file.pipeline.mixture().covariance_type(), CovarianceType::Diag);
}

#[test]
fn numpy_names_and_types_are_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.npz");
    digits_file().save(&path).unwrap();
    let mut npz = NpzReader::new(fs::File::open(&path).unwrap()).unwrap();
    let text: Array1<u8> = npz.by_name("covariance_type").unwrap();
    assert_eq!(text.to_vec(), b"tied");
    let means: Array2<f64> = npz.by_name("means").unwrap();
    assert_eq!(means.dim(), (5, 10));
    let version: Array1<i64> = npz.by_name("version").unwrap();
    assert_eq!(version, array![1]);
}

#[test]
fn files_that_are_not_models_are_refused_with_a_message_of_one_line() {
    let parts = |change: fn(&mut NpzWriter<fs::File>)| {
        move |npz: &mut NpzWriter<fs::File>| {
            npz.add_array("covariance_type", &bytes("spherical")).unwrap();
            change(npz);
        }
    };
    let cases: [(Result<ModelFile, Error>, &str); 6] = [
        (load_written(parts(|_| ())), "weights"),
        (
            load_written(parts(|npz| {
                npz.add_array("weights", &array![0.9, 0.9]).unwrap();
                npz.add_array("means", &array![[0.0], [1.0]]).unwrap();
                npz.add_array("covariances", &array![1.0, 1.0]).unwrap();
            })),
            "sum of 1",
        ),
        (
            load_written(parts(|npz| {
                npz.add_array("weights", &array![1.0]).unwrap();
                npz.add_array("means", &array![[f64::NAN]]).unwrap();
                npz.add_array("covariances", &array![1.0]).unwrap();
            })),
            "NaN",
        ),
        (
            load_written(parts(|npz| {
                npz.add_array("weights", &array![1.0]).unwrap();
                npz.add_array("means", &array![[0.0]]).unwrap();
                npz.add_array("covariances", &array![-1.0]).unwrap();
            })),
            "singular",
        ),
        (
            load_written(parts(|npz| {
                npz.add_array("weights", &array![1.0]).unwrap();
                npz.add_array("means", &array![[0.0, 1.0]]).unwrap();
                npz.add_array("covariances", &array![[1.0, 1.0]]).unwrap();
            })),
            "covariances",
        ),
        (
            load_written(|npz| {
                npz.add_array("format", &bytes("mixlab-model")).unwrap();
                npz.add_array("version", &array![99_i64]).unwrap();
            }),
            "version 99",
        ),
    ];
    for (result, expected) in cases {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::ModelFormat { .. }), "{error:?}");
        let message = error.to_string();
        assert!(message.contains(expected) && !message.contains('\n'), "{message}");
    }
}

#[test]
fn models_that_could_not_be_loaded_are_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.npz");
    let mut file = digits_file();
    file.columns[3].name = "two\nlines".into();
    assert!(matches!(file.save(&path), Err(Error::InvalidParam { .. })));
    file.columns.truncate(3);
    assert!(matches!(file.save(&path), Err(Error::ShapeMismatch { .. })));
    file.columns.clear();
    file.image = Some(ImageShape::grey(3, 3, 0.0, 1.0));
    assert!(matches!(file.save(&path), Err(Error::ShapeMismatch { .. })));
    assert!(!path.exists());
}

#[test]
fn truncated_and_missing_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.npz");
    digits_file().save(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        assert!(matches!(ModelFile::load(&path), Err(Error::ModelFormat { .. })), "{length}");
    }
    assert!(matches!(ModelFile::load(Path::new("no-such.npz")), Err(Error::Io { .. })));
}

#[test]
fn a_preprocessor_of_other_columns_is_refused_before_any_pass() {
    let survey = datasets::survey();
    let preprocessor =
        Pipeline::params().standardize(true).fit_preprocessor(&datasets::moons()).unwrap();
    let refused = PreprocessedRows::new(&survey, preprocessor).err().unwrap();
    assert!(matches!(refused, Error::ShapeMismatch { .. }), "{refused}");
}
