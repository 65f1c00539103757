//! Models, front ends and statistics as bytes and back.

use super::bytes::{Packer, Unpacker, not_understood};
use crate::error::{Error, Result};
use crate::mixture::parts::{Asked, Assignment, Statistics};
use crate::mixture::{CovarianceType, GaussianMixture};
use crate::preprocess::pca::Pca;
use crate::preprocess::preprocessor::FrontEnd;
use crate::preprocess::scaler::StandardScaler;

pub(super) fn pack_family(packer: &mut Packer, family: CovarianceType) {
    let index = CovarianceType::ALL.iter().position(|&other| other == family);
    packer.count(index.expect("every family is among all"));
}

pub(super) fn unpack_family(unpacker: &mut Unpacker<'_>) -> Result<CovarianceType> {
    CovarianceType::ALL.get(unpacker.count()?).copied().ok_or_else(not_understood)
}

pub(super) fn pack_model(packer: &mut Packer, model: &GaussianMixture) {
    pack_family(packer, model.covariance_type());
    packer.array(&model.weights());
    packer.array(&model.means());
    packer.array(&model.covariances().to_array().view());
}

pub(super) fn unpack_model(unpacker: &mut Unpacker<'_>) -> Result<GaussianMixture> {
    let family = unpack_family(unpacker)?;
    let (weights, means) = (unpacker.vector()?, unpacker.matrix()?);
    GaussianMixture::new(weights, means, family, unpacker.array()?)
}

pub(super) fn pack_asked(packer: &mut Packer, asked: &Asked<'_>) -> Result<()> {
    pack_family(packer, asked.covariance_type);
    match asked.assignment {
        Assignment::Nearest(centers) => {
            packer.count(0);
            packer.array(&centers.view());
        }
        Assignment::Posterior(model) => {
            packer.count(1);
            pack_model(packer, model);
        }
        // its shares are drawn by the number of a row, which nobody knows where rows are shared out
        Assignment::Shares { .. } => {
            return Err(Error::param("init", "random", "kmeans, kmeans++ or rows on a cluster"));
        }
    }
    Ok(())
}

pub(super) fn unpack_asked(unpacker: &mut Unpacker<'_>) -> Result<(Assignment, CovarianceType)> {
    let family = unpack_family(unpacker)?;
    let assignment = match unpacker.count()? {
        0 => Assignment::Nearest(unpacker.matrix()?),
        1 => Assignment::Posterior(unpack_model(unpacker)?),
        _ => return Err(not_understood()),
    };
    Ok((assignment, family))
}

pub(super) fn pack_front_end(packer: &mut Packer, front_end: &FrontEnd) {
    packer.count(usize::from(front_end.scaler().is_some()));
    if let Some(scaler) = front_end.scaler() {
        packer.array(&scaler.mean());
        packer.array(&scaler.scale());
    }
    packer.count(usize::from(front_end.pca().is_some()));
    if let Some(pca) = front_end.pca() {
        packer.array(&pca.mean());
        packer.array(&pca.components());
        packer.array(&pca.explained_variance());
        packer.number(pca.noise_variance());
        packer.count(usize::from(pca.whiten()));
    }
}

pub(super) fn unpack_front_end(unpacker: &mut Unpacker<'_>) -> Result<FrontEnd> {
    let scaler = match unpacker.count()? {
        0 => None,
        _ => Some(StandardScaler::new(unpacker.vector()?, unpacker.vector()?)?),
    };
    let pca = match unpacker.count()? {
        0 => None,
        _ => {
            let (mean, axes, variances) =
                (unpacker.vector()?, unpacker.matrix()?, unpacker.vector()?);
            let (noise_variance, whiten) = (unpacker.number()?, unpacker.count()? == 1);
            Some(Pca::new(mean, axes, variances, noise_variance, whiten)?)
        }
    };
    FrontEnd::new(scaler, pca)
}

/// The sums, of the second moments those that count.
pub(super) fn pack_statistics(packer: &mut Packer, statistics: &Statistics) {
    pack_family(packer, statistics.covariance_type());
    packer.array(&statistics.centers());
    packer.array(&statistics.counts());
    packer.array(&statistics.first());
    packer.number(statistics.log_likelihood());
    let second = statistics.second();
    packer.numbers(statistics.counted().map(|at| &second[at]));
}

pub(super) fn unpack_statistics(unpacker: &mut Unpacker<'_>) -> Result<Statistics> {
    let family = unpack_family(unpacker)?;
    let (centers, counts, first) = (unpacker.matrix()?, unpacker.vector()?, unpacker.matrix()?);
    let log_likelihood = unpacker.number()?;
    let sums = (counts, first, log_likelihood);
    Statistics::of_sums(family, centers, sums, &unpacker.numbers()?).ok_or_else(not_understood)
}
