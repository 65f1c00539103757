//! Stretched blobs: where k-means fails, and everything a mixture can say.

mod density;
mod families;
mod four_gaussians;
mod k_means;

use super::Story;
use crate::datasets;
use crate::error::Result;
use crate::mixture::{GaussianMixture, GmmParams};

/// Ten starts, each run to its end.
fn thorough(n_components: usize) -> GmmParams {
    GaussianMixture::params(n_components).n_init(10).tol(1e-8).max_iter(1000)
}

pub(super) fn tell(story: &mut Story<'_>) -> Result<()> {
    let blobs = datasets::stretched_blobs();
    story.text(
        "400 points in four clusters, stretched by a linear map. The clusters are plain to the eye; k-means, \
         which knows only circles, cuts through them, and a Gaussian mixture does not.",
    );
    story.progress("k-means");
    k_means::k_means(story, &blobs)?;
    story.progress("four full Gaussians");
    four_gaussians::four_gaussians(story, &blobs)?;
    story.progress("covariance types");
    families::covariance_types(story, &blobs)?;
    story.progress("search");
    let tied = families::search(story, &blobs)?;
    story.progress("the density");
    density::density(story, &blobs, &tied)?;
    density::least_dense(story, &blobs, &tied)
}
