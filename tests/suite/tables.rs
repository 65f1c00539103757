//! Tables that several tests read.

use std::path::{Path, PathBuf};

use ndarray::Array2;

/// The folder of mclust's tables and figures.
pub fn of_mclust() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/mclust")
}

/// A table of numbers of mclust.
pub fn numbers(name: &str) -> Array2<f64> {
    let mut reader = csv::Reader::from_path(of_mclust().join(format!("{name}.csv"))).unwrap();
    let rows: Vec<Vec<f64>> = reader
        .records()
        .map(|record| record.unwrap().iter().map(|text| text.parse().unwrap()).collect())
        .collect();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

/// The categories of the table of heart patients.
pub const OF_HEART: [&str; 8] = [
    "Sex",
    "ChestPainType",
    "FastingBloodSugar",
    "ResElectrocardiographic",
    "ExerciseInduced",
    "Slope",
    "MajorVessels",
    "Thal",
];
