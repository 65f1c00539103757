//! Mixtures with categories and missing values against reference values of independent programs.
//!
//! The fits are maximum-likelihood fits of an EM in NumPy, confirmed by StepMix 3.0.0 (heart, heterodata, carcinoma, values,
//! cheating; missing values for diagonal covariances), VarSelLCM 2.1.3 (diag), fpc (full) and lavaan (one component with missing
//! values). Tables and fits are read from the folder `reference` of `MIXLAB_DATA`; without it, those of `tests/golden/mixed`
//! are tested.

mod conditionals;
mod general_location;

use std::fs;
use std::path::{Path, PathBuf};

use mixlab::prelude::*;
use mixlab::{CovarianceType, GaussianMixture, Init};
use ndarray::{Array1, Array2, Array3, Axis};
use serde_json::Value;

use super::tables::OF_HEART;

/// A reference fit: the rows of its table, the positions of the categories, and the file of the fit.
struct Reference {
    name: String,
    /// Names of the columns of the rows.
    columns: Vec<String>,
    rows: Array2<f64>,
    categorical: Vec<usize>,
    fit: Value,
    by_row: Array2<f64>,
}

/// The columns that are categories, by table; all other columns are numbers, or are not part of the model.
fn categories_of(table: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match table {
        "heart" | "heart-gaps" => (&OF_HEART, &["Class"]),
        "heterodata" => (&["V1", "V2", "V3"], &[]),
        "cancer" => (&["pf", "hx", "ekg", "bm"], &[]),
        "carcinoma" => (&["A", "B", "C", "D", "E", "F", "G"], &[]),
        "values" => (&["A", "B", "C", "D"], &[]),
        "cheating" => (&["LIEEXAM", "LIEPAPER", "FRAUD", "COPYEXAM"], &["GPA"]),
        "iris-gaps" => (&[], &["species"]),
        _ => (&[], &[]),
    }
}

/// The folder of the references: all of them, or those that the project holds.
fn folder() -> PathBuf {
    let all = std::env::var_os("MIXLAB_DATA").map(|data| Path::new(&data).join("reference"));
    match all.filter(|folder| folder.join("fits").is_dir()) {
        Some(folder) => folder,
        None => {
            eprintln!(
                "only the references in tests/golden/mixed: MIXLAB_DATA has no folder reference"
            );
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/mixed")
        }
    }
}

