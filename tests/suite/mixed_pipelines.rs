//! Pipelines and model files of numbers, categories and missing values.

use mixlab::table::{KindChoice, TableReader};
use mixlab::{
    Column, ColumnLayout, Error, Levels, Missing, PipelineParams, Preprocessor, UserUnits,
    ValueKind, prelude::*,
};
use ndarray::{ArrayView1, array};

const NAN: f64 = f64::NAN;

/// Rows of a category, a number, another number and another category, in two groups; a tenth of the last three is missing, the
/// second number mostly in one group.
fn table() -> Array2<f64> {
    let mut state = 1_u64;
    let mut uniform = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut rows = Array2::zeros((400, 4));
    for mut row in rows.rows_mut() {
        let group = if uniform() < 0.4 { 1.0 } else { 0.0 };
        let normal = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        let other = (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
        row[0] = if uniform() < 0.85 { group } else { 1.0 - group };
        row[1] = if uniform() < 0.1 { NAN } else { 100.0 + 30.0 * group + 5.0 * normal };
        let is_missing = uniform() < if group == 1.0 { 0.3 } else { 0.02 };
        row[2] = if is_missing { NAN } else { 2.0 - group + normal + 0.3 * other };
        row[3] = if uniform() < 0.1 { NAN } else { (3.0 * uniform()).floor() };
    }
    rows
}

fn params() -> PipelineParams {
    Pipeline::params().categorical([0, 3]).mixture(GaussianMixture::params(2).n_init(3).seed(3))
}

fn fitted(params: PipelineParams) -> Pipeline {
    params.fit(&DatasetBase::from(table())).unwrap()
}

/// Whether two tables have the same bits; all NaN are equal.
fn are_same(a: &Array2<f64>, b: &Array2<f64>) -> bool {
    let bits = |x: &f64| if x.is_nan() { u64::MAX } else { x.to_bits() };
    a.dim() == b.dim() && a.iter().map(bits).eq(b.iter().map(bits))
}

#[test]
fn the_density_is_that_of_the_mixture_with_indicators_made_by_hand() {
    let rows = table();
    let model = fitted(params());
    // numbers, categories, indicators of the columns with missing values
    let mut by_hand = Array2::zeros((rows.nrows(), 7));
    for (mut to, row) in by_hand.rows_mut().into_iter().zip(rows.rows()) {
        let missing = |column: usize| f64::from(u8::from(row[column].is_nan()));
        let values = [row[1], row[2], row[0], row[3], missing(1), missing(2), missing(3)];
        to.assign(&ArrayView1::from(&values));
    }
    let mixture = GaussianMixture::params(2).categorical(2..7).n_init(3).seed(3);
    let mixture = mixture.fit(&DatasetBase::from(by_hand.clone())).unwrap();
    assert_eq!(*model.mixture(), mixture);
    assert_eq!(model.score_samples(&rows).unwrap(), mixture.score_samples(&by_hand).unwrap());
    assert_eq!(model.try_predict(&rows).unwrap(), mixture.try_predict(&by_hand).unwrap());
    assert_eq!(model.predict_proba(&rows).unwrap(), mixture.predict_proba(&by_hand).unwrap());
    let criteria = model.criteria(&rows).unwrap();
    let expected = mixture.criteria(&by_hand).unwrap();
    assert_eq!((criteria.log_likelihood, criteria.bic), (expected.log_likelihood, expected.bic));
    assert_eq!(criteria.n_parameters, mixture.n_parameters());
    // one density of categories of 2 and 3 levels, and three indicators
    assert_eq!(criteria.n_parameters, 1 + 2 * 2 + 2 * 3 + 2 * (1 + 2 + 3));
}

#[test]
fn densities_are_in_the_units_of_the_data() {
    let rows = table();
    let (plain, scaled) = (fitted(params()), fitted(params().standardize(true)));
    // the same mixture, in the units of the data
    let scaler = scaled.preprocessor().scaler().unwrap();
    let observed: Vec<f64> = rows.column(1).iter().copied().filter(|x| !x.is_nan()).collect();
    let mean = observed.iter().sum::<f64>() / observed.len() as f64;
    assert!((scaler.mean()[0] - mean).abs() < 1e-10);
    let (a, b) = (plain.score_samples(&rows).unwrap(), scaled.score_samples(&rows).unwrap());
    // both fits converge to 1e-3 nats of the same optimum
    assert!((a.sum() - b.sum()).abs() < 0.01, "{} {}", a.sum(), b.sum());
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 0.02));
    let criteria = scaled.criteria(&rows).unwrap();
    assert!((criteria.log_likelihood - b.sum()).abs() < 1e-8);
}

