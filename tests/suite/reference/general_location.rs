//! A general location model as a mixture.

use std::fs;

use mixlab::prelude::*;
use mixlab::{CovarianceType, GaussianMixture, Init};
use ndarray::{Array1, Array2};
use serde_json::Value;

use super::{folder, rounded};

/// Schafer's general location model of the St. Louis risk research project (R package `mix` 1.0-12): every combination of the
/// levels of three categories is a component, all with one covariance matrix.
#[test]
fn the_general_location_model_is_tied_components_with_certain_categories() {
    let folder = folder();
    let Ok(text) = fs::read_to_string(folder.join("stlouis.json")) else {
        eprintln!("not run: {} has no stlouis.json", folder.display());
        return;
    };
    let expected: Value = serde_json::from_str(&text).unwrap();
    let array =
        |key: &str| -> Vec<Vec<f64>> { serde_json::from_value(expected[key].clone()).unwrap() };
    let matrix = |rows: Vec<Vec<f64>>| {
        Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
    };
    let list = |key: &str| -> Vec<f64> { serde_json::from_value(expected[key].clone()).unwrap() };
    let cells = matrix(array("cells"));
    let certain = |(category, n_levels): (usize, usize)| {
        let is = |level: usize, cell: usize| cells[[cell, category]] == level as f64;
        Array2::from_shape_fn((cells.nrows(), n_levels), |(k, h)| f64::from(u8::from(is(h, k))))
    };
    let model = |change: fn(f64) -> f64| {
        let weights = Array1::from(list("weights")).mapv(change);
        let weights = &weights / weights.sum();
        let covariance = matrix(array("covariance")).mapv(change).into_dyn();
        let means = matrix(array("means")).mapv(change);
        let probabilities = [3, 2, 2].into_iter().enumerate().map(certain).collect();
        GaussianMixture::new(weights, means, CovarianceType::Tied, covariance)
            .unwrap()
            .with_categories(vec![0, 1, 2], probabilities)
            .unwrap()
    };
    let mut table = csv::Reader::from_path(folder.join("data/stlouis.csv")).unwrap();
    let records: Vec<csv::StringRecord> = table.records().map(|record| record.unwrap()).collect();
    let value = |(row, column): (usize, usize)| match &records[row][column] {
        "NA" => f64::NAN,
        // levels are counted from 1
        level if column < 3 => level.parse::<f64>().unwrap() - 1.0,
        number => number.parse().unwrap(),
    };
    let rows = DatasetBase::from(Array2::from_shape_fn((records.len(), 7), value));
    let log_densities = model(|number| number).score_samples(&rows).unwrap();
    for (row, (found, expected)) in log_densities.iter().zip(list("log_densities")).enumerate() {
        assert!((found - expected).abs() < 1e-10 * expected.abs().max(1.0), "row {row}");
    }
    let params = GaussianMixture::params(cells.nrows()).covariance_type(CovarianceType::Tied);
    let params = params.categorical([0, 1, 2]).smoothing(0.0).reg_covar(0.0).remaining_gain(1e-9);
    let params = params.init(Init::Model(Box::new(model(rounded))));
    let (_, report) = params.fit_with_report(&rows).unwrap();
    let difference = report.log_likelihood() - expected["log_likelihood"].as_f64().unwrap();
    assert!(difference.abs() < 1e-6, "{difference:e}");
}