fn references() -> Vec<Reference> {
    let folder = folder();
    let mut files: Vec<_> = fs::read_dir(folder.join("fits"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    assert!(files.len() >= 10, "{}", files.len());
    files.iter().map(|path| reference(&folder, path)).collect()
}

fn reference(folder: &Path, path: &Path) -> Reference {
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let table = name.rsplitn(3, '-').last().unwrap();
    let fit: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let data = [folder.join("data"), folder.to_owned()];
    let data = data.map(|place| place.join(format!("{table}.csv")));
    let mut reader =
        csv::Reader::from_path(data.iter().find(|path| path.exists()).unwrap()).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.unwrap()).collect();
    let (categories, others) = categories_of(table);
    let mut used: Vec<usize> =
        (0..names.len()).filter(|&at| !others.contains(&names[at].as_str())).collect();
    if table == "cancer" {
        // the reference has two of the numbers first
        used.sort_by_key(|&at| !["sbp", "dbp"].contains(&names[at].as_str()));
    }
    let is_category = |at: usize| categories.contains(&names[at].as_str());
    let categorical: Vec<usize> = used
        .iter()
        .enumerate()
        .filter(|(_, at)| is_category(**at))
        .map(|(place, _)| place)
        .collect();
    let levels: Vec<Vec<String>> = serde_json::from_value(fit["categories"].clone()).unwrap();
    let value = |row: usize, place: usize| {
        let text = records[row][used[place]].trim();
        if ["", "NA"].contains(&text) {
            return f64::NAN;
        }
        match categorical.iter().position(|&category| category == place) {
            Some(category) => {
                levels[category].iter().position(|level| level == text).unwrap() as f64
            }
            None => text.parse().unwrap(),
        }
    };
    let rows = Array2::from_shape_fn((records.len(), used.len()), |(row, place)| value(row, place));
    // fits without rows are given by their parameters alone
    let by_row: Vec<Vec<f64>> =
        csv::Reader::from_path(folder.join("fits").join(format!("{name}.rows.csv")))
            .into_iter()
            .flat_map(csv::Reader::into_records)
            .map(|record| record.unwrap().iter().map(|text| text.parse().unwrap()).collect())
            .collect();
    let n_columns = by_row.first().map_or(0, Vec::len);
    let by_row = Array2::from_shape_vec((by_row.len(), n_columns), by_row.concat()).unwrap();
    let columns = used.iter().map(|&at| names[at].clone()).collect();
    Reference { name, columns, rows, categorical, fit, by_row }
}

impl Reference {
    fn value(&self, key: &str) -> f64 {
        self.fit[key].as_f64().unwrap()
    }

    fn family(&self) -> CovarianceType {
        match self.fit["family"].as_str().unwrap() {
            "none" => CovarianceType::Diag,
            name => name.parse().unwrap(),
        }
    }

    fn dataset(&self) -> DatasetBase<Array2<f64>, ()> {
        DatasetBase::new(self.rows.clone(), ())
    }

    /// The parameters, each number changed by `change`; probabilities sum to 1 again.
    fn model(&self, change: fn(f64) -> f64) -> GaussianMixture {
        let numbers = |value: &Value| -> Vec<f64> {
            fn add(value: &Value, numbers: &mut Vec<f64>) {
                match value {
                    Value::Array(values) => values.iter().for_each(|value| add(value, numbers)),
                    number => numbers.push(number.as_f64().unwrap()),
                }
            }
            let mut numbers = Vec::new();
            add(value, &mut numbers);
            numbers.into_iter().map(change).collect()
        };
        let weights = Array1::from(numbers(&self.fit["weights"]));
        let k = weights.len();
        let weights = &weights / weights.sum();
        let means = numbers(&self.fit["means"]);
        let d = means.len() / k;
        let means = Array2::from_shape_vec((k, d), means).unwrap();
        // files hold a matrix for each component whatever the family is
        let matrices = numbers(&self.fit["covariances"]);
        let matrices = Array3::from_shape_vec((k, d, d), matrices).unwrap();
        let covariances = match self.family() {
            CovarianceType::Full => matrices.into_dyn(),
            CovarianceType::Tied => matrices.index_axis_move(Axis(0), 0).into_dyn(),
            CovarianceType::Spherical => {
                (0..k).map(|k| matrices[[k, 0, 0]]).collect::<Array1<f64>>().into_dyn()
            }
            _ => Array2::from_shape_fn((k, d), |(k, j)| matrices[[k, j, j]]).into_dyn(),
        };
        let probabilities =
            self.fit["probabilities"].as_array().unwrap().iter().map(|of_category| {
                let of_category = numbers(of_category);
                let mut table =
                    Array2::from_shape_vec((k, of_category.len() / k), of_category).unwrap();
                for mut row in table.axis_iter_mut(Axis(0)) {
                    let total = row.sum();
                    row /= total;
                }
                table
            });
        GaussianMixture::new(weights, means, self.family(), covariances)
            .unwrap()
            .with_categories(self.categorical.clone(), probabilities.collect())
            .unwrap()
    }

    /// Parameters of a maximum-likelihood fit.
    fn params(&self) -> mixlab::GmmParams {
        let k = self.fit["weights"].as_array().unwrap().len();
        GaussianMixture::params(k)
            .covariance_type(self.family())
            .categorical(self.categorical.iter().copied())
            .smoothing(0.0)
            .reg_covar(0.0)
            .remaining_gain(1e-9)
    }
}

#[test]
fn densities_posteriors_and_criteria_of_given_parameters_are_those_of_the_reference() {
    for reference in references() {
        let name = &reference.name;
        let model = reference.model(|number| number);
        let (k, data) = (model.n_components(), reference.dataset());
        let log_densities = model.score_samples(&data).unwrap();
        let posteriors = model.predict_proba(&data).unwrap();
        let labels = model.try_predict(&data).unwrap();
        for (row, expected) in reference.by_row.rows().into_iter().enumerate() {
            let difference = (log_densities[row] - expected[1]).abs();
            assert!(
                difference <= 1e-10 * expected[1].abs().max(1.0),
                "{name}, row {row}: {difference:e}"
            );
            assert_eq!(labels[row] as f64, expected[2], "{name}, row {row}");
            for component in 0..k {
                let difference = (posteriors[[row, component]] - expected[3 + component]).abs();
                assert!(difference < 1e-10, "{name}, row {row}: {difference:e}");
            }
        }
        let criteria = model.criteria(&data).unwrap();
        assert_eq!(criteria.n_parameters as f64, reference.value("n_parameters"), "{name}");
        assert!(
            (criteria.log_likelihood - reference.value("log_likelihood")).abs() < 1e-8,
            "{name}"
        );
        assert!((criteria.bic - reference.value("bic")).abs() < 1e-7, "{name}");
        assert!((criteria.aic - reference.value("aic")).abs() < 1e-7, "{name}");
    }
}

/// Rounds to three significant digits.
fn rounded(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap()
}

#[test]
fn em_from_rounded_parameters_ends_at_the_reference() {
    for reference in references() {
        let params = reference.params().init(Init::Model(Box::new(reference.model(rounded))));
        let (model, report) = params.fit_with_report(&reference.dataset()).unwrap();
        let expected = reference.value("log_likelihood");
        let difference = report.log_likelihood() - expected;
        assert!(
            difference.abs() < 1e-8 * expected.abs().max(1.0),
            "{}: {difference:e}",
            reference.name
        );
        let score = model.criteria(&reference.dataset()).unwrap().log_likelihood;
        assert!((score - report.log_likelihood()).abs() < 1e-9 * score.abs(), "{}", reference.name);
        // from the second step on: the rounded parameters are not the result of an M-step
        let path = &report.restarts[report.best].log_likelihoods[1..];
        let falls = path.windows(2).map(|pair| pair[0] - pair[1]).fold(0.0, f64::max);
        assert!(falls < 1e-9 * expected.abs(), "{}: {falls:e}", reference.name);
    }
}

#[test]
fn restarts_reach_the_reference() {
    for reference in references() {
        let n_init = if reference.family() == CovarianceType::Diag { 60 } else { 30 };
        let (_, report) =
            reference.params().n_init(n_init).fit_with_report(&reference.dataset()).unwrap();
        let difference = report.log_likelihood() - reference.value("log_likelihood");
        assert!(difference > -1e-6, "{}: {difference:e}", reference.name);
    }
}

#[test]
fn imputed_values_are_those_of_the_reference() {
    let folder = folder();
    let reference = reference(&folder, &folder.join("fits/heart-gaps-full-2.json"));
    let levels: Vec<Vec<String>> =
        serde_json::from_value(reference.fit["categories"].clone()).unwrap();
    let table = ["data/heart-gaps.csv", "heart-gaps.csv"].map(|name| folder.join(name));
    let table = table.iter().find(|path| path.exists()).unwrap();
    let names: Vec<String> = csv::Reader::from_path(table)
        .unwrap()
        .headers()
        .unwrap()
        .iter()
        .map(String::from)
        .collect();
    let model = Pipeline::from(reference.model(|number| number));
    let imputation = model.impute(reference.rows.view()).unwrap();
    let mut expected =
        csv::Reader::from_path(folder.join("imputed-heart-gaps-full-2.csv")).unwrap();
    let mut n_values = 0;
    for record in expected.records().map(Result::unwrap) {
        // rows count from 1
        let at = [
            record[0].parse::<usize>().unwrap() - 1,
            names.iter().position(|name| *name == record[1]).unwrap(),
        ];
        let (value, deviation) = (imputation.rows[at], imputation.deviations[at]);
        let close = |found: f64, expected: &str| {
            let expected: f64 = expected.parse().unwrap();
            let difference = (found - expected).abs() / expected.abs().max(1.0);
            assert!(difference < 1e-10, "{record:?}: {found}");
        };
        match reference.categorical.iter().position(|&category| category == at[1]) {
            Some(category) => {
                assert_eq!(levels[category][value as usize], record[4], "{record:?}");
                close(1.0 - deviation, &record[5]);
            }
            None => {
                close(value, &record[2]);
                close(deviation, &record[3]);
            }
        }
        n_values += 1;
    }
    let n_missing = reference.rows.iter().filter(|value| value.is_nan()).count();
    assert_eq!(n_values, n_missing);
    assert!(imputation.rows.iter().all(|value| value.is_finite()));
}
