//! Stretched blobs: clusters on which k-means fails, and the uses of a mixture of them.

mod density;
mod families;
mod four_gaussians;
mod k_means;

use super::ReportBuilder;
use crate::datasets;
use crate::error::Result;
use crate::mixture::{GaussianMixture, GmmParams};

/// Parameters for a thorough fit: ten restarts at a tight tolerance.
fn thorough(n_components: usize) -> GmmParams {
    GaussianMixture::params(n_components).like_scikit_learn().n_init(10).tol(1e-8).max_iter(1000)
}

pub(super) fn run(report: &mut ReportBuilder<'_>) -> Result<()> {
    let blobs = datasets::stretched_blobs();
    report.text(
        "400 points in four clusters, stretched by a linear map. The clusters are clearly visible, but \
         k-means, which favours spherical clusters, cuts across them; a Gaussian mixture does not.",
    );
    report.progress("k-means");
    k_means::k_means(report, &blobs)?;
    report.progress("full covariances");
    four_gaussians::four_gaussians(report, &blobs)?;
    report.progress("covariance families");
    families::covariance_types(report, &blobs)?;
    report.progress("search");
    let tied = families::search(report, &blobs)?;
    report.progress("density");
    density::density(report, &blobs, &tied)?;
    density::anomalous_rows(report, &blobs, &tied)
}
