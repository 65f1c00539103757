//! Standardisation, PCA and mixture as one density, saved to a file and loaded again.
//!
//! `cargo run --release --example pipeline`

use mixlab::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let digits = datasets::digits();
    for n_components in [10, 20, 41] {
        let mixture = GaussianMixture::params(20).covariance_type(CovarianceType::Tied);
        let pca = Pca::params(n_components).whiten(true);
        let model = Pipeline::params().pca(pca).mixture(mixture).fit(&digits)?;
        // comparable across numbers of principal components: all are densities of the 64 pixels
        println!("{n_components} principal components: {:.3} per image", model.score(&digits)?);
    }

    let folder = tempfile::tempdir()?;
    let path = folder.path().join("digits.npz");
    let model = Pipeline::params().pca(Pca::params(0.9)).fit(&digits)?;
    ModelFile::from(model.clone()).save(&path)?;
    let loaded = ModelFile::load(&path)?.pipeline;
    assert_eq!(loaded.n_features(), 64);
    assert!((loaded.score(&digits)? - model.score(&digits)?).abs() < 1e-9);
    Ok(())
}
