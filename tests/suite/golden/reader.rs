//! Reader of the archives that `generate.py` writes.

use std::fs::File;
use std::path::Path;

use ndarray::{Array, Array1, Dimension, Ix1, IxDyn, OwnedRepr};
use ndarray_npy::NpzReader;

pub struct Golden(NpzReader<File>);

impl Golden {
    pub fn open(name: &str) -> Self {
        let folder = Path::new("tests/golden");
        Self(NpzReader::new(File::open(folder.join(name).with_extension("npz")).unwrap()).unwrap())
    }

    pub fn get<D: Dimension>(&mut self, name: &str) -> Array<f64, D> {
        self.0.by_name::<OwnedRepr<f64>, D>(name).unwrap()
    }

    pub fn number(&mut self, name: &str) -> f64 {
        self.get::<IxDyn>(name).sum()
    }

    pub fn integers(&mut self, name: &str) -> Array1<i64> {
        self.0.by_name::<OwnedRepr<i64>, Ix1>(name).unwrap()
    }
}

/// Compares arrays relative to the largest entry of the reference, so that entries near zero do not decide.
pub fn assert_close<D: Dimension>(ours: &Array<f64, D>, reference: &Array<f64, D>, tolerance: f64) {
    assert_eq!(ours.shape(), reference.shape());
    let scale = reference.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let off = ours.iter().zip(reference).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(off <= tolerance * scale, "off by {:e} of {scale}", off / scale);
}
