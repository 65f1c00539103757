//! Model files written by earlier versions, as documented in `models/make.sh`.

use std::path::Path;

use approx::assert_relative_eq;
use mixlab::{Criterion, ModelFile, prelude::*};
use ndarray::{ArrayView2, array};

fn load(name: &str) -> ModelFile {
    ModelFile::load(&Path::new("tests/golden/models").join(name)).unwrap()
}

/// Checks the log-densities of the first three rows against those of the version that wrote the file.
fn assert_scores(file: &ModelFile, records: ArrayView2<'_, f64>, expected: [f64; 3]) {
    let rows = records.slice(s![..3, ..]).to_owned();
    let scores = file.pipeline.score_samples(&rows).unwrap();
    // instruction sets differ in the last bits
    assert_relative_eq!(scores, Array1::from(expected.to_vec()), max_relative = 1e-12);
}

#[test]
fn a_mixture_of_version_1_loads() {
    let file = load("mixture.npz");
    let expected = [-1.4838474327859346, -0.6932983945514998, -1.7177389798131582];
    assert_scores(&file, datasets::moons().records.view(), expected);
    assert!(file.pipeline.preprocessor().is_identity() && file.image.is_none());
    assert_eq!(file.feature_names(), ["x1", "x2"]);
    assert_eq!(file.columns[0].range, Some((-1.0713975737856734, 2.0186595651405512)));
    assert_eq!(file.columns[0].decimals, None);
    let search = file.search.unwrap();
    assert_eq!((search.n_samples, search.entries.len()), (200, 1));
    let expected = [629.4788673560264, 573.4074721247098, 639.4219188822025];
    let expected = [Criterion::Bic, Criterion::Aic, Criterion::Icl].into_iter().zip(expected);
    assert_eq!(search.entries[0].criteria, expected.collect::<Vec<_>>());
}

#[test]
fn a_pipeline_of_version_1_loads_with_its_columns_and_its_search() {
    let file = load("pipeline.npz");
    let expected = [-13.68690153184497, -15.740498732225117, -15.028132565779647];
    assert_scores(&file, datasets::survey().records.view(), expected);
    let pca = file.pipeline.preprocessor().pca().unwrap();
    assert!(
        pca.whiten() && pca.n_components() == 2 && file.pipeline.preprocessor().scaler().is_some()
    );
    assert_eq!(file.feature_names(), ["age", "income", "spending", "visits"]);
    assert_eq!((file.columns[1].range, file.columns[1].decimals), (Some((10.6, 85.5)), Some(1)));
    let search = file.search.unwrap();
    assert_eq!((search.n_samples, search.criterion), (400, Criterion::Bic));
    let last = search.entries.last().unwrap();
    assert_eq!((last.n_components, last.covariance_type), (3, CovarianceType::Diag));
    assert_eq!(search.entries.len(), 6);
    assert_eq!(last.value(Criterion::Icl), Some(1544.3076922952669));
}

#[test]
fn images_of_version_1_load_from_json() {
    let file = load("images.json");
    let expected = [-166.3588676554517, -170.1403804668729, -187.5167661268119];
    assert_scores(&file, datasets::digits().records.view(), expected);
    assert_eq!(file.image, Some(ImageShape::grey(8, 8, 0.0, 16.0)));
    assert_eq!((file.columns[0].range, file.columns.len()), (Some((0.0, 0.0)), 64));
    assert_eq!(
        file.pipeline.mixture().means().column(0),
        array![-5.985056012213849, 13.061031527925602]
    );
    assert_eq!(file.search.unwrap().criterion, Criterion::Icl);
}

#[test]
fn files_saved_again_have_the_same_models() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["mixture.npz", "pipeline.npz", "images.json"] {
        let file = load(name);
        for extension in ["npz", "json"] {
            let path = folder.path().join("again").with_extension(extension);
            file.save(&path).unwrap();
            assert_eq!(ModelFile::load(&path).unwrap(), file, "{name} as {extension}");
        }
    }
}