#[test]
fn numbers_without_missing_values_take_the_path_without_layout() {
    let survey = datasets::survey();
    let params = Pipeline::params().standardize(true).mixture(GaussianMixture::params(3));
    let model = params.fit(&survey).unwrap();
    assert!(model.preprocessor().layout().is_none());
    let scaled = model.preprocessor().try_transform(survey.records.view()).unwrap();
    let mixture = GaussianMixture::params(3).fit(&DatasetBase::from(scaled)).unwrap();
    assert_eq!(*model.mixture(), mixture);
}

#[test]
fn samples_have_the_categories_and_the_missing_values_of_the_data() {
    let (rows, model) = (table(), fitted(params().standardize(true)));
    let n = 20_000;
    let (drawn, labels) = model.sample(n, 5);
    assert_eq!((drawn.dim(), labels.len()), ((n, 4), n));
    let share = |rows: &Array2<f64>, column: usize, is: &dyn Fn(f64) -> bool| {
        let found = rows.column(column).iter().filter(|&&x| is(x)).count();
        found as f64 / rows.nrows() as f64
    };
    for column in 0..4 {
        let missing = |rows| share(rows, column, &|x| x.is_nan());
        // five standard errors of a share near 0.1 among 20 000
        assert!((missing(&rows) - missing(&drawn)).abs() < 0.011, "{column}");
    }
    for (column, level) in [(0, 0.0), (0, 1.0), (3, 0.0), (3, 1.0), (3, 2.0)] {
        let of = |rows| share(rows, column, &|x| x == level);
        assert!((of(&rows) - of(&drawn)).abs() < 0.018, "{column} {level}");
    }
    // the second number is missing in the group of the larger first number
    let mean = |rows: &Array2<f64>, missing: bool| {
        let chosen = rows.rows().into_iter();
        let chosen = chosen.filter(|row| row[2].is_nan() == missing && !row[1].is_nan());
        let (sum, count) = chosen.fold((0.0, 0), |(sum, n), row| (sum + row[1], n + 1));
        sum / f64::from(count)
    };
    for missing in [false, true] {
        assert!((mean(&rows, missing) - mean(&drawn, missing)).abs() < 3.0);
    }
    assert!(mean(&drawn, true) > mean(&drawn, false) + 10.0);
    // complete samples have the same values where these are observed
    let (complete, again) = model.sample_blocks(n, 5, true).complete(true).whole();
    assert_eq!(labels, again);
    assert!(complete.iter().all(|x| x.is_finite()));
    assert!(drawn.iter().zip(&complete).all(|(a, b)| a.is_nan() || a == b));
}

#[test]
fn values_missing_at_random_have_no_indicator() {
    let model = fitted(params().missing(Missing::AtRandom));
    assert_eq!(model.mixture().n_features(), 4);
    assert!(model.sample(1000, 1).0.iter().all(|x| x.is_finite()));
    // a value that is missing is integrated out
    let row = |x: f64| array![[1.0, x, 0.5, 2.0]];
    let step = 0.01;
    let total: f64 = (0..30_000)
        .map(|at| model.score_samples(&row(-20.0 + step * f64::from(at))).unwrap()[0].exp() * step)
        .sum();
    let expected = model.score_samples(&row(NAN)).unwrap()[0].exp();
    assert!((total / expected - 1.0).abs() < 1e-6);
}

