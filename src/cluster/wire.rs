//! Encoding of requests and partial aggregates with serde and postcard.
//!
//! Models and preprocessors are encoded and validated as in model files. The bytes are untrusted: no more memory is allocated
//! than was received, and the receiver checks all shapes against the request (`Request::from_bytes`,
//! `PartialAggregate::merge`).

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cluster_error;
use crate::error::{Error, Result};

/// Encodes a value.
pub(super) fn to_bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("writing to memory cannot fail, and all lengths are known")
}

/// Decodes a value.
///
/// # Errors
/// [`protocol_error`].
pub(super) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|_| protocol_error())
}

/// Decodes a value from the start of the bytes.
///
/// # Errors
/// [`protocol_error`].
pub(super) fn from_prefix<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    postcard::take_from_bytes(bytes).map(|(value, _)| value).map_err(|_| protocol_error())
}

/// Creates the error for bytes that cannot be decoded.
pub(super) fn protocol_error() -> Error {
    cluster_error(
        "the cluster",
        "its processes cannot decode one another's messages; use the same version of mixlab everywhere",
    )
}

/// Encodes many numbers as one array, as in model files, rather than one by one.
pub(super) mod numbers {
    use ndarray::{ArrayView1, Ix1};
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::{Serialize, Serializer};

    use crate::model_file::Value;

    pub(in crate::cluster) fn serialize<S: Serializer>(
        numbers: &[f64],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        Value::from(ArrayView1::from(numbers)).serialize(serializer)
    }

    pub(in crate::cluster) fn deserialize<'de, T: From<Vec<f64>>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let array = match Value::deserialize(deserializer)? {
            Value::Array(array) => array.into_owned().into_dimensionality::<Ix1>().ok(),
            _ => None,
        };
        let array =
            array.ok_or_else(|| D::Error::custom("expected a one-dimensional array of numbers"))?;
        Ok(array.into_raw_vec_and_offset().0.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::datasets;
    use crate::prelude::*;

    #[derive(Serialize, Deserialize)]
    struct Numbers(#[serde(with = "numbers")] Vec<f64>);

    #[test]
    fn numbers_keep_every_bit_and_take_eight_bytes_each() {
        let unusual = [-0.0, f64::from_bits(0x7ff8_0000_dead_beef), f64::NEG_INFINITY, 5e-324];
        let bytes = to_bytes(&Numbers(unusual.repeat(1000)));
        assert!(bytes.len() < 8 * 4000 + 16);
        let Numbers(back) = from_bytes(&bytes).unwrap();
        assert!(
            back.iter().map(|x| x.to_bits()).eq(unusual.repeat(1000).iter().map(|x| x.to_bits()))
        );
        assert!(from_bytes::<Numbers>(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn lengths_beyond_the_end_are_refused() {
        for shape in [vec![u64::MAX], vec![1 << 61], vec![3], vec![], vec![1, 2]] {
            let claimed = to_bytes(&(0_u8, shape, [0_u8; 16].as_slice()));
            assert!(from_bytes::<Numbers>(&claimed).is_err());
        }
        let enormous = to_bytes(&u64::MAX);
        assert!(from_bytes::<Vec<u64>>(&enormous).is_err());
        assert!(from_bytes::<String>(&enormous).is_err());
        assert!(from_bytes::<BTreeMap<String, f64>>(&enormous).is_err());
    }

    #[test]
    fn models_of_every_family_and_preprocessors_keep_every_bit() {
        let params = Pipeline::params().standardize(true).pca(Pca::params(2).whiten(true));
        for family in CovarianceType::EVERY {
            let mixture = GaussianMixture::params(3).covariance_type(family);
            let pipeline = params.clone().mixture(mixture).fit(&datasets::survey()).unwrap();
            for pipeline in [pipeline.mixture().clone().into(), pipeline] {
                let bytes = to_bytes(&pipeline);
                assert!(to_bytes(&from_bytes::<Pipeline>(&bytes).unwrap()) == bytes, "{family}");
                assert!(from_bytes::<Pipeline>(&bytes[..40]).is_err());
            }
        }
    }
}
