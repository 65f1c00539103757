//! Serialisation of models and reports by serde: JSON for people, postcard for binary formats.

use std::fmt::Debug;
use std::fs;

use mixlab::{
    CovarianceSpec, KMeans, Levels, Preprocessor, SearchEntry, SearchSummary, SelectionParams,
    ValueKind, prelude::*,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Checks that a value is restored from JSON and from bytes.
fn assert_round_trips<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *value, "{text}");
    let bytes = postcard::to_stdvec(value).unwrap();
    assert_eq!(postcard::from_bytes::<T>(&bytes).unwrap(), *value);
    assert!(postcard::from_bytes::<T>(&bytes[..bytes.len() - 1]).is_err());
}

fn mixture(family: CovarianceType) -> GaussianMixture {
    GaussianMixture::params(3).covariance_type(family).fit(&datasets::survey()).unwrap()
}

fn pipeline() -> Pipeline {
    let mut digits = datasets::digits();
    // a category that is missing in a row
    digits.records[[3, 20]] = f64::NAN;
    let params = Pipeline::params().categorical([20]).standardize(true);
    let params = params.pca(Pca::params(10).whiten(true));
    let fitted = params.mixture(GaussianMixture::params(3)).fit(&digits).unwrap();
    let (scaler, pca) = (fitted.preprocessor().scaler(), fitted.preprocessor().pca().unwrap());
    // the total variance is not a field: it follows from the others to rounding
    let pca = Pca::new(
        pca.mean().to_owned(),
        pca.components().to_owned(),
        pca.explained_variance().to_owned(),
        pca.noise_variance(),
        pca.whiten(),
    );
    let preprocessor = Preprocessor::new(scaler.cloned(), Some(pca.unwrap())).unwrap();
    let preprocessor = preprocessor.with_layout(fitted.layout().clone()).unwrap();
    Pipeline::new(preprocessor, fitted.mixture().clone()).unwrap()
}

fn search() -> SelectionParams {
    Selection::params(1..=2).covariance_types([CovarianceType::Diag, CovarianceType::Tied])
}

/// A model file with all optional fields.
fn full_file() -> ModelFile {
    let digits = datasets::digits();
    let selection = search().check().unwrap().fit(&datasets::moons()).unwrap();
    let mut columns = Column::all(digits.records.view(), digits.feature_names());
    columns[3].range = None;
    let levels = Levels::new((0..17).map(|level| format!("{level} \t\n")));
    columns[20].kind = ValueKind::Categorical(levels);
    ModelFile {
        pipeline: pipeline(),
        image: Some(ImageShape::grey(8, 8, 0.0, 16.0)),
        columns,
        search: Some(SearchSummary::of(&selection, 200)),
        rules: None,
    }
}

#[test]
fn every_family_keeps_every_bit() {
    for family in CovarianceType::EVERY {
        assert_round_trips(&mixture(family));
        assert_round_trips(&family);
    }
}

#[test]
fn pipelines_preprocessors_and_model_files_keep_every_bit() {
    let file = full_file();
    assert_round_trips(file.pipeline.preprocessor().scaler().unwrap());
    assert_round_trips(file.pipeline.preprocessor().pca().unwrap());
    assert_round_trips(file.pipeline.preprocessor());
    assert_round_trips(&Preprocessor::default());
    assert_round_trips(&file.pipeline);
    assert_round_trips(&file.image.unwrap());
    assert_round_trips(&file.columns[0]);
    assert_round_trips(&file.columns[3]);
    assert_round_trips(file.search.as_ref().unwrap());
    assert_round_trips::<SearchEntry>(&file.search.as_ref().unwrap().entries[0]);
    assert_round_trips(&file);
    let empty = SearchSummary { entries: Vec::new(), ..file.search.unwrap() };
    assert_round_trips(&empty);
}

#[test]
fn clusterings_and_criteria_keep_every_bit() {
    let moons = datasets::moons();
    let clusters: KMeans = KMeans::params(4).fit(&moons).unwrap();
    assert_round_trips(&clusters);
    assert_round_trips(&mixture(CovarianceType::Full).criteria(&datasets::survey()).unwrap());
    assert_round_trips(&Criterion::Icl);
    let object = serde_json::to_value(&clusters).unwrap();
    assert_eq!(object["inertia"], json!(clusters.inertia()));
    assert_eq!(object["n_iter"], json!(clusters.n_iter()));
}

#[test]
fn a_model_file_is_the_text_of_its_json_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path().join("m.json"), full_file());
    file.save(&path).unwrap();
    let text = serde_json::to_string(&file).unwrap();
    assert_eq!(fs::read_to_string(path).unwrap(), text + "\n");
}

#[test]
fn all_fields_are_documented_in_their_order() {
    let docs = include_str!("../src/model_file/mod.rs").lines();
    let rows = docs.filter_map(|line| line.strip_prefix("//! | `")?.split(" | ").next());
    let documented: Vec<_> = rows.flat_map(|names| names.split("`, `")).collect();
    let documented: Vec<_> = documented.iter().map(|name| name.trim_end_matches('`')).collect();
    let mut rest = documented.iter();
    let object = serde_json::to_value(full_file()).unwrap();
    for written in object.as_object().unwrap().keys() {
        assert!(rest.any(|name| name == written), "{written} is not documented, or not there");
    }
    let low_rank = serde_json::to_value(mixture(CovarianceType::EVERY[14])).unwrap();
    for written in low_rank.as_object().unwrap().keys() {
        assert!(documented.contains(&written.as_str()), "{written} is not documented");
    }
}