#[test]
fn a_table_of_categories_alone_has_a_density() {
    let rows = table().select(Axis(1), &[0, 3]);
    for standardize in [false, true] {
        let params = params().categorical([0, 1]).standardize(standardize);
        let model = params.fit(&DatasetBase::from(rows.clone())).unwrap();
        let scores = model.score_samples(&rows).unwrap();
        assert!(scores.iter().all(|score| score.is_finite() && *score < 0.0));
        // probabilities of all rows, whether the second category is missing or not, sum to 1
        let all = [0.0, 1.0].map(|a| [0.0, 1.0, 2.0, NAN].map(|b| [a, b]));
        let all = Array2::from(all.concat());
        let total: f64 = model.score_samples(&all).unwrap().mapv(f64::exp).sum();
        assert!((total - 1.0).abs() < 1e-12);
        let (drawn, _) = model.sample(500, 2);
        assert!(drawn.column(1).iter().any(|x| x.is_nan()));
        assert_eq!(model.means().dim(), (2, 0));
        assert_eq!(model.deviations(rows.view()).unwrap().dim(), rows.dim());
        let folder = tempfile::tempdir().unwrap();
        assert_round_trips(&ModelFile::from(model), &folder, &rows);
    }
}

#[test]
fn a_pca_reduces_the_numbers_among_categories() {
    let survey = datasets::survey();
    let n = survey.records.nrows();
    let mut rows = Array2::zeros((n, 6));
    rows.slice_axis_mut(Axis(1), ndarray::Slice::from(1..5)).assign(&survey.records);
    for (row, mut values) in rows.rows_mut().into_iter().enumerate() {
        values[0] = (row % 3) as f64;
        values[5] = if row % 7 == 0 { NAN } else { (row % 2) as f64 };
    }
    let params = Pipeline::params().categorical([0, 5]).standardize(true);
    let params = params.pca(Pca::params(2).whiten(true)).mixture(GaussianMixture::params(2));
    let model = params.fit(&DatasetBase::from(rows.clone())).unwrap();
    assert_eq!((model.n_features(), model.mixture().n_features()), (6, 5));
    // the density of the numbers alone, where no category is observed, is that of their marginal
    let marginal = model.marginal(&[1, 2, 3, 4]).unwrap();
    let mut numbers = rows.clone();
    numbers.column_mut(0).fill(NAN);
    numbers.column_mut(5).fill(NAN);
    let missing = model.missing_probabilities(5).unwrap();
    let posteriors = marginal.predict_proba(&survey.records).unwrap();
    let found = model.score_samples(&numbers).unwrap();
    // column 5 is missing as well
    let expected =
        marginal.score_samples(&survey.records).unwrap() + posteriors.dot(&missing).mapv(f64::ln);
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-8, "{found} {expected}");
    }
    let (drawn, _) = model.sample(3000, 4);
    assert!(drawn.column(0).iter().all(|&x| [0.0, 1.0, 2.0].contains(&x)));
    let share = drawn.column(5).iter().filter(|x| x.is_nan()).count() as f64 / 3000.0;
    assert!((share - 1.0 / 7.0).abs() < 0.04);
    // a number that is missing is refused, in new rows too
    numbers[[0, 2]] = NAN;
    let error = model.score_samples(&numbers).unwrap_err();
    assert!(matches!(error, Error::IncompleteRows { .. }), "{error}");
    let folder = tempfile::tempdir().unwrap();
    assert_round_trips(&ModelFile::from(model), &folder, &rows);
}

#[test]
fn unknown_levels_are_named_by_columns_of_the_data() {
    let model = fitted(params());
    let error = model.score_samples(&array![[1.0, 100.0, 1.0, 7.0]]).unwrap_err();
    assert!(matches!(error, Error::UnknownLevel { row: 0, column: 3, .. }), "{error}");
    let mut rows = table();
    rows[[9, 0]] = 0.5;
    let error = params().fit(&DatasetBase::from(rows)).unwrap_err().to_string();
    assert!(error.contains("row 9, column 0"), "{error}");
}

