//! Models, preprocessors and statistics as bytes and back.

use std::borrow::Cow;

use super::wire::{Packer, Unpacker, not_understood};
use crate::error::{Error, Result};
use crate::mixture::covariance::Moments;
use crate::mixture::em::assignment::Assignment;
use crate::mixture::em::pass::Wanted;
use crate::mixture::em::statistics::Statistics;
use crate::mixture::{CovarianceType, GaussianMixture};
use crate::model_file::{Described, Fields, Source, Value};
use crate::preprocess::preprocessor::Preprocessor;

pub(super) fn pack_family(packer: &mut Packer, family: CovarianceType) {
    packer.text(&family.to_string());
}

pub(super) fn unpack_family(unpacker: &mut Unpacker<'_>) -> Result<CovarianceType> {
    unpacker.text()?.parse().map_err(|_| not_understood())
}

/// Fields, behind how many they are: of each the name, the kind and the value.
fn pack_fields(packer: &mut Packer, fields: &Fields<'_>) {
    packer.count(fields.len());
    for (name, value) in fields.iter() {
        packer.text(name);
        match value {
            Value::Array(array) => {
                packer.count(0);
                packer.array(&array.view());
            }
            Value::Integers(integers) => {
                packer.count(1);
                packer.count(integers.len());
                integers.iter().for_each(|&integer| packer.count(integer as usize));
            }
            Value::Text(text) => {
                packer.count(2);
                packer.text(text);
            }
            // no model has such fields
            Value::Integer(_) | Value::Other => packer.count(3),
        }
    }
}

fn unpack_fields(unpacker: &mut Unpacker<'_>) -> Result<Fields<'static>> {
    let mut fields = Fields::default();
    for _ in 0..unpacker.count()? {
        let name = unpacker.text()?;
        let value = match unpacker.count()? {
            0 => Value::Array(unpacker.array()?.into()),
            1 => Value::Integers(unpacker.list(|unpacker| Ok(unpacker.count()? as i64))?),
            2 => Value::Text(unpacker.text()?.into()),
            _ => return Err(not_understood()),
        };
        fields.push(name, value);
    }
    Ok(fields)
}

/// What was packed as its fields, checked.
fn unpack<T: Described>(unpacker: &mut Unpacker<'_>) -> Result<T> {
    let read = T::from_fields(&mut Source::new(&mut unpack_fields(unpacker)?));
    read.map_err(|error| match error {
        Error::ModelFormat { .. } => not_understood(),
        other => other,
    })
}

pub(super) fn pack_model(packer: &mut Packer, model: &GaussianMixture) {
    pack_fields(packer, &model.fields());
}

pub(super) fn unpack_model(unpacker: &mut Unpacker<'_>) -> Result<GaussianMixture> {
    unpack(unpacker)
}

pub(super) fn pack_wanted(packer: &mut Packer, wanted: &Wanted<'_>) -> Result<()> {
    pack_family(packer, wanted.covariance_type);
    match wanted.assignment.as_ref() {
        Assignment::Nearest(centers) => {
            packer.count(0);
            packer.array(&centers.view());
        }
        Assignment::Posterior(model) => {
            packer.count(1);
            pack_model(packer, model);
        }
        // its shares are drawn by the number of a row, which is not known where rows are shared out
        Assignment::Shares { .. } => {
            return Err(Error::param("init", "random", "kmeans, kmeans++ or rows on a cluster"));
        }
    }
    Ok(())
}

pub(super) fn unpack_wanted(unpacker: &mut Unpacker<'_>) -> Result<Wanted<'static>> {
    let covariance_type = unpack_family(unpacker)?;
    let assignment = match unpacker.count()? {
        0 => Assignment::Nearest(unpacker.matrix()?),
        1 => Assignment::Posterior(unpack_model(unpacker)?),
        _ => return Err(not_understood()),
    };
    Ok(Wanted { assignment: Cow::Owned(assignment), covariance_type })
}

pub(super) fn pack_preprocessor(packer: &mut Packer, preprocessor: &Preprocessor) {
    pack_fields(packer, &preprocessor.fields());
}

pub(super) fn unpack_preprocessor(unpacker: &mut Unpacker<'_>) -> Result<Preprocessor> {
    unpack(unpacker)
}

/// The sums, of the second moments those that are used.
pub(super) fn pack_statistics(packer: &mut Packer, statistics: &Statistics) {
    let Statistics { covariance_type, moments, log_likelihood } = statistics;
    pack_family(packer, *covariance_type);
    packer.array(&moments.centers());
    packer.array(&moments.counts());
    packer.array(&moments.first.view());
    packer.number(*log_likelihood);
    let (second, (k, d)) = (moments.second(), moments.centers().dim());
    let used: Vec<f64> = covariance_type.packed_indices(k, d).map(|index| second[index]).collect();
    packer.numbers(&used);
}

pub(super) fn unpack_statistics(unpacker: &mut Unpacker<'_>) -> Result<Statistics> {
    let covariance_type = unpack_family(unpacker)?;
    let (centers, counts, first) = (unpacker.matrix()?, unpacker.vector()?, unpacker.matrix()?);
    let log_likelihood = unpacker.number()?;
    let packed = unpacker.numbers()?;
    let (k, d) = centers.dim();
    if counts.len() != k || first.dim() != (k, d) {
        return Err(not_understood());
    }
    let second = unpacked(covariance_type, (k, d), &packed).ok_or_else(not_understood)?;
    let moments = Moments { centers, counts, first, second };
    Ok(Statistics { covariance_type, moments, log_likelihood })
}

/// All second moments, of those that are used; none if they do not belong together.
fn unpacked(family: CovarianceType, (k, d): (usize, usize), packed: &[f64]) -> Option<Vec<f64>> {
    // no more than what was sent, nor the lower halves of that many matrices
    if family.second_moment_len(k, d) / 3 > packed.len() + 3 * d * k {
        return None;
    }
    let mut second = vec![0.0; family.second_moment_len(k, d)];
    let mut indices = family.packed_indices(k, d);
    for &sum in packed {
        second[indices.next()?] = sum;
    }
    indices.next().is_none().then_some(second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets;
    use crate::prelude::*;

    #[test]
    fn models_of_every_family_and_preprocessors_keep_every_bit() {
        let pack = |pipeline: &Pipeline| {
            let mut packer = Packer::default();
            pack_model(&mut packer, pipeline.mixture());
            pack_preprocessor(&mut packer, pipeline.preprocessor());
            packer.end()
        };
        let params = Pipeline::params().standardize(true).pca(Pca::params(2).whiten(true));
        for family in CovarianceType::ALL {
            let mixture = GaussianMixture::params(3).covariance_type(family);
            let pipeline = params.clone().mixture(mixture).fit(&datasets::survey()).unwrap();
            for pipeline in [pipeline.mixture().clone().into(), pipeline] {
                let bytes = pack(&pipeline);
                let mut unpacker = Unpacker::new(&bytes);
                let model = unpack_model(&mut unpacker).unwrap();
                let preprocessor = unpack_preprocessor(&mut unpacker).unwrap();
                assert!(pack(&Pipeline::new(preprocessor, model).unwrap()) == bytes, "{family}");
                assert!(unpack_model(&mut Unpacker::new(&bytes[..40])).is_err());
            }
        }
    }
}
