//! The embedded data agree with `datasets/README.md`.

use std::fs;
use std::path::Path;

use mixlab::datasets;
use mixlab::prelude::*;
use sha2::{Digest, Sha256};

#[test]
fn checksums_are_those_in_the_readme() {
    let folder = Path::new("datasets");
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let mut checked = 0;
    for line in readme.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let digest = Sha256::digest(fs::read(folder.join(cells[1])).unwrap());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, cells[4], "{}", cells[1]);
        checked += 1;
    }
    let files = fs::read_dir(folder).unwrap().filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .path()
            .extension()
            .is_some_and(|ending| ending == "npy" || ending == "txt" || ending == "csv")
    });
    assert_eq!(checked, files.count());
}

#[test]
fn every_dataset_is_found_by_name_and_has_its_shape() {
    for entry in datasets::ALL.iter().filter(|entry| entry.name != "olivetti") {
        let data = datasets::find(entry.name).unwrap().load(&|_, _| {}).unwrap();
        assert_eq!(data.records.dim(), entry.shape);
        assert_eq!(data.records.nrows(), data.targets.len());
        assert_eq!(data.feature_names().len(), data.records.ncols());
        let has_missing = ["customers", "heart-missing"].contains(&entry.name);
        assert_eq!(data.records.iter().any(|value| value.is_nan()), has_missing);
        assert!(data.records.iter().all(|value| !value.is_infinite()));
        if let Some(image) = entry.image {
            image.check(data.records.ncols()).unwrap();
            assert!(data.records.iter().all(|&v| (image.low..=image.high).contains(&v)));
        }
    }
    assert!(datasets::find("iris").is_err());
}

#[test]
fn labels_belong_to_the_rows() {
    let digits = datasets::digits();
    // the counts of each digit in the documentation of the UCI file
    let counts = (0..10).map(|digit| digits.targets.iter().filter(|&&l| l == digit).count());
    assert_eq!(counts.collect::<Vec<_>>(), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    let moons = datasets::moons();
    // the upper moon has the higher points on average, despite the noise
    let mean = |label: usize| {
        let rows = moons.records.rows().into_iter().zip(&moons.targets);
        let of_label: Vec<f64> =
            rows.filter(|(_, l)| **l == label).map(|(row, _)| row[1]).collect();
        of_label.iter().sum::<f64>() / of_label.len() as f64
    };
    assert!(mean(0) > 0.5 && mean(1) < 0.0);
    let blobs = datasets::stretched_blobs();
    let clusters = KMeans::params(4).n_init(5).fit(&blobs).unwrap();
    assert_eq!(clusters.centroids().dim(), (4, 2));
}