#[test]
fn constant_numbers_are_named_by_columns_of_the_data() {
    let mut rows = table();
    rows.column_mut(2).fill(1.0);
    let error = params().fit(&DatasetBase::from(rows)).unwrap_err();
    assert!(matches!(error, Error::ConstantColumns { columns } if columns == [2]));
}

#[test]
fn preprocessors_and_mixtures_must_have_the_same_columns() {
    let mixture = fitted(params()).mixture().clone();
    let layout = |n, categories, indicators| ColumnLayout::new(n, categories, indicators).unwrap();
    let pipeline = |layout| {
        let preprocessor = Preprocessor::new(None, None).unwrap().with_layout(layout).unwrap();
        Pipeline::new(preprocessor, mixture.clone())
    };
    assert!(pipeline(layout(4, vec![0, 3], vec![1, 2, 3])).is_ok());
    // one indicator too few, and three numbers where the mixture has two
    assert!(pipeline(layout(4, vec![0, 3], vec![1, 2])).is_err());
    assert!(pipeline(layout(4, vec![0], vec![1, 2, 3])).is_err());
    // an indicator that would be the category of three levels
    assert!(pipeline(layout(3, vec![0], vec![0, 1, 2])).is_err());
}

fn assert_round_trips(file: &ModelFile, folder: &tempfile::TempDir, rows: &Array2<f64>) {
    for name in ["model.npz", "model.json"] {
        let path = folder.path().join(name);
        file.save(&path).unwrap();
        let loaded = ModelFile::load(&path).unwrap();
        assert_eq!(loaded.pipeline.mixture(), file.pipeline.mixture(), "{name}");
        assert_eq!(loaded.pipeline.preprocessor().layout(), file.pipeline.preprocessor().layout());
        assert_eq!(loaded.columns, file.columns, "{name}");
        let scores = |file: &ModelFile| file.pipeline.score_samples(rows).unwrap();
        assert_eq!(scores(&loaded), scores(file), "{name}");
        let sample = |file: &ModelFile| file.sample(300, 1, true, UserUnits::default());
        assert!(are_same(&sample(&loaded), &sample(file)), "{name}");
    }
}

/// A model file with named columns and levels.
fn file() -> ModelFile {
    let pipeline = fitted(params().standardize(true));
    let level = |name: &str, levels: &[&str]| Column {
        kind: ValueKind::Categorical(Levels::new(levels.iter().copied())),
        ..Column::named(name)
    };
    let columns = vec![
        level("sex", &["female", "male"]),
        Column { decimals: Some(1), ..Column::named("weight") },
        Column::named("score"),
        level("plan", &["a\tb", "", "c\nd"]),
    ];
    ModelFile { columns, ..ModelFile::from(pipeline) }
}

#[test]
fn model_files_preserve_every_bit() {
    let folder = tempfile::tempdir().unwrap();
    assert_round_trips(&file(), &folder, &table());
    // categories anywhere in the row, without a preprocessor
    let mixture = GaussianMixture::params(2).categorical([0, 3]);
    let mixture = mixture.fit(&DatasetBase::from(table())).unwrap();
    assert_round_trips(&ModelFile::from(mixture), &folder, &table());
}

#[test]
fn samples_of_model_files_are_rounded_and_may_be_complete() {
    let file = file();
    let rows = file.sample(500, 7, true, UserUnits::default());
    assert!(rows.iter().any(|x| x.is_nan()));
    let has_one_decimal = |&x: &f64| x.is_nan() || ((10.0 * x).round() / 10.0 - x).abs() < 1e-12;
    assert!(rows.column(1).iter().all(has_one_decimal));
    let complete = UserUnits { complete: true, ..UserUnits::default() };
    assert!(file.sample(500, 7, true, complete).iter().all(|x| x.is_finite()));
    let blocks: Vec<_> = file.sample_blocks(500, 7, true, complete).collect();
    assert!(are_same(&blocks[0], &file.sample(500, 7, true, complete)));
}

