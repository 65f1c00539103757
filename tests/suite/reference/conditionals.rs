//! Conditional mixtures against gmr 2.0.3 (numbers) and an independent program in NumPy.

use std::fs;

use mixlab::GivenValue;
use mixlab::prelude::*;
use mixlab::{Column, GaussianMixture, Levels, ModelFile, ValueKind};
use ndarray::{Array1, Array2, Axis};
use serde_json::Value;

use super::{Reference, folder, reference};

/// The fit as a model with names of columns and levels.
fn model_file(fit: &Reference) -> ModelFile {
    let levels: Vec<Vec<String>> = serde_json::from_value(fit.fit["categories"].clone()).unwrap();
    let column = |(at, name): (usize, &String)| {
        let category = fit.categorical.iter().position(|&category| category == at);
        let kind = category.map_or(ValueKind::Numeric, |category| {
            ValueKind::Categorical(Levels::new(levels[category].iter()))
        });
        Column { kind, ..Column::named(name.as_str()) }
    };
    let columns = fit.columns.iter().enumerate().map(column).collect();
    let mixture: GaussianMixture = fit.model(|number| number);
    ModelFile { columns, ..ModelFile::from(mixture) }
}

fn numbers(value: &Value) -> Array1<f64> {
    let numbers: Vec<f64> = serde_json::from_value(value.clone()).unwrap();
    numbers.into()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = serde_json::from_value(value.clone()).unwrap();
    let n_columns = rows.first().map_or(0, Vec::len);
    Array2::from_shape_vec((rows.len(), n_columns), rows.concat()).unwrap()
}

/// Asserts that numbers are equal to 1e-10, relative if they are large.
fn assert_equal<D: ndarray::Dimension>(
    found: &ndarray::Array<f64, D>,
    expected: &ndarray::Array<f64, D>,
    what: &str,
) {
    assert_eq!(found.shape(), expected.shape(), "{what}");
    for (found, expected) in found.iter().zip(expected) {
        let difference = (found - expected).abs();
        assert!(difference <= 1e-10 * expected.abs().max(1.0), "{what}: {found} {expected}");
    }
}

#[test]
fn conditionals_are_those_of_the_reference() {
    let folder = folder();
    let text = fs::read_to_string(folder.join("conditional.json")).unwrap();
    let questions: Vec<Value> = serde_json::from_str(&text).unwrap();
    let fit_of = |question: &Value| {
        let name = question["model"].as_str().unwrap();
        folder.join("fits").join(format!("{name}.json"))
    };
    // fits with rows of another table are not there
    let questions: Vec<_> = questions.iter().filter(|one| fit_of(one).exists()).collect();
    assert!(questions.len() >= 4);
    for question in questions {
        let name = question["model"].as_str().unwrap();
        let what = format!("{name} given {}", question["given"]);
        let fit = reference(&folder, &fit_of(question));
        let file = model_file(&fit);
        let values = question["given"].as_object().unwrap();
        let values: Vec<(&str, GivenValue<'_>)> = values
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    Value::String(level) => level.as_str().into(),
                    number => number.as_f64().unwrap().into(),
                };
                (name.as_str(), value)
            })
            .collect();
        let given = file.given(&values).unwrap();
        let log_density = question["log_density_of_given"].as_f64().unwrap();
        assert!((given.log_density() - log_density).abs() < 1e-10 * log_density.abs(), "{what}");
        let mixture = given.pipeline().mixture();
        let weights = mixture.weights().to_owned();
        assert_equal(&weights, &numbers(&question["weights"]), &what);
        let names: Vec<String> = serde_json::from_value(question["asked_numbers"].clone()).unwrap();
        let rest = given.to_file().unwrap();
        let of_numbers = given.pipeline().layout().numbers().iter();
        assert!(of_numbers.map(|&at| &rest.columns[at].name).eq(&names), "{what}");
        if !names.is_empty() {
            let means = mixture.means().to_owned();
            assert_equal(&means, &matrix(&question["component_means"]), &what);
            let mean = weights.dot(&means);
            assert_equal(&mean, &numbers(&question["mean"]), &what);
            let mut covariance = Array2::zeros((names.len(), names.len()));
            for (component, expected) in
                question["component_covariances"].as_array().unwrap().iter().enumerate()
            {
                let of_component = mixture.covariance(component);
                assert_equal(&of_component, &matrix(expected), &what);
                let shift = (&means.row(component) - &mean).insert_axis(Axis(1));
                covariance += &((of_component + shift.dot(&shift.t())) * weights[component]);
            }
            assert_equal(&covariance, &matrix(&question["covariance"]), &what);
        }
        for (category, expected) in question["probabilities"].as_object().unwrap() {
            let column = fit.categorical[category.parse::<usize>().unwrap()];
            let place = rest.columns.iter().position(|one| one.name == fit.columns[column]);
            let probabilities = given.pipeline().level_probabilities(place.unwrap()).unwrap();
            assert_equal(&weights.dot(&probabilities), &numbers(expected), &what);
        }
    }
}
