//! The fourteen families of mclust against its log-likelihoods and numbers of parameters; `tests/golden/mclust` says of which version.

use mixlab::prelude::*;
use mixlab::{CovarianceType, GaussianMixture};
use ndarray::{Axis, Slice};

use super::tables::{numbers, of_mclust};

/// Columns of the references: table, family, components, log-likelihood and parameters.
fn references() -> Vec<(String, CovarianceType, usize, f64, usize)> {
    let mut reader = csv::Reader::from_path(of_mclust().join("mclust14.csv")).unwrap();
    let reference = |record: csv::StringRecord| {
        let number = |at: usize| record[at].parse::<f64>().unwrap();
        let family = record[1].parse().unwrap();
        (record[0].to_owned(), family, number(2) as usize, number(3), number(4) as usize)
    };
    reader.records().map(|record| reference(record.unwrap())).collect()
}

#[test]
fn every_family_reaches_the_log_likelihoods_of_mclust() {
    let references = references();
    assert_eq!(references.len(), 112);
    let mut missed = Vec::new();
    for (name, family, n_components, expected, n_parameters) in references {
        let rows = numbers(&name);
        let n = rows.nrows() as f64;
        let params = GaussianMixture::params(n_components)
            .covariance_type(family)
            .reg_covar(0.0)
            .tol(1e-13)
            .max_iter(20_000)
            .n_init(40);
        let fit = params.fit_with_report(&DatasetBase::from(rows.clone()));
        let (model, _) = match fit {
            Ok(fit) => fit,
            Err(error) => {
                missed.push(format!("{name} {family} {n_components}: {error}"));
                continue;
            }
        };
        assert_eq!(model.n_parameters(), n_parameters, "{name} {family} {n_components}");
        let found = n * model.score(&rows).unwrap();
        // 1e-6 nats of a sum of hundreds
        if found < expected - 1e-6 {
            missed.push(format!("{name} {family} {n_components}: {found} < {expected}"));
        } else if found > expected + 1e-6 {
            eprintln!("{name} {family} {n_components}: {found} > {expected}");
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn a_family_that_scikit_learn_has_not_is_written_as_one_that_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sklearn.npz");
    for (name, expected) in [("VEV", "full"), ("EVI", "diag"), ("EEE", "tied")] {
        let params = GaussianMixture::params(2).covariance_type(name.parse().unwrap());
        let (model, _) = params.fit_with_report(&numbers("faithful")).unwrap();
        ModelFile::from(model).save_for_sklearn(&path).unwrap();
        let mut arrays = ndarray_npy::NpzReader::new(std::fs::File::open(&path).unwrap()).unwrap();
        let family: ndarray::Array1<u8> = arrays.by_name("covariance_type").unwrap();
        assert_eq!(family.to_vec(), expected.as_bytes(), "{name}");
    }
}

#[test]
fn conditionals_of_a_constrained_family_are_of_the_family_without_the_constraint() {
    let rows = numbers("iris");
    for (name, expected) in [("VEV", CovarianceType::Full), ("VEI", CovarianceType::Diag)] {
        let params = GaussianMixture::params(3).covariance_type(name.parse().unwrap());
        let model = Pipeline::from(params.fit_with_report(&rows).unwrap().0);
        let given = model.given(&[(1, 3.0)]).unwrap();
        assert_eq!(given.mixture().covariance_type(), expected);
        let marginal = model.marginal(&[0, 2]).unwrap();
        // a density of two columns is that of the whole with the others integrated out
        let missing = ndarray::array![[5.0, f64::NAN, 3.0, f64::NAN]];
        let pair = ndarray::array![[5.0, 3.0]];
        let (a, b) =
            (model.score_samples(&missing).unwrap()[0], marginal.score_samples(&pair).unwrap()[0]);
        assert!((a - b).abs() < 1e-12, "{name}: {a} {b}");
    }
}

#[test]
fn a_component_that_is_scaled_to_the_volume_of_others_is_degenerate_still() {
    // most petals of setosa are 0.2 cm wide, to one decimal: such rows alone have no density
    let setosa = numbers("iris").slice_axis(Axis(0), Slice::from(..50)).to_owned();
    let params = GaussianMixture::params(3).covariance_type("EVE".parse().unwrap());
    let (model, report) = params.clone().fit_with_report(&setosa).unwrap();
    assert_eq!(report.n_degenerate, 0);
    assert!(model.smallest_variances().unwrap().iter().all(|&variance| variance > 1e-4));
    let (degenerate, other) = params.allow_degenerate(true).fit_with_report(&setosa).unwrap();
    assert!(other.n_degenerate > 0 && other.log_likelihood() > report.log_likelihood());
    // its covariance alone does not show it: petals have the smallest variance
    let smallest = degenerate.smallest_variances().unwrap();
    assert!(smallest.iter().all(|&variance| variance > 2.0 * other.regularisation[3]));
}