#[cfg(feature = "json")]
#[test]
fn model_files_that_contradict_themselves_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.json");
    file().save(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = |name: &str, value: serde_json::Value| {
        let mut fields: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(!fields[name].is_null(), "{name}");
        fields[name] = value;
        std::fs::write(&path, fields.to_string()).unwrap();
        ModelFile::load(&path).unwrap_err().to_string()
    };
    use serde_json::json;
    let cases = [
        ("category_levels", json!([2, 3, 2, 2])),
        ("category_levels", json!([2, 3, 2, 2, 3])),
        ("category_columns", json!([2, 3, 4, 5, 7])),
        ("category_columns", json!([1, 2, 3, 4, 5])),
        ("category_probabilities", json!([[1.0], [1.0]])),
        ("row_indicators", json!([1, 2])),
        ("row_categories", json!([0, 1])),
        ("row_numbers", json!([1])),
        ("row_features", json!([5])),
        ("row_features", json!([1.5])),
        ("version", json!([6])),
        ("feature_kinds", json!("categorical\tfemale\nnumeric\nnumeric\ncategorical\ta\tb\tc")),
    ];
    for (name, value) in cases {
        let message = changed(name, value.clone());
        assert!(message.contains("model.json"), "{name} {value}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn scikit_learn_has_no_categories() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sklearn.npz");
    let message = file().save_for_sklearn(&path).unwrap_err().to_string();
    assert!(message.contains("2 categorical columns and 3 indicators"), "{message}");
    assert!(!path.exists());
    // values missing at random leave no trace in the model
    let numbers = table().select(Axis(1), &[1, 2]);
    let params = Pipeline::params().missing(Missing::AtRandom);
    let model = params.fit(&DatasetBase::from(numbers)).unwrap();
    ModelFile::from(model).save_for_sklearn(&path).unwrap();
}

#[test]
fn models_of_earlier_versions_load() {
    for name in ["mixture.npz", "pipeline.npz", "images.json"] {
        let path = std::path::Path::new("tests/golden/models").join(name);
        let file = ModelFile::load(&path).unwrap();
        let layout = file.pipeline.layout();
        assert!(layout.categories().is_empty() && layout.indicators().is_empty(), "{name}");
        // and are written as before
        let folder = tempfile::tempdir().unwrap();
        let written = folder.path().join(name);
        file.save(&written).unwrap();
        assert_eq!(ModelFile::load(&written).unwrap(), file);
        if name.ends_with(".json") {
            assert!(std::fs::read_to_string(&written).unwrap().contains("\"version\":[1]"));
        }
    }
}

#[test]
fn tables_in_their_files_give_the_models_of_tables_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mixed.csv");
    let mut text = String::from("sex,weight,score,plan\n");
    for row in table().rows() {
        let field = |x: f64| if x.is_nan() { String::new() } else { x.to_string() };
        let level =
            |x: f64, names: [&str; 3]| if x.is_nan() { "" } else { names[x as usize] }.to_owned();
        let sex = level(row[0], ["female", "male", ""]);
        let plan = level(row[3], ["basic", "gold", "plus"]);
        text += &format!("{sex},{},{},{plan}\n", field(row[1]), field(row[2]));
    }
    std::fs::write(&path, text).unwrap();
    let reader = || TableReader::new().kinds(KindChoice::detect());
    let (memory, streamed) = (reader().read(&path).unwrap(), reader().open(&path).unwrap());
    assert_eq!(memory.schema.columns(), streamed.columns());
    let params = params().standardize(true);
    let (first, _) = params.fit_with_report(&memory.table).unwrap();
    let (second, _) = params.fit_with_report(&streamed).unwrap();
    assert_eq!(first.layout(), second.layout());
    assert_eq!(*first.layout(), *fitted(params).layout());
    let of_memory = first.criteria(&memory.table).unwrap();
    let of_file = second.criteria(&streamed).unwrap();
    let relative = of_file.log_likelihood / of_memory.log_likelihood - 1.0;
    assert!(relative.abs() < 1e-10, "{relative:e}");
    let (a, b) =
        (first.score_samples(&streamed).unwrap(), first.score_samples(&memory.table).unwrap());
    assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-10));
}