#[test]
fn criteria_of_a_search_are_found_by_name() {
    let search = |change: fn(&mut Value)| {
        let mut object = serde_json::to_value(full_file().search.unwrap()).unwrap();
        change(&mut object);
        serde_json::from_value::<SearchSummary>(object)
    };
    let original = search(|_| ()).unwrap();
    assert_eq!(original.entries.len(), 4);
    // files of version 1 once had no names
    let unnamed =
        search(|object| drop(object.as_object_mut().unwrap().remove("search_criterion_names")));
    assert_eq!(unnamed.unwrap(), original);
    let other =
        search(|object| object["search_criterion_names"] = json!("icl\nlater\nicl")).unwrap();
    let bic = original.entries[2].value(Criterion::Bic).unwrap();
    assert_eq!(other.entries[2].criteria, [(Criterion::Icl, bic)]);
    assert_eq!(other.entries[2].value(Criterion::Bic), None);
    let message = search(|object| object["search_criterion_names"] = json!("bic")).unwrap_err();
    assert!(message.to_string().contains("not every model of its search has a type and criteria"));
    assert!(search(|object| object["search_criteria"][1][2] = Value::Null).is_err());
}

#[test]
fn json_has_names_and_nested_lists() {
    let model = mixture(CovarianceType::Diag);
    let object = serde_json::to_value(&model).unwrap();
    let names: Vec<_> = object.as_object().unwrap().keys().collect();
    assert_eq!(names, ["covariance_type", "weights", "means", "covariances"]);
    assert_eq!(object["covariance_type"], "diag");
    assert_eq!(object["means"][2][1], json!(model.means()[[2, 1]]));
    assert_eq!(
        serde_json::to_value(model.covariances()).unwrap()["covariances"],
        object["covariances"]
    );
}

#[test]
fn invalid_models_are_refused_with_the_message_of_the_constructor() {
    let change = |name: &str, value: Value| {
        let mut object = serde_json::to_value(mixture(CovarianceType::Spherical)).unwrap();
        object[name] = value;
        serde_json::from_value::<GaussianMixture>(object).unwrap_err().to_string()
    };
    for (name, value, expected) in [
        ("weights", json!([0.9, 0.9, 0.9]), "with a sum of 1"),
        ("weights", json!([1.0]), "weights has 1 where 3 was expected"),
        ("means", json!([[1, 2], [3]]), "array \"means\": it is not lists of numbers"),
        ("means", json!([1, 2, 3]), "array \"means\" has 1 dimensions"),
        ("covariances", json!([1.0, -1.0, 1.0]), "component 1 has a singular covariance"),
        ("covariances", json!([1.0, null, 1.0]), "NaN"),
        ("covariance_type", json!("round"), "full, tied, diag, spherical, "),
        ("covariance_type", json!(3), "\"covariance_type\" is not text"),
    ] {
        let message = change(name, value);
        assert!(message.contains(expected), "{message}");
    }
    let half = json!({ "scaler_mean": [1.0] });
    let message = serde_json::from_value::<Preprocessor>(half).unwrap_err().to_string();
    assert!(message.contains("it has no array \"scaler_scale\", which is required"), "{message}");
    assert!(serde_json::from_str::<CovarianceSpec>("\"round\"").is_err());
}

#[test]
fn shapes_that_do_not_match_their_numbers_are_refused() {
    let fields = |shape: &[u64], bytes: &[u8]| {
        let array = (0_u8, shape.to_vec(), bytes.to_vec());
        let fields =
            std::collections::BTreeMap::from([("scaler_mean", &array), ("scaler_scale", &array)]);
        postcard::from_bytes::<StandardScaler>(&postcard::to_stdvec(&fields).unwrap())
    };
    let bytes: Vec<u8> = [1.0_f64, 2.0].into_iter().flat_map(f64::to_le_bytes).collect();
    assert_eq!(fields(&[2], &bytes).unwrap().scale(), array![1.0, 2.0]);
    for shape in [&[3][..], &[], &[u64::MAX, 2], &[1 << 61, 1 << 3]] {
        assert!(fields(shape, &bytes).is_err(), "{shape:?}");
    }
    assert!(fields(&[2], &bytes[1..]).is_err());
}

#[test]
fn reports_are_written_with_their_reasons() {
    let moons = datasets::moons();
    let (_, report) = GaussianMixture::params(2).n_init(2).fit_with_report(&moons).unwrap();
    let object = serde_json::to_value(&report).unwrap();
    assert_eq!(object["restarts"][1]["stop"], "converged");
    assert_eq!(object["best"], json!(report.best));
    let selection = Selection::params([1, 300]).check().unwrap().fit(&moons).unwrap();
    let object = serde_json::to_value(&selection).unwrap();
    assert_eq!(object["criterion"], "bic");
    assert_eq!(
        object["cells"][0]["outcome"]["Ok"]["criteria"]["bic"],
        json!(selection.best().criteria.bic)
    );
    assert!(object["cells"][1]["outcome"]["Err"].as_str().unwrap().contains("too few"));
    assert!(postcard::to_stdvec(&selection).is_ok());
}
