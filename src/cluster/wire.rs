//! Numbers as bytes and back: what requests and statistics are made of.

use ndarray::{Array1, Array2, ArrayD, Dimension, IxDyn};

use super::cluster_error;
use crate::error::{Error, Result};

/// Numbers, one after the other, in little-endian bytes.
#[derive(Debug, Default)]
pub(super) struct Packer(Vec<u8>);

impl Packer {
    pub(super) fn count(&mut self, count: usize) {
        self.0.extend((count as u64).to_le_bytes());
    }

    pub(super) fn number(&mut self, number: f64) {
        self.0.extend(number.to_le_bytes());
    }

    /// Text, behind its length in bytes.
    pub(super) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend(text.as_bytes());
    }

    /// Numbers, behind how many they are.
    pub(super) fn numbers<'a>(&mut self, numbers: impl IntoIterator<Item = &'a f64>) {
        let at = self.0.len();
        self.count(0);
        numbers.into_iter().for_each(|&number| self.number(number));
        let count = (self.0.len() - at) / 8 - 1;
        self.0[at..at + 8].copy_from_slice(&(count as u64).to_le_bytes());
    }

    /// An array, behind its shape.
    pub(super) fn array<D: Dimension>(&mut self, array: &ndarray::ArrayView<'_, f64, D>) {
        self.count(array.ndim());
        array.shape().iter().for_each(|&side| self.count(side));
        array.iter().for_each(|&number| self.number(number));
    }

    pub(super) fn end(self) -> Vec<u8> {
        self.0
    }
}

/// What is left of such bytes. They may come from another process, so that nothing is set aside before it is there.
#[derive(Debug)]
pub(super) struct Unpacker<'a>(&'a [u8]);

impl<'a> Unpacker<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self) -> Result<[u8; 8]> {
        let (word, rest) = self.0.split_first_chunk().ok_or_else(not_understood)?;
        self.0 = rest;
        Ok(*word)
    }

    pub(super) fn count(&mut self) -> Result<usize> {
        usize::try_from(u64::from_le_bytes(self.take()?)).map_err(|_| not_understood())
    }

    pub(super) fn number(&mut self) -> Result<f64> {
        Ok(f64::from_le_bytes(self.take()?))
    }

    pub(super) fn text(&mut self) -> Result<String> {
        let length = self.count()?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(not_understood)?;
        self.0 = rest;
        String::from_utf8(bytes.to_vec()).map_err(|_| not_understood())
    }

    fn some(&mut self, count: usize) -> Result<Vec<f64>> {
        let n_bytes = count.checked_mul(8).ok_or_else(not_understood)?;
        let (bytes, rest) = self.0.split_at_checked(n_bytes).ok_or_else(not_understood)?;
        self.0 = rest;
        let (words, _) = bytes.as_chunks();
        Ok(words.iter().map(|&word| f64::from_le_bytes(word)).collect())
    }

    pub(super) fn numbers(&mut self) -> Result<Vec<f64>> {
        let count = self.count()?;
        self.some(count)
    }

    pub(super) fn array(&mut self) -> Result<ArrayD<f64>> {
        let n_dimensions = self.count()?;
        if n_dimensions > 3 {
            return Err(not_understood());
        }
        let shape = (0..n_dimensions).map(|_| self.count()).collect::<Result<Vec<_>>>()?;
        let count = shape.iter().try_fold(1_usize, |n, &side| n.checked_mul(side));
        let numbers = self.some(count.ok_or_else(not_understood)?)?;
        ArrayD::from_shape_vec(IxDyn(&shape), numbers).map_err(|_| not_understood())
    }

    pub(super) fn vector(&mut self) -> Result<Array1<f64>> {
        self.array()?.into_dimensionality().map_err(|_| not_understood())
    }

    pub(super) fn matrix(&mut self) -> Result<Array2<f64>> {
        self.array()?.into_dimensionality().map_err(|_| not_understood())
    }

    /// Several things, behind how many they are.
    pub(super) fn list<T>(&mut self, one: impl Fn(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let count = self.count()?;
        (0..count).map(|_| one(self)).collect()
    }
}

/// Bytes are not what they should be.
pub(super) fn not_understood() -> Error {
    cluster_error(
        "the cluster",
        "what its processes send one another is not understood; use one version of mixlab everywhere",
    )
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let mut packer = Packer::default();
        packer.count(7);
        packer.text("diag");
        packer.numbers(&[0.5, -1.0]);
        packer.array(&array![[1.0, 2.0, 3.0]].view());
        let bytes = packer.end();
        let mut unpacker = Unpacker::new(&bytes);
        assert_eq!(unpacker.count().unwrap(), 7);
        assert_eq!(unpacker.text().unwrap(), "diag");
        assert_eq!(unpacker.numbers().unwrap(), [0.5, -1.0]);
        assert_eq!(unpacker.matrix().unwrap(), array![[1.0, 2.0, 3.0]]);
        assert!(unpacker.number().is_err());
    }

    #[test]
    fn bytes_that_claim_too_much_are_refused() {
        let mut packer = Packer::default();
        packer.count(2);
        packer.count(usize::MAX);
        packer.count(usize::MAX);
        let bytes = packer.end();
        assert!(Unpacker::new(&bytes).array().is_err());
        assert!(Unpacker::new(&bytes[8..]).numbers().is_err());
        assert!(Unpacker::new(&bytes[8..]).text().is_err());
    }
}
